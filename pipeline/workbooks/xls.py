"""Reading an .xls file of Excel 97 to 2003, or of Excel 5.

Values, fonts, merged areas and comments come from xlrd, which keeps an error an error. Where formulas stand the records
tell; their text is not read.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from io import StringIO
from typing import TYPE_CHECKING, Any

from pipeline.workbooks.biff import judge_records
from pipeline.workbooks.container import has_macro_storage
from pipeline.workbooks.limits import MAX_EXPANDED_BYTES, damaged, expands_too_far
from pipeline.workbooks.remarks import Remark, comment_remark, formula_remark, hidden_remarks
from pipeline.workbooks.workbook import Cell, Note, Workbook, address_of, strike, typed_cell

if TYPE_CHECKING:
    import xlrd

UNTOLD = "（数式の内容は.xlsでは読み取れません）"
_TEXT, _NUMBER, _DATE, _BOOLEAN, _ERROR = 1, 2, 3, 4, 5
"""The kinds of a cell, as xlrd counts them."""

Cells = dict[tuple[int, int], Cell]


def read_xls(content: bytes, stream: bytes) -> Workbook:
    """The workbook in the bytes of an .xls file, of which `stream` holds the records.

    Raises UnreadableWorkbookError for a damaged file, or one beyond the limits.
    """
    records = judge_records(stream)
    book = _open_book(stream)
    sheets: dict[str, Cells] = {}
    merges: dict[str, list[str]] = {}
    remarks: list[Remark] = []
    formula_remarks: list[Remark] = []
    struck: dict[str, set[tuple[int, int]]] = {}
    size = 0
    for sheet, formulas in zip(book.sheets(), records.formulas, strict=True):
        cells = {(cell.row, cell.column): cell for cell in _cells(book, sheet, formulas)}
        size += sum(len(cell.text) for cell in cells.values())
        if size > MAX_EXPANDED_BYTES:
            raise expands_too_far()
        sheets[sheet.name] = cells
        merges[sheet.name] = [
            f"{address_of(top + 1, left + 1)}:{address_of(bottom, right)}"
            for top, bottom, left, right in sheet.merged_cells
        ]
        struck[sheet.name] = {place for place in cells if _is_struck(book, sheet, *place)}
        remarks += _remarks(sheet)
        formula_remarks += (
            formula_remark(sheet.name, row + 1, column + 1, UNTOLD)
            for row, column in sorted(formulas)
            if (cell := cells.get((row + 1, column + 1))) and cell.kind not in ("error", "uncached_formula")
        )
    strike(sheets, struck)
    notes: list[Note] = []
    if records.has_macros or has_macro_storage(content):
        notes.append("macros")
    if records.has_links:
        notes.append("external-links")
    return Workbook(sheets, merges, [*remarks, *formula_remarks], file_format="xls", notes=notes)


def _open_book(stream: bytes) -> xlrd.Book:
    """The records as xlrd has them. It does not see the container, in which it can go round in circles."""
    import xlrd

    try:
        return xlrd.open_workbook(file_contents=stream, formatting_info=True, ragged_rows=True, logfile=StringIO())
    except Exception as error:
        # On damaged records xlrd raises whatever comes, assertions and lookups of every kind.
        raise damaged() from error


def _cells(book: xlrd.Book, sheet: xlrd.sheet.Sheet, formulas: set[tuple[int, int]]) -> Iterator[Cell]:
    import xlrd

    for row in range(sheet.nrows):
        kinds: Sequence[int] = sheet.row_types(row)
        values: Sequence[Any] = sheet.row_values(row)
        for column, (kind, value) in enumerate(zip(kinds, values, strict=True)):
            place = sheet.name, row + 1, column + 1
            if kind == _ERROR:
                yield Cell(*place, "error", xlrd.error_text_from_code.get(value, "#ERROR"), None)
            elif kind == _TEXT and not value:
                if (row, column) in formulas:
                    yield Cell(*place, "uncached_formula", "=", None)
            elif kind == _DATE:
                yield typed_cell(*place, _date(value, book))
            elif kind == _BOOLEAN:
                yield typed_cell(*place, bool(value))
            elif kind in (_TEXT, _NUMBER):
                yield typed_cell(*place, value)


def _date(serial: float, book: xlrd.Book) -> Any:
    """The day, time of day, or moment that a serial number shows; the number itself where it shows none."""
    import xlrd

    try:
        moment = xlrd.xldate.xldate_as_datetime(serial, book.datemode)
    except (xlrd.xldate.XLDateError, OverflowError, ValueError):
        return serial
    if 0 <= serial < 1:
        return moment.time()
    return moment.date() if float(serial).is_integer() else moment


def _is_struck(book: xlrd.Book, sheet: xlrd.sheet.Sheet, row: int, column: int) -> bool:
    """Whether a letter of a cell is struck out, raised or lowered; row and column counted from 1."""
    cell_format = book.xf_list[sheet.cell_xf_index(row - 1, column - 1)]
    runs = sheet.rich_text_runlist_map.get((row - 1, column - 1), ())
    fonts = [cell_format.font_index, *(font for _, font in runs)]
    return any(book.font_list[font].struck_out or book.font_list[font].escapement for font in fonts)


def _remarks(sheet: xlrd.sheet.Sheet) -> Iterator[Remark]:
    for (row, column), note in sorted(sheet.cell_note_map.items()):
        yield from comment_remark(sheet.name, address_of(row + 1, column + 1), note.text)
    rows = sorted(row + 1 for row, info in sheet.rowinfo_map.items() if info.hidden)
    columns = sorted(column + 1 for column, info in sheet.colinfo_map.items() if info.hidden)
    yield from hidden_remarks(sheet.name, rows, columns, is_sheet_hidden=bool(sheet.visibility))
