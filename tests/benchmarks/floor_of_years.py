"""The floor of whole years: no more than python-calamine and DuckDB do when they read the same cells and make the same marts.

`python -m tests.benchmarks.floor_of_years PLAN`, a JSON file with a list of years, each of which names its `files`, the `places`
of the answer cells as rows and columns by sheet, the Parquet files of the `raw` tables by name, the compiled `models` as
(name, table or view, SQL), and the `folder` for its DuckDB file. Nothing of the product is imported.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa
from python_calamine import CalamineWorkbook

AT_ONCE = 100
CELLS = pa.schema(
    [("file", pa.string()), ("sheet", pa.string()), ("row", pa.int32()), ("col", pa.int32()), ("text", pa.string())]
)
Row = tuple[str, str, int, int, str]


def answer_cells(path: Path, places: dict[str, list[tuple[int, int]]]) -> Iterator[Row]:
    """The answer cells of a workbook; rows and columns count from 1."""
    workbook = CalamineWorkbook.from_path(path)
    for sheet in set(workbook.sheet_names) & places.keys():
        rows = workbook.get_sheet_by_name(sheet).to_python(skip_empty_area=False)
        for row, column in places[sheet]:
            is_there = row <= len(rows) and column <= len(rows[row - 1])
            yield path.name, sheet, row, column, str(rows[row - 1][column - 1]) if is_there else ""


def build(year: dict[str, Any]) -> int:
    """Read a year's cells into a table, and make its models; returns how many cells there are."""
    database = Path(year["folder"]) / "kyogikai.duckdb"
    places = {sheet: [tuple(place) for place in own] for sheet, own in year["places"].items()}
    with duckdb.connect(str(database), config={"storage_compatibility_version": "v1.0.0"}) as connection:
        connection.execute(
            'create table cells ("file" varchar, sheet varchar, "row" integer, col integer, "text" varchar)'
        )
        for start in range(0, len(year["files"]), AT_ONCE):
            rows = [row for file in year["files"][start : start + AT_ONCE] for row in answer_cells(Path(file), places)]
            columns = list(zip(*rows, strict=True))
            connection.register("incoming", pa.table(columns, schema=CELLS))
            connection.execute("insert into cells select * from incoming")
        for name, file in year["raw"].items():
            connection.from_parquet(file).create_view(name)
        for name, kind, sql in year["models"]:
            connection.execute(f'create {kind} "{name}" as {sql}')
        found = connection.execute("select count(*) from cells").fetchone()
    return int(found[0]) if found else 0


if __name__ == "__main__":
    counts = [build(year) for year in json.loads(Path(sys.argv[1]).read_bytes())]
    print(json.dumps({"cells": sum(counts)}))  # noqa: T201
