"""The DuckDB files of two engines compared; and SQL with the project's macros, run on either."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import duckdb

from pipeline.warehouse import dbt
from pipeline.warehouse.engines import SPARK, Engine
from schemas.survey import Survey


def differences(first: Path, second: Path) -> list[str]:
    """What of two warehouses differs, but for the order of rows: tables and views, columns with types and comments, rows."""
    ours, theirs = _contents(first), _contents(second)
    return sorted(name for name in ours.keys() | theirs.keys() if ours.get(name) != theirs.get(name))


def _contents(warehouse: Path) -> dict[str, tuple[list[Any], list[Any]]]:
    with duckdb.connect(str(warehouse), read_only=True) as connection:
        columns = connection.execute(
            "select table_name, list((column_name, data_type, comment) order by column_index) from duckdb_columns()"
            " where not internal group by table_name"
        ).fetchall()
        return {
            name: (described, connection.sql(f"from {name} order by all").fetchall()) for name, described in columns
        }


def differs_from_parquet(warehouse: Path, table: str, folder: Path) -> bool:
    """Whether a table or view has other rows than the Parquet files that Spark left in a folder."""
    with duckdb.connect(str(warehouse), read_only=True) as connection:
        places = table, f"read_parquet('{folder}/*.parquet')"
        ours, theirs = (connection.sql(f"from {place} order by all").fetchall() for place in places)
    return ours != theirs


def compiled(survey: Survey, warehouse: Path, sql: str, engine: Engine) -> str:
    """SQL with macros as dbt compiles it for an engine."""
    manifest = dbt.load_manifest(survey, engine)
    arguments = ["compile", "--no-write-json", "--inline", sql]
    result = dbt._invoke(survey, arguments, warehouse=warehouse, manifest=manifest, engine=engine)
    assert result.success, result.exception
    return str(result.result.results[0].node.compiled_code)


def answered(survey: Survey, warehouse: Path, sql: str, engine: Engine) -> list[tuple[Any, ...]]:
    """What an engine answers to SQL with macros; Spark in the session that is open."""
    query = compiled(survey, warehouse, sql, engine)
    if engine == SPARK:
        from pyspark.sql import SparkSession

        return [tuple(row) for row in SparkSession.builder.getOrCreate().sql(query).collect()]
    return duckdb.sql(query).fetchall()
