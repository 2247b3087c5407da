"""The warehouse stage: all years' tables into a DuckDB file built aside, then dbt over it."""

from __future__ import annotations

import json
import shutil
from collections.abc import Sequence
from pathlib import Path

import duckdb
import polars as pl

from pipeline.home import Home
from pipeline.storage import storage_fault
from pipeline.tables import TABLES, is_written, load
from pipeline.warehouse import dbt
from pipeline.warehouse.declared_tables import declared_tables
from pipeline.warehouse.engines import DUCKDB, SPARK, Engine
from pipeline.warehouse.query_tables import SUMMARY
from pipeline.warehouse.released import released_figures, withhold_units
from pipeline.warehouse.series_tables import series_tables
from schemas.errors import DeclarationError
from schemas.survey import Survey, YearDeclarations

OLDEST_CLIENT = "v1.0.0"
RAW_TABLES = {
    "returns": "raw_return", "cells": "raw_cell", "answers": "raw_answer", "answer_cells": "raw_answer_cell",
    "corrections": "raw_correction",
}  # fmt: skip


QUALITY_TABLES = {
    "findings": "quality_finding", "rule_outcomes": "quality_rule_outcome", "localisations": "quality_localisation",
    "queries": "quality_query",
}  # fmt: skip


def years_at_hand(home: Home, survey: Survey) -> list[int]:
    """The declared years whose returns have been read; one read by a release of the product with other tables is not."""
    return [year for year in survey.years if all(is_written(home, year, name) for name in RAW_TABLES)]


def build_warehouse(
    home: Home, survey: Survey, declarations: Sequence[YearDeclarations], *, engine: Engine = DUCKDB
) -> list[dbt.NodeResult]:
    """Load every year's tables and declarations into a fresh file and build all models; readers are not touched.

    The file can be opened by DuckDB clients since `OLDEST_CLIENT`. Raises DeclarationError for a model that cannot be built,
    and InputError where Spark is to compute and is not installed.
    """
    path = home.warehouse_build
    path.parent.mkdir(parents=True, exist_ok=True)
    for leftover in path.parent.glob(f"{path.name}*"):
        leftover.unlink()
    years = [d.year for d in declarations]
    with duckdb.connect(str(path), config={"storage_compatibility_version": OLDEST_CLIENT}) as connection:
        for name, raw in RAW_TABLES.items():
            files = [str(home.work(year) / f"{name}.parquet") for year in years]
            connection.from_parquet(files).create(raw)
        released = released_figures(home, survey.years)
        observed = sorted(set(released["released_year"]))
        released = withhold_units(released, {year: survey.load_year(year).withheld_units for year in observed})
        tables = {
            **declared_tables(declarations), **series_tables(survey, years, observed), "raw_released_figure": released,
        }  # fmt: skip
        for name, table in tables.items():
            connection.register("incoming", table.to_arrow())
            connection.execute(f"create table {name} as select * from incoming")
            connection.unregister("incoming")
    results = _build_models(survey, path, engine)
    broken = [result for result in results if result.kind == "model" and not result.is_success]
    if broken:
        if any(storage_fault(result.message) for result in broken):
            raise OSError("; ".join(result.message for result in broken))
        failed = [result for result in broken if result.status != "skipped"] or broken
        raise DeclarationError(
            reference="broken-model", where=", ".join(result.name for result in failed),
            found="; ".join(result.message for result in failed[:3]), expected="models that DuckDB and Spark can build",
            fix="correct the SQL of the model; the published warehouse is as it was",
        )  # fmt: skip
    return results


def _build_models(survey: Survey, path: Path, engine: Engine) -> list[dbt.NodeResult]:
    if engine == SPARK:
        from pipeline.warehouse.spark import build_on_spark

        return build_on_spark(survey, path)
    return dbt.build(survey, path)


def add_quality_tables(home: Home, years: Sequence[int]) -> None:
    """Write findings and counts of every owner, what explains them, and the queries, into the file built aside, for all years."""
    with duckdb.connect(str(home.warehouse_build)) as connection:
        for name, table in QUALITY_TABLES.items():
            sources = [source for source in (name, f"gate_{name}") if source in TABLES]
            frames = [load(home, year, source) for year in years for source in sources]
            merged = pl.concat([pl.DataFrame(schema=TABLES[name]), *frames])
            connection.register("incoming", merged.to_arrow())
            connection.execute(f"create or replace table {table} as select * from incoming")
            connection.unregister("incoming")
        connection.execute(SUMMARY)


def publish_warehouse(home: Home) -> None:
    """Copy the file built aside, and swap the copy in at once."""
    aside = home.warehouse.with_name(f".{home.warehouse.name}.next")
    shutil.copyfile(home.warehouse_build, aside)
    aside.replace(home.warehouse)


def failing_rows(home: Home, result: dbt.NodeResult, *, limit: int = 50) -> list[dict[str, object]]:
    """The first rows that a dbt test rejects, as JSON-ready dictionaries."""
    with duckdb.connect(str(home.warehouse_build), read_only=True) as connection:
        rows = connection.sql(f"select * from ({result.compiled_sql}) limit {limit}").pl()
    return json.loads(rows.write_json())  # type: ignore[no-any-return]


def concerns_year(home: Home, result: dbt.NodeResult, year: int) -> bool:
    """Whether any of the rows that a dbt test rejects is of the year; rows without a year concern every one."""
    with duckdb.connect(str(home.warehouse_build), read_only=True) as connection:
        rows = connection.sql(result.compiled_sql)
        return "year" not in rows.columns or len(rows.filter(f"year is null or year = {year:d}").limit(1)) > 0
