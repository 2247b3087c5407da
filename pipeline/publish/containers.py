"""The release's DuckDB file. Its own layout differs from writing to writing, so that what it holds is hashed, not its bytes."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import polars as pl

from pipeline.warehouse.connect import connect
from pipeline.warehouse.reading import shut_in


def write_duckdb(
    path: Path,
    tables: Mapping[str, pl.DataFrame],
    comments: Mapping[str, str],
    column_comments: Mapping[str, Mapping[str, str]],
) -> None:
    """Write the tables, with a comment on each and on their columns, into a file that DuckDB 1.0 and later open."""
    path.unlink(missing_ok=True)
    with connect() as connection:
        connection.execute(f"attach {_text(str(path))} as release (storage_version 'v1.0.0')")
        for name, table in tables.items():
            connection.register("incoming", table.to_arrow())
            connection.execute(f"create table release.{_name(name)} as select * from incoming")
            connection.unregister("incoming")
            connection.execute(f"comment on table release.{_name(name)} is {_text(comments.get(name, ''))}")
            for column, comment in column_comments.get(name, {}).items():
                place = f"release.{_name(name)}.{_name(column)}"
                connection.execute(f"comment on column {place} is {_text(comment)}")
        connection.execute("detach release")


def content_hash(path: Path) -> str:
    """SHA-256 over the tables of a DuckDB file: names, comments, columns, types and rows in a total order.

    Equal content gives an equal hash, whatever the bytes of the file; an empty text and a null differ. A file that somebody else
    made may name its own macros as the database's functions are named: they reach no other file.
    """
    digest = hashlib.sha256()
    with connect(path, read_only=True) as connection:
        shut_in(connection)
        tables = connection.execute(
            "select table_name, comment from duckdb_tables() where database_name = current_database()"
            " and schema_name = 'main' order by table_name"
        ).fetchall()
        for name, comment in tables:
            columns = connection.execute(
                "select column_name, data_type, comment from duckdb_columns() where table_name = ? and"
                " database_name = current_database() and schema_name = 'main' order by column_index",
                [name],
            ).fetchall()
            lines: list[tuple[Any, ...]] = [(name, comment, columns)]
            lines += connection.execute(f"select * from {_name(name)} order by all").fetchall()
            for line in lines:
                digest.update(json.dumps(line, ensure_ascii=False, default=str).encode() + b"\n")
    return digest.hexdigest()


def _name(identifier: str) -> str:
    return '"' + identifier.replace('"', '""') + '"'


def _text(value: str) -> str:
    return "'" + value.replace("'", "''") + "'"
