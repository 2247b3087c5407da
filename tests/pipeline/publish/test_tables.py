"""The tables of a release: what each file holds, and that the same content gives the same bytes."""

from __future__ import annotations

import csv
import hashlib
import json
from collections.abc import Callable
from datetime import datetime
from pathlib import Path

import duckdb
import polars as pl
import pytest

from pipeline.csv_files import csv_bytes
from pipeline.home import Home
from pipeline.publish import tables
from pipeline.publish.compilations import write_compilations
from pipeline.publish.containers import content_hash
from pipeline.publish.tables import write_tables
from schemas.survey import Survey, YearDeclarations
from tests.pipeline.publish.tiny_warehouse import MARTS, YEAR, write_tiny_warehouse

AS_OF = datetime.fromisoformat("2025-06-20T09:00:00+09:00")
Publish = Callable[..., Path]


@pytest.fixture
def publish(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, second_survey: Survey, second_declarations: YearDeclarations
) -> Publish:
    """Write the tables of the tiny warehouse into a new folder and return it."""
    monkeypatch.setattr(tables, "list_marts", lambda survey: MARTS)

    def write(
        name: str = "out", *, is_synthetic: bool = True, watermark: str | None = None, before: Path | None = None
    ) -> Path:
        warehouse = tmp_path / f"{name}.duckdb"
        write_tiny_warehouse(warehouse, is_synthetic=is_synthetic)
        folder = tmp_path / name
        written = write_tables(
            warehouse, second_survey, second_declarations, folder, as_of=AS_OF, watermark=watermark, before=before
        )
        write_compilations(written, folder / "public")
        return folder

    return write


