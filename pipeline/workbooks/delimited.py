"""Reading a text of values between commas or tabs: one sheet, every cell as the text that it is.

UTF-8 or UTF-16 with a byte order mark, else UTF-8 or UTF-16 without one, else CP932, as Excel writes it in Japan.
"""

from __future__ import annotations

import codecs
import csv
from collections.abc import Iterator
from io import StringIO

from pipeline.workbooks.limits import MAX_CELLS, MAX_COLUMNS, damaged, not_excel, too_many_cells, too_many_columns
from pipeline.workbooks.workbook import Cell, Workbook

DELIMITERS = ",\t;"
ERRORS = frozenset({"#N/A", "#DIV/0!", "#NAME?", "#REF!", "#VALUE!", "#NUM!", "#NULL!", "#SPILL!", "#CALC!"})
"""How Excel writes the errors of its cells."""
_MARKED = ((codecs.BOM_UTF8, "utf-8-sig"), (codecs.BOM_UTF16_LE, "utf-16"), (codecs.BOM_UTF16_BE, "utf-16"))
CONTROL = frozenset(map(chr, range(32))) - {"\t", "\r", "\n"}
"""Letters that nobody sees, and that no text of values has."""


def read_delimited(content: bytes, sheet: str) -> Workbook:
    """The workbook of one sheet that a text of delimited values is; row N is its Nth record, blank ones counted.

    Raises UnreadableWorkbookError for bytes that are no text, a text without delimiters, quotes that do not end, and more cells
    or columns than the limits allow.
    """
    text = _decoded(content)
    if text is None or not CONTROL.isdisjoint(text):
        raise not_excel()
    head = next((line for line in text.splitlines() if any(sign in line for sign in DELIMITERS)), None)
    if head is None:
        raise not_excel()
    delimiter = max(DELIMITERS, key=head.count)
    cells: dict[tuple[int, int], Cell] = {}
    for row, record in enumerate(_records(text, delimiter), start=1):
        for column, value in enumerate(record, start=1):
            if value.strip():
                if column > MAX_COLUMNS:
                    raise too_many_columns()
                cells[row, column] = _cell(sheet, row, column, value)
        if len(cells) > MAX_CELLS:
            raise too_many_cells()
    return Workbook({sheet: cells}, file_format="csv", is_cut=not text.endswith(("\r", "\n")))


def _cell(sheet: str, row: int, column: int, value: str) -> Cell:
    if value.strip() in ERRORS:
        return Cell(sheet, row, column, "error", value, None)
    return Cell(sheet, row, column, "text", value, value)


def _records(text: str, delimiter: str) -> Iterator[list[str]]:
    try:
        yield from csv.reader(StringIO(text, newline=""), delimiter=delimiter, strict=True)
    except csv.Error as error:
        raise damaged() from error


def _decoded(content: bytes) -> str | None:
    codings = [coding for mark, coding in _MARKED if content.startswith(mark)] or _unmarked(content)
    for coding in codings:
        try:
            return content.decode(coding)
        except UnicodeDecodeError:
            continue
    return None


def _unmarked(content: bytes) -> list[str]:
    """The codings to try without a mark. Delimiters and ends of lines of UTF-16 have a zero byte before or behind them."""
    if b"\0" not in content:
        return ["utf-8", "cp932"]
    return ["utf-16-le" if content.find(b"\0") % 2 else "utf-16-be"]
