"""The figures as workbooks: one to read and print, one for machines. Text is always written as text."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import Any
from unicodedata import east_asian_width

import polars as pl
import xlsxwriter

from pipeline.publish.document import Words, constant, words
from pipeline.publish.open_data import Edition
from pipeline.publish.reading_sheets import NUMBER, WIDTHS, Look, ReadingCell, ReadingSheet
from pipeline.zips import normalise_zip

AS_TEXT = {"strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}
A4 = 9
LEGEND_WIDTH = 66  # characters: A4 takes as many upright, however wide the digits of the font at hand are
LINE_HEIGHT = 18  # points
HEADER_LIMIT = 240  # characters; Excel takes 255, and a font size before them


def write_reading_workbook(path: Path, edition: Edition, sheets: Sequence[ReadingSheet]) -> None:
    """Write the 閲覧用 workbook, set for A4."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with xlsxwriter.Workbook(str(path), AS_TEXT) as book:
        _set_properties(book, edition)
        formats = _Formats(book)
        for reading in sheets:
            sheet = book.add_worksheet(reading.name)
            _set_page(sheet, edition)
            if reading.top is None:
                _set_legend(sheet, reading)
            else:
                _set_table(sheet, reading, reading.top)
            for place, cell in reading.cells.items():
                _write_words(sheet, place, cell, formats)
    normalise_zip(path)


class _Formats:
    """The looks of cells; a number's follows from its digits."""

    def __init__(self, book: Any) -> None:
        font = {"font_name": "游ゴシック", "font_size": 10.5, "valign": "top"}
        cell = {**font, "bottom": 1, "bottom_color": "#BFBFBF"}
        header = {**font, "bold": True, "bottom": 2, "bg_color": "#E8EEF7"}
        self.looks: dict[Look, Any] = {
            "heading": book.add_format({**font, "bold": True, "font_size": 14}),
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
    """One column that a page holds, and rows high enough for their lines."""
    sheet.set_column(0, 0, LEGEND_WIDTH)
    for (line, _), cell in reading.cells.items():
        sheet.set_row(line, LINE_HEIGHT * _line_count(cell.words.text, LEGEND_WIDTH))


def _set_table(sheet: Any, reading: ReadingSheet, top: int) -> None:
    """The look of a section's table: columns, the head that every page repeats, and rows high enough for their texts."""
    sheet.set_landscape()
    for column, width in enumerate(WIDTHS.values()):
        sheet.set_column(column, column, width)
    sheet.repeat_rows(top)
    sheet.freeze_panes(top + 1, 0)
    for line in range(top + 1, max(row for row, _ in reading.cells) + 1):
        texts = [reading.cells[line, column].words.text for column in range(len(WIDTHS))]
        texts[NUMBER] = ""
        sheet.set_row(line, LINE_HEIGHT * max(map(_line_count, texts, WIDTHS.values())))


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
    """Lines that a text takes in a column, where a Japanese character is two wide."""
    taken = sum(2 if east_asian_width(letter) in "FWA" else 1 for letter in text)
    return max(1, -(-taken // width))


def _set_page(sheet: Any, edition: Edition) -> None:
    sheet.set_paper(A4)
    sheet.fit_to_pages(1, 0)
    sheet.set_margins(left=0.5, right=0.5, top=0.7, bottom=0.7)
    sheet.set_header(f"&R&9{edition.title.replace('&', '&&')[:HEADER_LIMIT]}")
    sheet.set_footer("&C&P / &N")


def write_machine_workbook(path: Path, edition: Edition, tables: Mapping[str, pl.DataFrame]) -> None:
    """Write the machine-readable workbook: one table a sheet from A1, one header row, no merged cells."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with xlsxwriter.Workbook(str(path), AS_TEXT) as book:
        _set_properties(book, edition)
        day = book.add_format({"num_format": "yyyy-mm-dd"})
        for name, table in tables.items():
            sheet = book.add_worksheet(name[:31])
            sheet.set_header(f"&R&9{edition.title.replace('&', '&&')[:HEADER_LIMIT]}")
            for column, title in enumerate(table.columns):
                sheet.write_string(0, column, title)
            for line, row in enumerate(table.iter_rows(), start=1):
                for column, value in enumerate(row):
                    _write(sheet, line, column, value, day)
    normalise_zip(path)


def workbook_lines(edition: Edition, *, sheet_count: int, has_footer: bool) -> dict[str, list[Words]]:
    """What stands in a workbook beside its cells: its properties, and what each sheet prints above and below."""
    title = constant(edition.title, "title")
    notices = [run for notice in edition.notices for run in (constant("\n", "end of a line"), *notice.runs)][1:]
    margins = [words(constant(edition.title[:HEADER_LIMIT], "title")), *([words(" / ")] if has_footer else [])]
    return {"property": [words(title), *([words(*notices)] if notices else [])], "margin": margins * sheet_count}


def _set_properties(book: Any, edition: Edition) -> None:
    """The time of creation is written as UTC."""
    created: datetime = edition.as_of.astimezone(UTC).replace(tzinfo=None)
    book.set_properties(
        {"title": edition.title, "comments": "\n".join(notice.text for notice in edition.notices), "created": created}
    )


def _write(sheet: Any, line: int, column: int, value: Any, day: Any) -> None:
    if value is None:
        return
    if isinstance(value, bool):
        sheet.write_boolean(line, column, value)
    elif isinstance(value, int | float):
        sheet.write_number(line, column, value)
    elif isinstance(value, date) and not isinstance(value, datetime):
        sheet.write_datetime(line, column, value, day)
    else:
        sheet.write_string(line, column, str(value))
