"""The figures as workbooks: one to read and print, one for machines. Text is always written as text."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime
from decimal import Decimal, InvalidOperation
from math import ceil
from pathlib import Path
from typing import Any
from unicodedata import east_asian_width

import polars as pl
import xlsxwriter

from pipeline.publish.document import Words, constant, words
from pipeline.publish.open_data import Edition
from pipeline.publish.reading_sheets import NUMBER, WIDTHS, Look, ReadingCell, ReadingSheet
from pipeline.publish.workbook_parts import HEADING_SIZE, PART_EDITS
from pipeline.zips import normalise_zip

FONT = {"font_name": "游ゴシック", "font_size": 12}
"""Without serifs, and in the size that people with weak eyes read; columns are as many such digits wide as they say."""
AS_TEXT = {"strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}
PLAIN_TABLE = {"autofilter": False, "style": None, "banded_rows": False}
"""A table that programs find as one, and that looks like the cells it is made of."""
A4 = 9
LEGEND_WIDTH = sum(WIDTHS.values())  # characters
WIDE = 1.7  # digits of this font, or of one that stands in for it, that a Japanese character takes at most
LINE_HEIGHT = 20.5  # points
SHEET_NAME = 31  # characters that Excel takes
WIDEST = 60  # characters; a longer text of the workbook for machines is wrapped


def write_reading_workbook(path: Path, edition: Edition, sheets: Sequence[ReadingSheet]) -> None:
    """Write the 閲覧用 workbook, set for A4."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with _new_book(path) as book:
        _set_properties(book, edition)
        formats = _Formats(book)
        for number, reading in enumerate(sheets, start=1):
            sheet = book.add_worksheet(reading.name)
            _set_page(sheet)
            if reading.top is None:
                _set_legend(sheet, reading)
            else:
                _set_table(sheet, reading, reading.top)
                _mark_table(sheet, reading, reading.top, f"表{number}_{''.join(filter(str.isalpha, reading.name))}")
            for place, cell in reading.cells.items():
                _write_words(sheet, place, cell, formats)
    normalise_zip(path, PART_EDITS)


def _new_book(path: Path) -> Any:
    """A workbook that takes text as text. It gets a font of its own, since xlsxwriter writes into the one that it is given."""
    return xlsxwriter.Workbook(str(path), {**AS_TEXT, "default_format_properties": FONT.copy()})


class _Formats:
    """The looks of cells; a number's follows from its digits."""

    def __init__(self, book: Any) -> None:
        font = {**FONT, "valign": "top"}
        cell = {**font, "bottom": 1, "bottom_color": "#BFBFBF"}
        header = {**font, "bold": True, "bottom": 2}
        self.looks: dict[Look, Any] = {
            "heading": book.add_format({**font, "bold": True, "font_size": HEADING_SIZE}),
            "plain": book.add_format(font),
            "wrapped": book.add_format({**font, "text_wrap": True}),
            "header": book.add_format(header),
            "header_right": book.add_format({**header, "align": "right"}),
            "text": book.add_format({**cell, "text_wrap": True}),
            "unit": book.add_format({**cell, "indent": 1}),
        }
        self.numbers = {
            digits: book.add_format({**cell, "num_format": "#,##0" + ("." + "0" * digits if digits else "")})
            for digits in range(5)
        }
        self.right = book.add_format({**cell, "align": "right"})


def _set_legend(sheet: Any, reading: ReadingSheet) -> None:
    """One column as wide as the tables, so that it is printed as they are, and rows high enough for their lines."""
    sheet.set_landscape()
    sheet.set_column(0, 0, LEGEND_WIDTH)
    for (line, _), cell in reading.cells.items():
        sheet.set_row(line, LINE_HEIGHT * _line_count(cell.words.text, LEGEND_WIDTH))


def _set_table(sheet: Any, reading: ReadingSheet, top: int) -> None:
    """The look of a section's table: columns, what every page repeats, and rows high enough for their texts."""
    sheet.set_landscape()
    for column, width in enumerate(WIDTHS.values()):
        sheet.set_column(column, column, width)
    sheet.repeat_rows(0, top)
    for line in range(top + 1):
        sheet.set_row(line, LINE_HEIGHT)
    for line in range(top + 1, max(row for row, _ in reading.cells) + 1):
        texts = [reading.cells[line, column].words.text for column in range(len(WIDTHS))]
        texts[NUMBER] = ""
        sheet.set_row(line, LINE_HEIGHT * max(map(_line_count, texts, WIDTHS.values())))


