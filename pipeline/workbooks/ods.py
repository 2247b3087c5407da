"""Reading an .ods file of LibreOffice, or as Excel writes it.

The XML says of every cell its value, its formula, its looks and its comment, so that it is read once, and by nothing else:
a fast reader would give an error as empty text. A repeated cell is repeated only where it holds something.
"""

from __future__ import annotations

import re
import zipfile
from dataclasses import dataclass, field
from datetime import date, datetime, time
from io import BytesIO
from typing import Any

from defusedxml.ElementTree import fromstring, iterparse

from pipeline.workbooks.limits import (
    MAX_CELLS,
    MAX_EXPANDED_BYTES,
    UnreadableWorkbookError,
    expands_too_far,
    too_many_cells,
)
from pipeline.workbooks.ods_styles import Looks
from pipeline.workbooks.ods_text import CALC, OFFICE, TABLE, comment_of, shown_text
from pipeline.workbooks.package import expect_plain
from pipeline.workbooks.remarks import Remark, comment_remark, formula_remark, hidden_remarks
from pipeline.workbooks.workbook import Cell, Note, Workbook, address_of, typed_cell

CONTENT, _STYLES, _MANIFEST = "content.xml", "styles.xml", "META-INF/manifest.xml"
LAST_ROW, LAST_COLUMN = 1_048_576, 16_384
_ERROR = re.compile(r"#(?:N/A|DIV/0!|NAME\?|REF!|VALUE!|NUM!|NULL!)|Err:\d{3}|エラー:\d{3}")
_TIME = re.compile(r"PT(\d{1,2})H(\d{1,2})M(\d{1,2})(?:[.,]\d+)?S")
_TABLE, _ROW = f"{TABLE}table", f"{TABLE}table-row"
_CELLS = (f"{TABLE}table-cell", f"{TABLE}covered-table-cell")
_UNSEEN = ("collapse", "filter")
_MANY = 50
"""Rows or columns hidden in one piece beyond the form hide no answer."""


def read_ods(archive: zipfile.ZipFile) -> Workbook:
    """The workbook in the zip of an .ods file.

    Raises UnreadableWorkbookError for a password, XML entities, or more than the limits allow; and what the zip and XML
    readers raise on damaged bytes.
    """
    names = archive.namelist()
    texts = {name: archive.read(name) if name in names else b"" for name in (CONTENT, _STYLES, _MANIFEST)}
    if b"encryption-data" in texts[_MANIFEST]:
        raise locked_ods()
    for text in texts.values():
        expect_plain(text)
    looks = Looks()
    if texts[_STYLES]:
        looks.add_common(fromstring(texts[_STYLES]))
    reader = _Reader(looks)
    reader.read(texts[CONTENT])
    notes: list[Note] = []
    if any(_is_macro(name) for name in names):
        notes.append("macros")
    if reader.has_links:
        notes.append("external-links")
    remarks = [*reader.remarks, *reader.formulas]
    return Workbook(reader.sheets, reader.merges, remarks, file_format="ods", notes=notes)


def locked_ods() -> UnreadableWorkbookError:
    """The refusal of an .ods with a password, which nothing here can open."""
    return UnreadableWorkbookError(
        "encrypted",
        "パスワード付きの.odsファイルは開けません。パスワードを外して（又は.xlsx形式で）再提出してもらってください。",
    )


def _is_macro(part: str) -> bool:
    is_list = part.endswith(("/", "script-lb.xml", "script-lc.xml"))
    return part.startswith(("Basic/", "Scripts/")) and not is_list


