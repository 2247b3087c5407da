"""What Spark computes is what DuckDB computes, to the last digit: models, macros, and the release made of them.

All that needs Spark stands in this file, so that one process starts it, once.
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from dataclasses import dataclass, replace
from decimal import ROUND_DOWN, ROUND_HALF_EVEN, ROUND_HALF_UP, Decimal
from pathlib import Path
from typing import Any

import duckdb
import polars as pl
import pytest

from pipeline.check.gate import read_gate
from pipeline.home import Home
from pipeline.publish.release import release_year
from pipeline.run import is_current, open_run
from pipeline.tables import load, save
from pipeline.warehouse import dbt
from pipeline.warehouse.build import _create, build_years, failing_rows
from pipeline.warehouse.engines import DUCKDB, ENGINES, SPARK, Engine
from pipeline.warehouse.raw_tables import OF_STAGES, raw_tables
from pipeline.warehouse.spark import _answerable, expect_spark, spark_session, write_raw_tables
from schemas.bundle import PROJECT_ROOT
from schemas.errors import InputError
from schemas.survey import Survey
from tests.conftest import DEMO_YEAR, SECOND_YEAR
from tests.support.command import kyogikai
from tests.support.engines import answered, differences, differs_from_parquet

# PySpark leaves it to the garbage collector to close the sockets over which it fetches results.
pytestmark = pytest.mark.filterwarnings("ignore:unclosed <socket.socket:ResourceWarning")

EVERY_NINTH = 9
MODES = {"half_up": ROUND_HALF_UP, "down": ROUND_DOWN, "half_even": ROUND_HALF_EVEN}
RATIOS = [(0, 1), (1, 1), (1, 2), (1, 3), (2, 3), (1, 8), (3, 8), (5, 8), (7, 8), (1, 16), (1, 200), (3, 200), (1, 20000), (62, 63),
          (10**9 + 1, 2), (10**14 - 1, 10**14 + 7), (7, 0), (0, 0), (None, 3), (3, None)]  # fmt: skip
TEXTS = [(49, 1), (5, 2), (0, 0), (0, 4), (100, 2), (10000, 4), (9999, 4), (10**15, 3), (None, 2)]
"""A scaled whole number and its digits."""


@dataclass(frozen=True)
class OnSpark:
    """What Spark made of a part of the demo's returns, beside what DuckDB makes of them, and what macros gave there."""

    warehouses: dict[Engine, Path]
    results: list[dbt.NodeResult]
    views: dict[str, Path]
    broken: list[dbt.NodeResult]
    unreadable: str
    answers: dict[tuple[str, Engine], list[tuple[Any, ...]]]


def sql_of(rows: list[tuple[Any, ...]], names: str) -> str:
    """Rows as a query with whole numbers of 64 bits."""
    words = names.split(", ")
    told = [
        ", ".join(f"cast({'null' if value is None else value} as bigint) as {name}" for name, value in zip(words, row, strict=True))
        for row in rows
    ]  # fmt: skip
    return " union all ".join(f"select {row}" for row in told)


QUERIES = {
    "round_ratio": (
        "select n, d, digits, mode, {{ round_ratio('n', 'd', 'digits', 'mode') }}"
        f" from ({sql_of(RATIOS, 'n, d')}) as ratios"
        f" cross join ({sql_of([(digits,) for digits in range(5)], 'digits')}) as places"
        " cross join (select 'half_up' as mode union all select 'down' union all select 'half_even') as modes"
    ),
    "scaled_to_text": (
        "select n, digits, {{ scaled_to_text('n', 'cast(digits as int)') }}"
        f" from ({sql_of(TEXTS, 'n, digits')}) as texts"
    ),
    "listagg": (
        "select g, {{ dbt.listagg('word', \"'」「'\", 'order by n') }}"
        " from (select 1 as g, 2 as n, '乙' as word union all select 1, 10, '丙' union all select 1, 1, '甲'"
        " union all select 2, 1, 'a' union all select 3, 1, cast(null as {{ dbt.type_string() }}) union all select 3, 2, ''"
        " union all select 4, 1, cast(null as {{ dbt.type_string() }})) as words group by g order by g"
    ),
}


@pytest.fixture(scope="module")
def few_returns(demo_home: Home, tmp_path_factory: pytest.TempPathFactory) -> Home:
    """A home of the product's survey with what one of nine municipalities returned: all others are still awaited."""
    home = Home(tmp_path_factory.mktemp("few"))
    tables = {name: load(demo_home, DEMO_YEAR, name) for name in OF_STAGES}
    returned = tables["returns"]["municipality_code"].sort().gather_every(EVERY_NINTH)
    kept = {
        name: table.filter(pl.col("municipality_code").is_in(returned.implode()))
        for name, table in tables.items()
        if "municipality_code" in table.columns
    }
    kept["answer_cells"] = tables["answer_cells"].join(kept["answers"], on=("year", "answer_id"), how="semi")
    save(home, DEMO_YEAR, kept)
    return home