def _mark_table(sheet: Any, reading: ReadingSheet, top: int, name: str) -> None:
    heads = [{"header": reading.cells[top, column].words.text} for column in range(len(WIDTHS))]
    sheet.add_table(
        top, 0, max(row for row, _ in reading.cells), len(WIDTHS) - 1, {**PLAIN_TABLE, "name": name, "columns": heads}
    )


def _write_words(sheet: Any, place: tuple[int, int], cell: ReadingCell, formats: _Formats) -> None:
    """A displayed value as a number that shows as many digits; what is no number, as － , stays text."""
    text = cell.words.text
    if cell.look == "number":
        try:
            sheet.write_number(*place, float(Decimal(text)), formats.numbers[cell.digits or 0])
        except InvalidOperation:
            sheet.write_string(*place, text, formats.right)
    elif text:
        sheet.write_string(*place, text, formats.looks[cell.look])
    else:
        sheet.write_blank(*place, None, formats.looks[cell.look])


def _line_count(text: str, width: int) -> int:
    """Lines that a text takes in a column."""
    taken = sum(WIDE if east_asian_width(letter) in "FWA" else 1 for letter in text)
    return max(1, ceil(taken / width))


def _taken(text: str) -> int:
    """How many characters a text takes in one line."""
    return len(text) if text.isascii() else sum(2 if east_asian_width(letter) in "FWA" else 1 for letter in text)


def _set_page(sheet: Any) -> None:
    """Pages of A4 with their numbers; each repeats the rows above the table."""
    sheet.set_paper(A4)
    sheet.fit_to_pages(1, 0)
    sheet.set_margins(left=0.5, right=0.5, top=0.7, bottom=0.7)
    sheet.set_footer("&C&P / &N")


def write_machine_workbook(path: Path, edition: Edition, tables: Mapping[str, pl.DataFrame]) -> None:
    """Write the machine-readable workbook: one table a sheet from A1, one header row, no merged cells."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with _new_book(path) as book:
        _set_properties(book, edition)
        day, wrapped = (
            book.add_format({**FONT, "num_format": "yyyy-mm-dd"}),
            book.add_format({**FONT, "text_wrap": True}),
        )
        for name, table in tables.items():
            sheet = book.add_worksheet(name[:SHEET_NAME])
            heads = [{"header": title} for title in table.columns]
            sheet.add_table(
                0, 0, max(table.height, 1), table.width - 1, {**PLAIN_TABLE, "name": name, "columns": heads}
            )
            is_long = _set_widths(sheet, table)
            for line, row in enumerate(table.iter_rows(), start=1):
                for column, value in enumerate(row):
                    _write(sheet, line, column, value, day, wrapped if is_long[column] else None)
    normalise_zip(path, PART_EDITS)


def _set_widths(sheet: Any, table: pl.DataFrame) -> list[bool]:
    """Make each column as wide as its longest value or its title; says which hold texts too long for that."""
    widths = []
    for column in table.iter_columns():
        different = [str(value) for value in column.unique(maintain_order=True) if value is not None]
        widths.append(max(map(_taken, (column.name, *different))) + 2)
        sheet.set_column(len(widths) - 1, len(widths) - 1, min(widths[-1], WIDEST))
    return [width > WIDEST for width in widths]


def workbook_lines(edition: Edition, *, numbered_sheets: int = 0) -> dict[str, list[Words]]:
    """What stands in a workbook beside its cells: its properties, and on the margins the numbers of the pages of so many sheets."""
    title = constant(edition.title, "title")
    notices = [run for notice in edition.notices for run in (constant("\n", "end of a line"), *notice.runs)][1:]
    return {
        "property": [words(title), *([words(*notices)] if notices else [])],
        "margin": [words(" / ")] * numbered_sheets,
    }


def _set_properties(book: Any, edition: Edition) -> None:
    """The time of creation is written as UTC."""
    created: datetime = edition.as_of.astimezone(UTC).replace(tzinfo=None)
    book.set_properties(
        {"title": edition.title, "comments": "\n".join(notice.text for notice in edition.notices), "created": created}
    )


def _write(sheet: Any, line: int, column: int, value: Any, day: Any, look: Any) -> None:
    if value is None:
        return
    if isinstance(value, bool):
        sheet.write_boolean(line, column, value)
    elif isinstance(value, int | float):
        sheet.write_number(line, column, value)
    elif isinstance(value, date) and not isinstance(value, datetime):
        sheet.write_datetime(line, column, value, day)
    else:
        sheet.write_string(line, column, str(value), look)