@dataclass
class _Sheet:
    """The sheet that is being read. Rows and columns are counted from 1."""

    name: str
    is_hidden: bool
    row: int = 0
    columns: list[tuple[int, str]] = field(default_factory=list)
    """The last column and the cells' format of each run of columns."""
    last_column: int = 0
    cells: dict[tuple[int, int], Cell] = field(default_factory=dict)
    merges: list[str] = field(default_factory=list)
    comments: list[Remark] = field(default_factory=list)
    formulas: list[Remark] = field(default_factory=list)
    hidden_rows: list[int] = field(default_factory=list)
    hidden_columns: list[int] = field(default_factory=list)
    is_copy: bool = False
    """A copy of another file's sheet that formulas refer to."""
    is_in_row: bool = False

    def begin_row(self) -> None:
        if self.is_in_row:
            raise ValueError("a row inside a row")
        self.is_in_row = True

    def column_format(self, column: int) -> str:
        return next((style for last, style in self.columns if column <= last), "")


class _Reader:
    """Walks once through the XML and keeps what is filled."""

    def __init__(self, looks: Looks) -> None:
        self.sheets: dict[str, dict[tuple[int, int], Cell]] = {}
        self.merges: dict[str, list[str]] = {}
        self.remarks: list[Remark] = []
        self.formulas: list[Remark] = []
        self.has_links = False
        self._looks = looks
        self._cell_count = 0
        self._size = 0

    def read(self, content: bytes) -> None:
        self.has_links = b"dde-link" in content
        sheet: _Sheet | None = None
        for event, element in iterparse(BytesIO(content), events=("start", "end")):
            if event == "start":
                if element.tag == _ROW and sheet is not None:
                    sheet.begin_row()
                if element.tag == _TABLE:
                    if sheet is not None:
                        raise ValueError("a table inside a table")
                    table_style = element.get(f"{TABLE}style-name") or ""
                    sheet = _Sheet(element.get(f"{TABLE}name") or "", self._looks.is_hidden_table(table_style))
            elif element.tag == f"{OFFICE}automatic-styles":
                self._looks.add(element)
            elif sheet is None:
                continue
            elif element.tag == f"{TABLE}table-column":
                self._add_columns(sheet, element)
                element.clear()
            elif element.tag == _ROW:
                sheet.is_in_row = False
                self._add_rows(sheet, element)
                element.clear()
            elif element.tag == f"{TABLE}table-source":
                sheet.is_copy = True
            elif element.tag == _TABLE:
                self._finish(sheet)
                sheet = None
                element.clear()

    def _finish(self, sheet: _Sheet) -> None:
        if sheet.is_copy:
            self.has_links = True
            return
        if sheet.name in self.sheets:
            raise ValueError("two sheets of one name")
        self.sheets[sheet.name] = sheet.cells
        self.merges[sheet.name] = sheet.merges
        self.remarks += sheet.comments
        self.remarks += hidden_remarks(
            sheet.name, sheet.hidden_rows, sheet.hidden_columns, is_sheet_hidden=sheet.is_hidden
        )
        self.formulas += sheet.formulas

    def _add_columns(self, sheet: _Sheet, element: Any) -> None:
        count = _repeated(element, "number-columns-repeated")
        first, sheet.last_column = sheet.last_column + 1, sheet.last_column + count
        sheet.columns.append((sheet.last_column, element.get(f"{TABLE}default-cell-style-name") or ""))
        if element.get(f"{TABLE}visibility") in _UNSEEN and count <= _MANY:
            sheet.hidden_columns += range(first, sheet.last_column + 1)

    def _add_rows(self, sheet: _Sheet, element: Any) -> None:
        count = _repeated(element, "number-rows-repeated")
        rows = range(sheet.row + 1, sheet.row + count + 1)
        sheet.row += count
        if element.get(f"{TABLE}visibility") in _UNSEEN and count <= _MANY:
            sheet.hidden_rows += rows
        row_format = element.get(f"{TABLE}default-cell-style-name") or ""
        column = 0
        for cell in element:
            if cell.tag not in _CELLS:
                continue
            repeated = _repeated(cell, "number-columns-repeated")
            columns = range(column + 1, column + repeated + 1)
            column += repeated
            if len(cell) or cell.attrib:
                self._add_cells(sheet, cell, rows, columns, row_format)

    def _add_cells(self, sheet: _Sheet, element: Any, rows: range, columns: range, row_format: str) -> None:
        row, column = rows[0], columns[0]
        sheet.comments += comment_remark(sheet.name, address_of(row, column), comment_of(element))
        across, down = (_repeated(element, name) for name in ("number-columns-spanned", "number-rows-spanned"))
        if across > 1 or down > 1:
            if row + down - 1 > LAST_ROW or column + across - 1 > LAST_COLUMN:
                raise ValueError("a merged area beyond the sheet")
            sheet.merges.append(f"{address_of(row, column)}:{address_of(row + down - 1, column + across - 1)}")
        found = _content(element, sheet.name, row, column)
        if found is None:
            return
        if rows[-1] > LAST_ROW or columns[-1] > LAST_COLUMN:
            raise ValueError("a cell beyond the sheet")
        self._cell_count += len(rows) * len(columns)
        self._size += len(rows) * len(columns) * len(found.text)
        if self._cell_count > MAX_CELLS:
            raise too_many_cells()
        if self._size > MAX_EXPANDED_BYTES:
            raise expands_too_far()
        own = element.get(f"{TABLE}style-name") or row_format
        if self._looks.has_struck_text(element):
            found = found._replace(kind="struck", value=None)
        formula = element.get(f"{TABLE}formula")
        if formula and "'file:" in formula:
            self.has_links = True
        for c in columns:
            is_struck = self._looks.is_struck(own or sheet.column_format(c))
            cell = found._replace(kind="struck", value=None) if is_struck else found
            for r in rows:
                sheet.cells[r, c] = cell._replace(row=r, column=c)
                if formula and cell.kind not in ("error", "uncached_formula"):
                    sheet.formulas.append(formula_remark(sheet.name, r, c, plain_formula(formula)))