@pytest.fixture(scope="module")
def on_spark(few_returns: Home, tmp_path_factory: pytest.TempPathFactory) -> OnSpark:
    """The product's survey on both engines, the steps of a build one by one, so that Spark can be asked between them."""
    survey = Survey(PROJECT_ROOT)
    other = Home(tmp_path_factory.mktemp("computed"))
    shutil.copytree(few_returns.root, other.root, dirs_exist_ok=True)
    build_years(few_returns, survey)
    warehouse, computed = (home.year_warehouse(DEMO_YEAR) for home in (few_returns, other))
    _create(other, DEMO_YEAR, raw_tables(other, survey, survey.load_year(DEMO_YEAR)))
    folder = dbt.spark_folder(computed)
    write_raw_tables(computed, folder)
    with spark_session(folder):
        from pyspark.sql import SparkSession

        results = dbt.build(survey, computed, engine=SPARK)
        spark = SparkSession.builder.getOrCreate()
        names = [row.viewName for row in spark.sql("show views in kyogikai").collect()]
        views = {name: folder / "views" / name for name in names}
        for name, place in views.items():
            spark.sql(f"select * from kyogikai.{name}").write.parquet(str(place))
        answers = {
            (name, engine): answered(survey, computed, query, engine)
            for name, query in QUERIES.items()
            for engine in ENGINES
        }
        options = folder / "raw" / "raw_option"
        pl.DataFrame({"year": [DEMO_YEAR]}).write_parquet(next(options.iterdir()))
        broken = dbt.build(survey, computed, select=["stg_options"], engine=SPARK)
        shutil.rmtree(options)
        with pytest.raises(InputError) as unreadable:
            dbt.build(survey, computed, select=["stg_options"], engine=SPARK)
    assert [one.message for one in dbt.take_from_spark(survey, computed) if not one.is_success] == []
    return OnSpark({DUCKDB: warehouse, SPARK: computed}, results, views, broken, str(unreadable.value), answers)


def test_every_model_has_the_same_columns_types_and_rows(on_spark: OnSpark) -> None:
    assert [result.message for result in on_spark.results if result.kind == "model" and not result.is_success] == []
    assert differences(on_spark.warehouses[DUCKDB], on_spark.warehouses[SPARK]) == []


def test_a_row_more_or_a_type_of_another_width_is_a_difference(on_spark: OnSpark, tmp_path: Path) -> None:
    path = tmp_path / "kyogikai.duckdb"
    shutil.copyfile(on_spark.warehouses[SPARK], path)
    with duckdb.connect(str(path)) as connection:
        connection.execute("insert into fct_rankings from fct_rankings limit 1")
    assert differences(on_spark.warehouses[DUCKDB], path) == ["fct_rankings"]
    with duckdb.connect(str(path)) as connection:
        connection.execute("alter table fct_rankings alter position type integer")
    assert differences(on_spark.warehouses[DUCKDB], path) == ["fct_rankings"]


def test_every_wide_mart_has_the_same_rows_in_spark_itself(on_spark: OnSpark) -> None:
    assert {"mart_wide_activity", "mart_rows_council", "mart_answers"} <= set(on_spark.views)
    warehouse = on_spark.warehouses[DUCKDB]
    assert [name for name, place in on_spark.views.items() if differs_from_parquet(warehouse, name, place)] == []


def test_spark_runs_the_data_tests_that_duckdb_runs(on_spark: OnSpark, second_survey: Survey) -> None:
    declared = dbt.manifest_nodes(Survey(PROJECT_ROOT))
    tests = sorted(node["unique_id"] for node in declared if node["resource_type"] == "test")
    assert sorted(result.unique_id for result in on_spark.results if result.kind == "test") == tests
    assert {result.status for result in on_spark.results if result.kind == "test"} == {"pass"}


def test_a_model_that_spark_cannot_build_is_told(on_spark: OnSpark) -> None:
    (model,) = [result for result in on_spark.broken if result.kind == "model"]
    assert (model.name, model.is_success) == ("stg_options", False)
    assert "question_id" in model.message


def test_raw_tables_that_spark_cannot_read_are_told_with_their_folder(on_spark: OnSpark) -> None:
    assert "spark-not-reached" in on_spark.unreadable
    assert str(dbt.spark_folder(on_spark.warehouses[SPARK])) in on_spark.unreadable


@pytest.mark.parametrize("engine", ENGINES)
def test_a_ratio_is_rounded_exactly(on_spark: OnSpark, engine: Engine) -> None:
    found = on_spark.answers["round_ratio", engine]
    assert len(found) == len(RATIOS) * 5 * len(MODES)
    for numerator, denominator, digits, mode, value in found:
        if numerator is None or not denominator:
            assert value is None
        else:
            # so many digits that the quotient itself is never rounded to a tie that it is not
            scaled = Decimal(numerator * 10**digits) / Decimal(denominator)
            assert value == int(scaled.quantize(Decimal(1), MODES[mode])), (numerator, denominator, digits, mode)


