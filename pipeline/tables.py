"""The tables that stages hand to one another: names, columns and types, and how they are kept as Parquet."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import polars as pl

from pipeline.home import Home
from schemas.errors import InputError

Schema = dict[str, Any]

TABLES: dict[str, Schema] = {
    "returns": {
        "year": pl.Int32, "return_id": pl.String, "municipality_code": pl.String, "file_name": pl.String,
        "received_at": pl.String, "supersedes": pl.String, "is_synthetic": pl.Boolean,
        "format": pl.String, "notes": pl.String,
    },
    "cells": {
        "year": pl.Int32, "cell_id": pl.String, "return_id": pl.String, "municipality_code": pl.String,
        "sheet": pl.String, "address": pl.String, "kind": pl.String, "text": pl.String, "is_declared": pl.Boolean,
        "correction_id": pl.String, "corrected_text": pl.String, "form_sheet": pl.String, "form_address": pl.String,
    },
    "answers": {
        "year": pl.Int32, "answer_id": pl.String, "return_id": pl.String, "municipality_code": pl.String,
        "block_id": pl.String, "grain": pl.String, "entity_id": pl.String, "row_no": pl.Int32,
        "question_id": pl.String, "option_code": pl.String, "status": pl.String, "problem": pl.String,
        "is_asked": pl.Boolean, "value_code": pl.String, "value_number": pl.Int64, "value_date": pl.Date,
        "value_text": pl.String,
    },
    "answer_cells": {"year": pl.Int32, "answer_id": pl.String, "cell_id": pl.String},
    "blocks": {
        "year": pl.Int32, "return_id": pl.String, "municipality_code": pl.String, "block_id": pl.String,
        "is_asked": pl.Boolean, "row_count": pl.Int32, "first_cell_id": pl.String, "absent_cell_id": pl.String,
    },
    "corrections": {
        "year": pl.Int32, "correction_id": pl.String, "municipality_code": pl.String, "sheet": pl.String,
        "address": pl.String, "cell_id": pl.String, "state": pl.String, "found_text": pl.String,
        "expected_text": pl.String, "corrected_text": pl.String, "reason": pl.String, "authority": pl.String,
        "granted": pl.Date, "expires": pl.Date,
    },
    "findings": {
        "year": pl.Int32, "finding_id": pl.String, "rule_id": pl.String, "owner": pl.String, "level": pl.Int32,
        "severity": pl.String, "verdict": pl.String, "municipality_code": pl.String, "entity_id": pl.String,
        "question_id": pl.String, "figure_id": pl.String, "cells": pl.String, "message": pl.String,
        "follows_from": pl.String, "waiver_id": pl.String, "effect": pl.Float64,
    },
    "localisations": {
        "year": pl.Int32, "contradiction_id": pl.String, "solution_no": pl.Int32, "field_no": pl.Int32, "weight": pl.Int64,
        "has_more": pl.Boolean, "municipality_code": pl.String, "entity_id": pl.String, "question_id": pl.String,
        "option_code": pl.String, "row_no": pl.Int32, "kind": pl.String, "cells": pl.String, "field": pl.String, "possible": pl.String,
        "findings": pl.String,
    },
    "queries": {
        "year": pl.Int32, "query_id": pl.String, "municipality_code": pl.String, "question_id": pl.String, "is_error": pl.Boolean,
        "state": pl.String, "outcome": pl.String, "findings": pl.String, "cells": pl.String, "cell_count": pl.Int64,
        "issue_count": pl.Int64, "reopened_count": pl.Int64, "opened_on": pl.Date, "answered_on": pl.Date, "closed_on": pl.Date,
        "open_days": pl.Int64,
    },
    "rule_outcomes": {
        "year": pl.Int32, "rule_id": pl.String, "owner": pl.String, "severity": pl.String,
        "statement": pl.String, "pass_count": pl.Int64, "fail_count": pl.Int64, "unverifiable_count": pl.Int64,
    },
}  # fmt: skip
TABLES["gate_findings"] = TABLES["findings"]
TABLES["gate_rule_outcomes"] = TABLES["rule_outcomes"]


def frame(table: str, rows: list[tuple[Any, ...]]) -> pl.DataFrame:
    """Build a table from rows in the order of its columns."""
    return pl.DataFrame(rows, schema=TABLES[table], orient="row")


def save(home: Home, year: int, tables: dict[str, pl.DataFrame]) -> None:
    """Keep tables of a year as Parquet; each file appears whole or not at all."""
    folder = home.work(year)
    folder.mkdir(parents=True, exist_ok=True)
    for name, table in tables.items():
        temporary = folder / f".{name}.parquet.tmp"
        table.select(list(TABLES[name])).write_parquet(temporary)
        temporary.replace(home.table(year, name))


def is_written(home: Home, year: int, name: str) -> bool:
    """True where a stage has written the table of a year, with the columns that it has today, and it can be opened."""
    path = home.table(year, name)
    try:
        return path.is_file() and dict(pl.read_parquet_schema(path)) == TABLES[name]
    except pl.exceptions.ComputeError:
        return False


def load(
    home: Home, year: int, name: str, columns: Sequence[str] | None = None, where: pl.Expr | None = None
) -> pl.DataFrame:
    """Read a table of a year, or some columns or rows of it; a table that is not written yet is empty.

    Raises InputError for one that is damaged.
    """
    columns = list(columns or TABLES[name])
    if not is_written(home, year, name):
        return pl.DataFrame(schema={column: TABLES[name][column] for column in columns})
    path = home.table(year, name)
    try:
        if where is not None:
            return pl.scan_parquet(path, glob=False).select(columns).filter(where).collect()
        return pl.read_parquet(path, columns=columns)
    except (pl.exceptions.PolarsError, OSError) as error:
        raise InputError(
            reference="damaged-table", where=str(path), found=str(error).splitlines()[0], expected="a Parquet file",
            fix=f"remove the file, then run `kyogikai run {year}`",
        ) from error  # fmt: skip


def runs(table: pl.DataFrame, key: pl.Expr) -> Iterator[tuple[Any, pl.DataFrame]]:
    """The rows of a table in pieces that lie together and share a value, with that value; none is copied."""
    start = 0
    for length, value in table.select(key.rle().struct.unnest()).iter_rows():
        yield value, table.slice(start, length)
        start += length