def _repeated(element: Any, name: str) -> int:
    count = int(element.get(f"{TABLE}{name}", 1))
    if count < 1:
        raise ValueError(f"{name} of {count}")
    return count


def plain_formula(formula: str) -> str:
    """A formula as a person sees it, =SUM([.B3:.B4]), without the word for its language."""
    return "=" + formula.partition("=")[2]


def _content(element: Any, sheet: str, row: int, column: int) -> Cell | None:
    """What a cell holds, None where it is blank."""
    formula, text = element.get(f"{TABLE}formula"), shown_text(element)
    is_error = element.get(f"{CALC}value-type") == "error"
    if is_error or (formula and _ERROR.fullmatch(text.strip())):
        return Cell(sheet, row, column, "error", text or "#ERROR", None)
    value = _value(element, text)
    if value == "":
        return Cell(sheet, row, column, "uncached_formula", plain_formula(formula), None) if formula else None
    return typed_cell(sheet, row, column, value)


def _value(cell: Any, text: str) -> Any:
    """The typed value; where it is none that Python has, as a time beyond a day, the text that is shown."""
    kind = cell.get(f"{OFFICE}value-type")
    own = {name.removeprefix(OFFICE): value for name, value in cell.attrib.items()}
    if kind in ("float", "percentage", "currency"):
        return float(own["value"])
    if kind == "boolean":
        return own["boolean-value"] == "true"
    if kind == "date":
        return _date(own["date-value"]) or text
    if kind == "time":
        return _time(own["time-value"]) or text
    return own.get("string-value") or text


def _date(written: str) -> date | datetime | None:
    try:
        if "T" not in written:
            return date.fromisoformat(written)
        moment = datetime.fromisoformat(written)
    except ValueError:
        return None
    return moment.date() if moment.time() == time() else moment


def _time(written: str) -> time | None:
    match = _TIME.fullmatch(written)
    hours, minutes, seconds = (int(part) for part in match.groups()) if match else (24, 0, 0)
    return time(hours, minutes, seconds) if hours < 24 else None