def read_csv(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8-sig", newline="") as file:
        return list(csv.DictReader(file))


def names(folder: Path) -> set[str]:
    return {path.name for path in folder.iterdir()}


def both(*tables: str) -> set[str]:
    return {f"{table}.{suffix}" for table in tables for suffix in ("csv", "parquet")}


def test_files_stand_where_disclosure_puts_them(publish: Publish) -> None:
    folder = publish()
    others = {
        "tables_for_reading.xlsx",
        "tables_for_machines.xlsx",
        "kyogikai_2025.duckdb",
        "csv-metadata.json",
        "datapackage.json",
    }
    assert names(folder / "public") == both("figures", "rankings", "codes", "mart_open") | others | {"README.txt"}
    parquet_alone = {
        f"{name}.parquet"
        for name in ("answers", "cells", "contributions", "contribution_cells", "figure_corrections", "returns")
    }
    marts = both("mart_open", "mart_counted", "mart_forgotten")
    assert names(folder / "internal") == parquet_alone | both("findings", "rule_outcomes", "corrections") | marts


def test_nothing_public_holds_what_is_internal(publish: Publish) -> None:
    public = publish() / "public"
    for path in public.glob("*.csv"):
        assert "山田" not in path.read_text(encoding="utf-8"), path.name
    for path in public.glob("*.parquet"):
        assert "clerk" not in pl.read_parquet_schema(path), path.name
    with duckdb.connect(str(public / "kyogikai_2025.duckdb"), read_only=True) as connection:
        held = {name for (name,) in connection.execute("show tables").fetchall()}
        columns = [row[0] for row in connection.execute("describe mart_open").fetchall()]
    assert held == {"figures", "rankings", "codes", "mart_open"}
    assert columns == ["year", "municipality_code", "name", "plan_count", "planned_on"]


def test_the_internal_copy_is_whole(publish: Publish) -> None:
    table = pl.read_parquet(publish() / "internal" / "mart_open.parquet")
    assert table["clerk"].to_list() == ["佐藤太郎", "山田花子"]


def test_two_writings_give_equal_bytes_and_the_database_equal_content(publish: Publish) -> None:
    first, second = publish("first"), publish("second")
    files = {path.relative_to(first) for path in first.rglob("*") if path.is_file()}
    assert files == {path.relative_to(second) for path in second.rglob("*") if path.is_file()}
    for file in sorted(files):
        if file.suffix == ".duckdb":
            assert content_hash(first / file) == content_hash(second / file)
        else:
            assert (first / file).read_bytes() == (second / file).read_bytes(), file


def test_only_the_year_is_in_it(publish: Publish) -> None:
    folder = publish()
    for path in folder.rglob("*.parquet"):
        assert pl.read_parquet(path)["year"].unique().to_list() == [YEAR], path.name
    with duckdb.connect(str(folder / "public" / "kyogikai_2025.duckdb"), read_only=True) as connection:
        assert connection.execute("select sum(plan_count) from mart_open").fetchone() == (45,)


def test_figures_keep_the_columns_that_later_years_read(publish: Publish) -> None:
    figures = pl.read_parquet(publish() / "public" / "figures.parquet")
    assert figures.schema["year"] == pl.Int32
    assert figures.schema["value"] == pl.Float64
    assert figures.schema["counted_count"] == pl.Int64
    assert figures["figure_id"].to_list() == [
        "roster.municipalities", "plan_state.complete", "plans.total", "plans.mean", "measure_ranking", "drills.mean",
    ]  # fmt: skip
    assert figures["value"].to_list() == [2, 1, 45, 22.5, 1, None]
    assert figures["assumed_count"].to_list() == [0, 0, 1, None, None, None]
    assert figures["question_id"].to_list() == [None, "plan_state", "plan_count", None, None, None]


def test_marks_tell_of_corrections_revisions_and_provisional_values(publish: Publish, tmp_path: Path) -> None:
    first = publish()
    corrected = {"plans.total": "pc", "plans.mean": "pc"}
    figures = pl.read_parquet(first / "public" / "figures.parquet")
    provisional = [name for name in figures["figure_id"] if name != "roster.municipalities"]
    assert marks_of(first) == {**dict.fromkeys(provisional, "p"), **corrected}
    is_total, is_mean = (pl.col("figure_id") == name for name in ("plans.total", "plans.mean"))
    before = figures.filter(~is_mean).with_columns(
        display=pl.when(is_total).then(pl.lit("44")).otherwise("display"),
        unit=pl.when(pl.col("figure_id") == "plan_state.complete").then(pl.lit("町")).otherwise("unit"),
        value=pl.when(pl.col("figure_id") == "drills.mean").then(0.004).otherwise("value"),
    )
    (tmp_path / "r1" / "public").mkdir(parents=True)
    before.write_parquet(tmp_path / "r1" / "public" / "figures.parquet")
    again = marks_of(publish("again", before=tmp_path / "r1"))
    assert again == {**marks_of(first), "plans.total": "rpc", "plan_state.complete": "rp", "drills.mean": "rp"}


def marks_of(folder: Path) -> dict[str, str]:
    """The figures that bear a mark."""
    figures = pl.read_parquet(folder / "public" / "figures.parquet").filter(pl.col("marks").is_not_null())
    return dict(figures.select("figure_id", "marks").iter_rows())


def test_rankings_stand_in_the_order_of_rank(publish: Publish) -> None:
    rows = read_csv(publish() / "public" / "rankings.csv")
    assert [(r["position"], r["candidate_id"], r["value"], r["is_printed"]) for r in rows] == [
        ("1", "plans.total", "45", "true"), ("2", "roster.municipalities", "2", "false"),
        ("3", "plan_state.complete", "1", "false"),
    ]  # fmt: skip


def test_codes_explain_every_option(publish: Publish, second_declarations: YearDeclarations) -> None:
    codes = {(r["question_id"], r["option_code"]): r["label_ja"] for r in read_csv(publish() / "public" / "codes.csv")}
    questions = second_declarations.questionnaire.questions.values()
    assert codes == {(q.id, option.code): option.label.ja for q in questions for option in q.choices}


def test_csv_is_what_excel_expects_and_no_text_becomes_a_formula(publish: Publish) -> None:
    folder = publish()
    content = (folder / "public" / "mart_open.csv").read_bytes()
    assert content.startswith(b"\xef\xbb\xbfyear,municipality_code,name")
    assert content.count(b"\n") == content.count(b"\r\n") == 3
    assert read_csv(folder / "public" / "mart_open.csv")[1]["name"] == "'-玉野市"
    assert read_csv(folder / "public" / "figures.csv")[1]["label_ja"].startswith("'=HYPERLINK")
    assert read_csv(folder / "internal" / "findings.csv")[0]["message"] == "'@危険"


@pytest.mark.parametrize(
    "text",
    [
        "=1",
        "+1",
        "-1",
        "@a",
        "\ta",
        "\ra",
        "\na",
        "＝1",
        "＋1",
        "－1",
        "＠a",
        "=",
        " =1",
        "\u3000＝1",
        "\ufeff=1",
        "\x0b@a",
    ],
)
def test_a_text_that_would_become_a_formula_is_disarmed(text: str) -> None:
    rows = list(csv.reader(csv_bytes(["a"], [(text,)]).decode("utf-8-sig").splitlines(keepends=True)))
    assert "".join(rows[1]).startswith("'")


@pytest.mark.parametrize(
    ("value", "written"),
    [(-5, "-5"), (-0.5, "-0.5"), (4.0, "4"), (None, '""'), (True, "true"), ("－", "－"), ("0012", "0012"), ("'", "'")],
)
def test_numbers_and_harmless_text_stay_as_they_are(value: object, written: str) -> None:
    assert csv_bytes(["a"], [(value,)]).decode("utf-8-sig") == f"a\r\n{written}\r\n"


def test_the_data_package_describes_what_is_there(publish: Publish) -> None:
    public = publish() / "public"
    package = json.loads((public / "datapackage.json").read_text(encoding="utf-8"))
    assert package["created"] == AS_OF.isoformat()
    # The publisher alone can grant a licence; none is declared, so none is claimed.
    assert "licenses" not in package
    assert package["sources"]
    assert {r["path"] for r in package["resources"]} == {path.name for path in public.glob("*.csv")}
    for resource in package["resources"]:
        content = (public / resource["path"]).read_bytes()
        assert resource["hash"] == f"sha256:{hashlib.sha256(content).hexdigest()}"
        assert resource["bytes"] == len(content)
        header = content.decode("utf-8-sig").splitlines()[0].split(",")
        assert [field["name"] for field in resource["schema"]["fields"]] == header


def test_fields_have_type_title_and_unit(publish: Publish) -> None:
    public = publish() / "public"
    package = json.loads((public / "datapackage.json").read_text(encoding="utf-8"))
    schemas = {r["name"]: r["schema"] for r in package["resources"]}
    assert schemas["figures"]["primaryKey"] == ["year", "figure_id"]
    figures = {field["name"]: field for field in schemas["figures"]["fields"]}
    assert {name: figures[name]["type"] for name in ("year", "value", "display", "unknown_count")} == {
        "year": "integer", "value": "number", "display": "string", "unknown_count": "integer",
    }  # fmt: skip
    assert all(field["title"] for field in figures.values())
    mart = {field["name"]: field for field in schemas["mart_open"]["fields"]}
    assert mart["plan_count"] == {
        "name": "plan_count", "type": "integer", "title": "作成済みの計画数", "description": "Plans.", "unit": "冊",
    }  # fmt: skip
    assert mart["planned_on"]["type"] == "date"
    with duckdb.connect(str(public / "kyogikai_2025.duckdb"), read_only=True) as connection:
        told = dict(
            connection.execute("select table_name || '.' || column_name, comment from duckdb_columns()").fetchall()
        )
    assert told["mart_open.plan_count"] == "作成済みの計画数（単位：冊）。Plans."
    assert told["figures.grain"] == "数える対象。municipality（市町村）など。比率と順位では空欄"
    assert mart["municipality_code"]["title"] == "市町村コード"


def test_the_readme_names_every_file(publish: Publish) -> None:
    public = publish() / "public"
    text = (public / "README.txt").read_text(encoding="utf-8")
    for name in names(public) - {"README.txt"}:
        assert name in text
    assert "市町村別の計画" in text
    assert "公表日：令和7年6月20日" in text


def test_synthetic_answers_are_said_to_be_so(publish: Publish) -> None:
    public = publish() / "public"
    assert "デモ用の架空データ" in (public / "README.txt").read_text(encoding="utf-8").splitlines()[0]
    assert "デモ用の架空データ" in json.loads((public / "datapackage.json").read_text(encoding="utf-8"))["title"]
    assert "デモ用の架空データ" in pl.read_parquet_metadata(public / "figures.parquet")["title"]
    with duckdb.connect(str(public / "kyogikai_2025.duckdb"), read_only=True) as connection:
        comments = connection.execute("select comment from duckdb_tables()").fetchall()
    assert all("デモ用の架空データ" in comment for (comment,) in comments)


def test_real_answers_are_not_called_synthetic(publish: Publish) -> None:
    public = publish(is_synthetic=False) / "public"
    for name in ("README.txt", "datapackage.json"):
        assert "架空" not in (public / name).read_text(encoding="utf-8")


def test_a_watermark_and_missing_returns_are_stated(publish: Publish) -> None:
    text = (publish(watermark="案") / "public" / "README.txt").read_text(encoding="utf-8")
    assert "（案）" in text.splitlines()[0]
    assert "調査対象の27市町村のうち、回答のあった2市町村の集計です。" in text


def test_the_second_survey_goes_through_unchanged(
    finished_home: Home, second_survey: Survey, second_declarations: YearDeclarations, tmp_path: Path
) -> None:
    written = write_tables(finished_home.warehouse, second_survey, second_declarations, tmp_path, as_of=AS_OF)
    write_compilations(written, tmp_path / "public")
    figures = pl.read_parquet(tmp_path / "public" / "figures.parquet")
    assert set(figures["figure_id"]) == set(second_declarations.figures)
    assert len(read_csv(tmp_path / "public" / "mart_plans.csv")) == 27
    package = json.loads((tmp_path / "public" / "datapackage.json").read_text(encoding="utf-8"))
    keys = {resource["name"]: resource["schema"].get("primaryKey") for resource in package["resources"]}
    assert keys["mart_plans"] == ["year", "municipality_code"]
    assert {name for name, key in keys.items() if not key} <= {"mart_answers", "mart_question_changes"}
    assert "市町村のうち" not in (tmp_path / "public" / "README.txt").read_text(encoding="utf-8")