@pytest.mark.parametrize("engine", ENGINES)
def test_a_scaled_number_is_written_with_its_digits(on_spark: OnSpark, engine: Engine) -> None:
    expected = [(n, digits, None if n is None else f"{Decimal(n).scaleb(-digits):.{digits}f}") for n, digits in TEXTS]
    assert sorted(on_spark.answers["scaled_to_text", engine], key=str) == sorted(expected, key=str)


@pytest.mark.parametrize("engine", ENGINES)
def test_texts_are_joined_in_order_and_nothing_is_left_out_but_null(on_spark: OnSpark, engine: Engine) -> None:
    assert on_spark.answers["listagg", engine] == [(1, "甲」「乙」「丙"), (2, "a"), (3, ""), (4, None)]


@pytest.fixture(scope="module")
def run_on_spark(
    finished_home: Home, second_survey: Survey, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Home]:
    """The second survey's finished home, run again on Spark, and released."""
    home = Home(tmp_path_factory.mktemp("spark") / "home")
    shutil.copytree(finished_home.root, home.root)
    called = kyogikai("run", SECOND_YEAR, "--engine", SPARK, home=home.root, survey=second_survey.root)
    assert called.code == 0, called.err
    release_year(home, second_survey, SECOND_YEAR, by="試験")
    return home


def test_a_run_tells_its_engine_and_judges_the_same(run_on_spark: Home, finished_home: Home) -> None:
    before, after = read_gate(finished_home, SECOND_YEAR), read_gate(run_on_spark, SECOND_YEAR)
    assert before is not None
    assert after is not None
    assert (before["engine"], after["engine"]) == (DUCKDB, SPARK)
    assert before | {"engine": SPARK} == after
    assert differences(finished_home.warehouse, run_on_spark.warehouse) == []


def test_a_release_has_the_same_bytes_whichever_engine_computed(
    run_on_spark: Home, ready: Home, second_survey: Survey
) -> None:
    other = release_year(ready, second_survey, SECOND_YEAR, by="試験")
    ours = run_on_spark.releases(SECOND_YEAR) / "r1"
    manifests = [json.loads((folder / "manifest.json").read_bytes()) for folder in (ours, other)]
    assert manifests[0] == manifests[1]


def test_what_spark_used_on_the_way_is_gone(run_on_spark: Home) -> None:
    assert not dbt.spark_folder(run_on_spark.year_warehouse(SECOND_YEAR)).exists()


def test_nothing_is_executed_again_on_the_same_engine_and_all_on_another(
    run_on_spark: Home, second_survey: Survey
) -> None:
    assert is_current(open_run(run_on_spark, second_survey, SECOND_YEAR, engine=SPARK))
    assert not is_current(open_run(run_on_spark, second_survey, SECOND_YEAR, engine=DUCKDB))


def test_rows_that_a_test_rejects_on_spark_are_shown_from_duckdb(ready: Home, second_survey: Survey) -> None:
    with duckdb.connect(str(ready.year_warehouse(SECOND_YEAR))) as connection:
        connection.execute("insert into stg_municipalities from stg_municipalities limit 1")
        (code,) = connection.execute("select municipality_code from stg_municipalities limit 1").fetchone() or ("",)
    name = "primary_key_stg_municipalities_year__municipality_code"
    (passed,) = dbt.build(second_survey, ready.year_warehouse(SECOND_YEAR), select=[name])
    failed = replace(passed, compiled_sql="select `a`.* from kyogikai.stg_municipalities as `a`")
    (result,) = _answerable(second_survey, ready.year_warehouse(SECOND_YEAR), [failed])
    assert failing_rows(ready, SECOND_YEAR, result) == [
        {"year": SECOND_YEAR, "municipality_code": code, "row_count": 2}
    ]


def refused(home: Home, survey: Survey) -> str:
    """What a run on Spark prints that cannot begin; the published warehouse is as it was."""
    before = home.warehouse.read_bytes()
    called = kyogikai("run", SECOND_YEAR, "--engine", SPARK, home=home.root, survey=survey.root)
    assert called.code == InputError.exit_code
    assert home.warehouse.read_bytes() == before
    return called.err


def test_without_java_a_run_says_what_to_install(
    ready: Home, second_survey: Survey, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("JAVA_HOME", str(ready.root / "nowhere"))
    assert "openjdk-17-jre-headless" in refused(ready, second_survey)


def test_without_the_package_of_a_method_a_run_says_what_is_missing(
    ready: Home, second_survey: Survey, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("KYOGIKAI_SPARK_METHOD", "thrift")
    message = refused(ready, second_survey)
    assert "no pyhive" in message
    assert "make spark" in message


def test_an_unknown_method_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KYOGIKAI_SPARK_METHOD", "telegraph")
    with pytest.raises(InputError, match="one of session, thrift, http, odbc"):
        expect_spark()


def test_what_a_session_here_needs_is_there() -> None:
    expect_spark()


def test_an_engine_that_is_none_is_a_wrong_call(home: Home, second_survey: Survey) -> None:
    called = kyogikai("run", SECOND_YEAR, "--engine", "abacus", home=home.root, survey=second_survey.root)
    assert called.code == 2
    assert "'duckdb', 'spark'" in called.err
