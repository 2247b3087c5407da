"""Small files of tables, as somebody else's program would write them, and what an item says of them."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import openpyxl
from openpyxl.workbook import Workbook
from openpyxl.worksheet.table import Table as MarkedTable
from openpyxl.worksheet.worksheet import Worksheet

from pipeline.publish.standards.accessible import ACCESSIBLE
from pipeline.publish.standards.book import Book
from pipeline.publish.standards.items import Judged
from pipeline.publish.standards.machine_readable import MACHINE_READABLE
from pipeline.publish.standards.reading import read_book

Rows = Sequence[Sequence[Any]]
Change = Callable[[Worksheet], None]


def csv_of(folder: Path, text: str, *, encoding: str = "utf-8-sig", described: dict[str, Any] | None = None) -> Book:
    """A CSV file, with a Data Package beside it whose one resource has this schema."""
    path = folder / "table.csv"
    path.write_bytes(text.replace("\n", "\r\n").encode(encoding))
    if described is not None:
        package = {"resources": [{"path": path.name, "schema": described}]}
        (folder / "datapackage.json").write_text(json.dumps(package), encoding="utf-8")
    return read_book(path)


def xlsx_of(folder: Path, rows: Rows, *changes: Change, book: Callable[[Workbook], None] | None = None) -> Book:
    """A workbook with one sheet 人口 of these rows, changed as told."""
    made = openpyxl.Workbook()
    sheet = made.active
    assert isinstance(sheet, Worksheet)
    sheet.title = "人口"
    for row in rows:
        sheet.append(list(row))
    for change in changes:
        change(sheet)
    if book:
        book(made)
    path = folder / "table.xlsx"
    made.save(path)
    return read_book(path)


def with_sheet(title: str, rows: Rows, *changes: Change) -> Callable[[Workbook], None]:
    """Another sheet."""

    def add(book: Workbook) -> None:
        sheet = book.create_sheet(title)
        for row in rows:
            sheet.append(list(row))
        for change in changes:
            change(sheet)

    return add


def marked(area: str, name: str = "人口表", **options: Any) -> Change:
    """Mark an area as a table, without filters."""

    def mark(sheet: Worksheet) -> None:
        table = MarkedTable(displayName=name, ref=area, **options)
        table._initialise_columns()
        for column, cell in zip(table.tableColumns, sheet[area][0], strict=True):
            column.name = str(cell.value or f"列{column.id}")
        table.autoFilter = None
        sheet.add_table(table)

    return mark


def machine(number: str, book: Book) -> Judged:
    """What an item of the rules for machine-readable tables says."""
    return next(item for item in MACHINE_READABLE.items if item.number == number).check(book)


def accessible(number: int, book: Book) -> Judged:
    """What an item of the checklist for accessible spreadsheets says."""
    return next(item for item in ACCESSIBLE.items if item.number == str(number)).check(book)


def places(judged: Judged) -> list[str]:
    """Where an item fails."""
    return [fault.place for fault in judged.faults]
