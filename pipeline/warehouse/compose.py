"""The published warehouse: the files of all years put together, with what was found of them, swapped in at once."""

from __future__ import annotations

import json
import shutil
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import duckdb
import polars as pl
from pydantic import BaseModel

from pipeline.hashes import sha256_file
from pipeline.home import Home, read_kept, write_atomically
from pipeline.tables import TABLES, load
from pipeline.warehouse.build import BuiltFrom
from pipeline.warehouse.connect import connect
from pipeline.warehouse.query_tables import SUMMARY
from pipeline.warehouse.reading import changes_beside
from pipeline.workers import cores

QUALITY_TABLES = {
    "findings": "quality_finding", "rule_outcomes": "quality_rule_outcome", "localisations": "quality_localisation",
    "queries": "quality_query",
}  # fmt: skip


class _Composed(BaseModel):
    """What is written beside the published file: its hash, and of each year in it the hash of the file it was taken from."""

    sha256: str
    models: str
    years: dict[str, str]


@dataclass(frozen=True)
class Aside:
    """The files of some years put together beside the published one, of which no reader knows yet."""

    path: Path
    models: str
    years: Mapping[int, str]


def publish_warehouse(home: Home, aside: Aside) -> None:
    """Let readers have what was put together, with findings and counts of every owner, what explains them, and the queries.

    They see the published file as it was or as it is now.
    """
    with connect(aside.path) as connection:
        add_quality_tables(connection, home, sorted(aside.years))
    # Where a program that wrote to the published file was killed, DuckDB would read what it had begun into the new one.
    changes_beside(home.warehouse).unlink(missing_ok=True)
    aside.path.replace(home.warehouse)
    shutil.rmtree(aside.path.parent)
    composed = {"sha256": sha256_file(home.warehouse), "models": aside.models, "years": aside.years}
    write_atomically(_composed(home), json.dumps(composed, indent=1).encode())


def put_together(home: Home, years: Sequence[int]) -> Aside:
    """Put the files of the given years together; of the published file, the years whose own file has not changed are taken over.

    Raises ValueError without a year.
    """
    if not years:
        raise ValueError("no year to publish")
    parts, models = _parts(home, years)
    aside = home.warehouse.parent / ".next" / home.warehouse.name
    shutil.rmtree(aside.parent, ignore_errors=True)
    aside.parent.mkdir(parents=True)
    standing = _standing(home, parts, models)
    shutil.copyfile(home.warehouse if standing else home.year_warehouse(max(years)), aside)
    taken = standing or {max(years): parts[max(years)]}
    with connect(aside) as connection:
        tables = [table for table in _tables(connection) if table not in QUALITY_TABLES.values()]
        for year in taken.keys() - dict(parts.items() & taken.items()).keys():
            for table in tables:
                connection.execute(f"delete from {table} where year = ?", [year])
        for year in sorted(dict(parts.items() - taken.items())):
            _add(connection, home.year_warehouse(year), tables)
        for name in _views_on_raw_tables(connection):
            connection.execute(f"drop view {name}")
    return Aside(aside, models, parts)


def add_quality_tables(connection: duckdb.DuckDBPyConnection, home: Home, years: Sequence[int]) -> None:
    """Make the tables of findings, counts, localisations and queries of the given years."""
    for name, table in QUALITY_TABLES.items():
        sources = [source for source in (name, f"gate_{name}") if source in TABLES]
        frames = [load(home, year, source) for year in sorted(years) for source in sources]
        merged = pl.concat([pl.DataFrame(schema=TABLES[name]), *frames])
        connection.register("incoming", merged.to_arrow())
        connection.execute(f"create or replace table {table} as select * from incoming")
        connection.unregister("incoming")
    connection.execute(SUMMARY)


def _parts(home: Home, years: Sequence[int]) -> tuple[dict[int, str], str]:
    """The hash of each year's file, and what tells the models that all of them were built with."""
    built = {year: read_kept(home.built_from(year), BuiltFrom) for year in years}
    models = {kept["models"] for kept in built.values() if kept}
    if len(models) != 1 or None in built.values():
        raise ValueError(f"not all of {sorted(years)} are built with the same models")
    return {year: kept["file"] for year, kept in built.items() if kept}, models.pop()


def _standing(home: Home, parts: Mapping[int, str], models: str) -> dict[int, str]:
    """Years of the published file with the hash of what each was taken from; empty where the file cannot be built upon.

    It cannot where it is gone or changed, has tables of other models, or holds nothing of what is wanted now.
    """
    kept = read_kept(_composed(home), _Composed)
    if kept is None or kept["models"] != models or not home.warehouse.exists():
        return {}
    standing = {int(year): part for year, part in kept["years"].items()}
    if not parts.items() & standing.items() or sha256_file(home.warehouse) != kept["sha256"]:
        return {}
    return standing


def _composed(home: Home) -> Path:
    return home.warehouse.with_suffix(".composed.json")


def _tables(connection: duckdb.DuckDBPyConnection) -> list[str]:
    return [name for (name,) in connection.execute("select table_name from duckdb_tables() order by 1").fetchall()]


def _views_on_raw_tables(connection: duckdb.DuckDBPyConnection) -> list[str]:
    rows = connection.execute("select view_name from duckdb_views() where starts_with(view_name, 'raw_')").fetchall()
    return [name for (name,) in rows]


def _add(connection: duckdb.DuckDBPyConnection, path: Path, tables: Sequence[str]) -> None:
    """Add the rows of another year's file, of as many tables at once as there are cores: DuckDB packs those of one with one."""
    connection.execute(f"attach '{str(path).replace(chr(39), chr(39) * 2)}' as other (read_only)")
    sizes = {name: int(size) for name, size in connection.execute(
        "select table_name, estimated_size from duckdb_tables() where database_name = 'other'"
    ).fetchall()}  # fmt: skip

    def add(name: str) -> None:
        with connection.cursor() as cursor:
            cursor.execute(f"insert into {name} by name select * from other.{name}")

    with ThreadPoolExecutor(cores()) as threads:
        list(threads.map(add, sorted(tables, key=lambda name: -sizes[name])))
    connection.execute("detach other")
