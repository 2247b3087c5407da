"""The files of a release that hold all of its tables: workbooks, a DuckDB file, and what describes them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import polars as pl

from pipeline.publish.containers import write_duckdb
from pipeline.publish.csvw import write_csv_metadata
from pipeline.publish.describing_sheets import describing_tables
from pipeline.publish.document import Words
from pipeline.publish.open_data import readme_lines, write_data_package, write_readme
from pipeline.publish.reading_sheets import ReadingSheet, reading_sheets
from pipeline.publish.tables import WrittenTables
from pipeline.publish.workbooks import workbook_lines, write_machine_workbook, write_reading_workbook


@dataclass(frozen=True)
class Compiled:
    """What stands in the files: each cell of the 閲覧用 workbook, each line of README.txt, all that describes the CSV files.

    `beside` is what stands in the workbooks beside their cells, by the file's name; `described` are the sheets of the workbook for
    machines that describe its tables.
    """

    sheets: Sequence[ReadingSheet]
    readme: Sequence[Words]
    package: dict[str, Any]
    csv_metadata: dict[str, Any]
    beside: Mapping[str, Mapping[str, Sequence[Words]]]
    described: Mapping[str, pl.DataFrame]


def write_compilations(tables: WrittenTables, public: Path) -> Compiled:
    """Write the two workbooks, the DuckDB file, README.txt, datapackage.json and csv-metadata.json; returns what they must show.

    Equal content gives equal bytes, except of the DuckDB file, which has an equal `content_hash`.
    """
    edition, resources = tables.edition, tables.resources
    at_hand = {resource.name: resource.table for resource in resources}
    sheets = reading_sheets(edition, at_hand["figures"], at_hand["rankings"])
    write_reading_workbook(public / "tables_for_reading.xlsx", edition, sheets)
    told = [resource for resource in resources if resource.in_workbook]
    described = describing_tables(edition, told)
    tables_at_hand = {resource.name: resource.table for resource in told}
    write_machine_workbook(public / "tables_for_machines.xlsx", edition, {**tables_at_hand, **described})
    write_duckdb(
        public / f"kyogikai_{edition.declarations.year}.duckdb",
        at_hand,
        {resource.name: f"{resource.title}：{edition.title}" for resource in resources},
        {resource.name: {name: field.comment for name, field in resource.fields.items()} for resource in resources},
    )
    package = write_data_package(public, resources, edition)
    csv_metadata = write_csv_metadata(public, resources, edition)
    readme = readme_lines(resources, edition)
    write_readme(public, readme)
    beside = {
        "tables_for_reading.xlsx": workbook_lines(edition, numbered_sheets=len(sheets)),
        "tables_for_machines.xlsx": workbook_lines(edition),
    }
    return Compiled(sheets, readme, package, csv_metadata, beside, described)
