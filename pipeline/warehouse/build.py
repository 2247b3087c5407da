"""The warehouse stage: dbt over the raw tables of each year, one DuckDB file a year, none of them built twice from the same inputs.

What a year's rows hold depends on nothing but its own raw tables, so a year can be built alone.
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from importlib.metadata import version
from pathlib import Path

from pydantic import BaseModel

from pipeline.hashes import sha256_file, sha256_of
from pipeline.home import Home, read_kept, write_atomically
from pipeline.storage import storage_fault
from pipeline.tables import is_written
from pipeline.warehouse import dbt
from pipeline.warehouse.connect import connect
from pipeline.warehouse.engines import DUCKDB, SPARK, Engine
from pipeline.warehouse.raw_tables import OF_STAGES, RawTables, raw_tables
from schemas.errors import DeclarationError
from schemas.survey import Survey, YearDeclarations

OLDEST_CLIENT = "v1.0.0"
BUILDERS = ("duckdb", "dbt-duckdb", "dbt-core")


class BuiltFrom(BaseModel):
    """What is written beside a year's file: SHA-256 of all it was made from, of the models among that, and of its own bytes."""

    inputs: str
    models: str
    file: str
    results: list[dbt.NodeResult]


def years_at_hand(home: Home, survey: Survey) -> list[int]:
    """The declared years whose returns have been read; one read by a release of the product with other tables is not."""
    return [year for year in survey.years if all(is_written(home, year, name) for name in OF_STAGES)]


def build_years(home: Home, survey: Survey, engine: Engine = DUCKDB) -> dict[int, list[dbt.NodeResult]]:
    """Build every year at hand that this engine has not built from its present raw tables.

    Returns what became of every model and test, by year. The published warehouse is not touched. Raises DeclarationError where
    a model cannot be built, and InputError where Spark is to compute and is not installed.
    """
    return {year: _build_year(home, survey, survey.load_year(year), engine) for year in years_at_hand(home, survey)}


def built_results(home: Home, survey: Survey, year: int, engine: Engine = DUCKDB) -> list[dbt.NodeResult] | None:
    """What became of a year's models and tests; None where this engine has not built its file from its present raw tables."""
    tables = raw_tables(home, survey, survey.load_year(year))
    return _kept_results(home, year, _inputs(_models(survey), tables, engine))


def _build_year(home: Home, survey: Survey, declarations: YearDeclarations, engine: Engine) -> list[dbt.NodeResult]:
    year = declarations.year
    tables = raw_tables(home, survey, declarations)
    models = _models(survey)
    inputs = _inputs(models, tables, engine)
    kept = _kept_results(home, year, inputs)
    if kept is not None:
        return kept
    path = home.year_warehouse(year)
    home.built_from(year).unlink(missing_ok=True)
    for leftover in path.parent.glob(f"{path.name}*"):
        if leftover.is_dir():
            shutil.rmtree(leftover)
        else:
            leftover.unlink()
    _create(home, year, tables)
    results = _build_models(survey, path, engine)
    _expect_models(results)
    content = {
        "inputs": inputs, "models": models, "file": sha256_file(path), "results": [asdict(result) for result in results]
    }  # fmt: skip
    write_atomically(home.built_from(year), json.dumps(content, ensure_ascii=False).encode())
    return results


def _build_models(survey: Survey, path: Path, engine: Engine) -> list[dbt.NodeResult]:
    if engine == SPARK:
        from pipeline.warehouse.spark import build_on_spark

        return build_on_spark(survey, path)
    return dbt.build(survey, path)


def _models(survey: Survey) -> str:
    """SHA-256 over the models and the programs that build them."""
    programs = [f"{name} {version(name)}" for name in BUILDERS]
    return sha256_of(dbt.project_fingerprint(survey), OLDEST_CLIENT, *programs)


def _inputs(models: str, tables: RawTables, engine: Engine) -> str:
    """SHA-256 over all that a year's file is made from, and on what."""
    return sha256_of(models, tables.fingerprint(), engine)


def _kept_results(home: Home, year: int, inputs: str) -> list[dbt.NodeResult] | None:
    path, kept = home.year_warehouse(year), read_kept(home.built_from(year), BuiltFrom)
    if kept is None or kept["inputs"] != inputs or not path.exists() or sha256_file(path) != kept["file"]:
        return None
    return [dbt.NodeResult(**result) for result in kept["results"]]


def _create(home: Home, year: int, tables: RawTables) -> None:
    """A fresh file with each raw table as a view on its Parquet file; DuckDB clients since `OLDEST_CLIENT` open it."""
    path = home.year_warehouse(year)
    files = tables.write(path.parent / "raw")
    with connect(path, config={"storage_compatibility_version": OLDEST_CLIENT}) as connection:
        for name, file in files.items():
            connection.from_parquet(str(file)).create_view(name)


def _expect_models(results: list[dbt.NodeResult]) -> None:
    broken = [result for result in results if result.kind == "model" and not result.is_success]
    if not broken:
        return
    if any(storage_fault(result.message) for result in broken):
        raise OSError("; ".join(result.message for result in broken))
    failed = [result for result in broken if result.status != "skipped"] or broken
    raise DeclarationError(
        reference="broken-model", where=", ".join(result.name for result in failed),
        found="; ".join(result.message for result in failed[:3]), expected="models that DuckDB and Spark can build",
        fix="correct the SQL of the model; the published warehouse is as it was",
    )  # fmt: skip


def failing_rows(home: Home, year: int, result: dbt.NodeResult, *, limit: int = 50) -> list[dict[str, object]]:
    """The first rows of a year that a dbt test rejects, as JSON-ready dictionaries."""
    with connect(home.year_warehouse(year), read_only=True) as connection:
        rows = connection.sql(f"select * from ({result.compiled_sql}) limit {limit}").pl()
    return json.loads(rows.write_json())  # type: ignore[no-any-return]


def row_counts(home: Home, years: Mapping[int, Sequence[dbt.NodeResult]]) -> dict[str, int]:
    """Rows of each model that was built, in all years together."""
    counts: dict[str, int] = {}
    for year, results in years.items():
        with connect(home.year_warehouse(year), read_only=True) as connection:
            for result in results:
                if result.kind == "model":
                    counts[result.name] = counts.get(result.name, 0) + len(connection.table(result.name))
    return counts
