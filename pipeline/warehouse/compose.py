"""The published warehouse: the files of all years put together, with what was found of them, swapped in at once."""

from __future__ import annotations

import shutil
from collections.abc import Sequence
from pathlib import Path

import duckdb
import polars as pl

from pipeline.home import Home
from pipeline.tables import TABLES, load
from pipeline.warehouse.query_tables import SUMMARY

QUALITY_TABLES = {
    "findings": "quality_finding", "rule_outcomes": "quality_rule_outcome", "localisations": "quality_localisation",
    "queries": "quality_query",
}  # fmt: skip


def publish_warehouse(home: Home, years: Sequence[int]) -> None:
    """Put the files of the given years together, with findings and counts of every owner, what explains them, and the queries.

    Readers of the published file see it as it was or as it is now. Raises ValueError without a year.
    """
    if not years:
        raise ValueError("no year to publish")
    aside = home.warehouse.parent / ".next" / home.warehouse.name
    shutil.rmtree(aside.parent, ignore_errors=True)
    aside.parent.mkdir(parents=True)
    newest, *others = sorted(years, reverse=True)
    shutil.copyfile(home.year_warehouse(newest), aside)
    with duckdb.connect(str(aside)) as connection:
        tables = _tables(connection)
        for year in others:
            _add(connection, home.year_warehouse(year), tables)
        for name in _views_on_raw_tables(connection):
            connection.execute(f"drop view {name}")
        add_quality_tables(connection, home, years)
    aside.replace(home.warehouse)
    shutil.rmtree(aside.parent)


def _tables(connection: duckdb.DuckDBPyConnection) -> list[str]:
    return [name for (name,) in connection.execute("select table_name from duckdb_tables() order by 1").fetchall()]


def _views_on_raw_tables(connection: duckdb.DuckDBPyConnection) -> list[str]:
    rows = connection.execute("select view_name from duckdb_views() where starts_with(view_name, 'raw_')").fetchall()
    return [name for (name,) in rows]


def _add(connection: duckdb.DuckDBPyConnection, path: Path, tables: Sequence[str]) -> None:
    """Add the rows of another year's file."""
    connection.execute(f"attach '{str(path).replace(chr(39), chr(39) * 2)}' as other (read_only)")
    for name in tables:
        connection.execute(f"insert into {name} by name select * from other.{name}")
    connection.execute("detach other")


def add_quality_tables(connection: duckdb.DuckDBPyConnection, home: Home, years: Sequence[int]) -> None:
    """Make the tables of findings, counts, localisations and queries of the given years."""
    for name, table in QUALITY_TABLES.items():
        sources = [source for source in (name, f"gate_{name}") if source in TABLES]
        frames = [load(home, year, source) for year in sorted(years) for source in sources]
        merged = pl.concat([pl.DataFrame(schema=TABLES[name]), *frames])
        connection.register("incoming", merged.to_arrow())
        connection.execute(f"create table {table} as select * from incoming")
        connection.unregister("incoming")
    connection.execute(SUMMARY)
