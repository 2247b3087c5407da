"""Opening a workbook that a stranger sent: limits first, then every cell as it stands.

Values come from python-calamine. What it hides, error cells and formulas saved without a value, is found in
the sheet's XML, so that an error is never taken for a blank.
"""

from __future__ import annotations

import re
import struct
import zipfile
import zlib
from collections.abc import Iterator
from datetime import date, datetime, time, timedelta
from io import BytesIO
from typing import Any, Literal, NamedTuple
from xml.etree.ElementTree import ParseError

from defusedxml.common import DefusedXmlException
from defusedxml.ElementTree import fromstring, iterparse
from openpyxl.utils import get_column_letter
from openpyxl.utils.cell import coordinate_to_tuple
from python_calamine import CalamineError, CalamineWorkbook

CellKind = Literal["blank", "text", "number", "boolean", "date", "error", "uncached_formula"]

MAX_FILE_BYTES = 20_000_000
MAX_EXPANDED_BYTES = 200_000_000
MAX_PARTS = 2_000
MAX_CELLS = 500_000
_PROLOGUE_BYTES = 4096

_NAMESPACE = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"
_RELATION = "{http://schemas.openxmlformats.org/officeDocument/2006/relationships}id"
_SUSPECT = re.compile(rb't="e"|<(?:\w+:)?f[\s>/]')
_DOCTYPE = re.compile(rb"<!DOCTYPE|<!ENTITY", re.IGNORECASE)


# What the zip, XML and workbook readers raise on damaged bytes.
_DAMAGE = (
    CalamineError, ParseError, zipfile.BadZipFile, zlib.error, struct.error,
    KeyError, IndexError, OSError, ValueError, EOFError, NotImplementedError, RuntimeError,
)  # fmt: skip


class UnreadableWorkbookError(Exception):
    """The bytes cannot be read as a workbook; `reason` is a stable word, `message` tells the sender in Japanese."""

    def __init__(self, reason: str, message: str) -> None:
        self.reason = reason
        self.message = message
        super().__init__(f"{reason}: {message}")


class Cell(NamedTuple):
    """One cell as it stands. `value` is the typed value: str, float, bool, date, datetime or None."""

    sheet: str
    row: int
    column: int
    kind: CellKind
    text: str
    value: Any

    @property
    def address(self) -> str:
        """The cell's address, as C7."""
        return f"{get_column_letter(self.column)}{self.row}"


class Workbook:
    """The non-empty cells of every worksheet, by sheet and (row, column)."""

    def __init__(self, sheets: dict[str, dict[tuple[int, int], Cell]]) -> None:
        self.sheets = sheets

    def cell(self, sheet: str, row: int, column: int) -> Cell:
        """Return the cell, blank where the sheet or the cell is not there."""
        found = self.sheets.get(sheet, {}).get((row, column))
        return found or Cell(sheet, row, column, "blank", "", None)

    def at(self, sheet: str, address: str) -> Cell:
        """Return the cell at an address such as B2."""
        return self.cell(sheet, *coordinate_to_tuple(address))

    def __iter__(self) -> Iterator[Cell]:
        return (cell for cells in self.sheets.values() for cell in cells.values())


def open_workbook(content: bytes) -> Workbook:
    """Read the bytes of an .xlsx file.

    Raises UnreadableWorkbookError for an empty file, another format, a password, XML entities, or a file that
    expands beyond the limits; the limits are judged before anything is expanded.
    """
    try:
        archive = _open_archive(content)
        workbook = CalamineWorkbook.from_filelike(BytesIO(content))
        sheets = {name: _cells(workbook, name) for name in workbook.sheet_names}
        if sum(map(len, sheets.values())) > MAX_CELLS:
            raise UnreadableWorkbookError("too-many-cells", f"入力セルが{MAX_CELLS:,}個を超えています。")
        for name, cells in _hidden_cells(archive).items():
            sheets.setdefault(name, {}).update(cells)
    except _DAMAGE as error:
        raise UnreadableWorkbookError("damaged", "Excelファイルとして読み取れません（破損の可能性）。") from error
    except DefusedXmlException as error:
        raise UnreadableWorkbookError("xml-entities", "XMLの実体宣言を含むため読み取りません。") from error
    return Workbook(sheets)


def _open_archive(content: bytes) -> zipfile.ZipFile:
    if not content:
        raise UnreadableWorkbookError("empty-file", "ファイルの中身が空（0バイト）です。")
    if len(content) > MAX_FILE_BYTES:
        raise UnreadableWorkbookError("too-large", f"ファイルが{MAX_FILE_BYTES // 1_000_000}MBを超えています。")
    if content.startswith(b"\xd0\xcf\x11\xe0"):
        raise UnreadableWorkbookError(
            "encrypted-or-old", "パスワード付き、または旧形式（.xls）のファイルです。.xlsx形式で再提出してください。"
        )
    try:
        archive = zipfile.ZipFile(BytesIO(content))
    except zipfile.BadZipFile as error:
        raise UnreadableWorkbookError("not-excel", "Excelファイル（.xlsx）ではありません。") from error
    parts = archive.infolist()
    if len(parts) > MAX_PARTS or sum(part.file_size for part in parts) > MAX_EXPANDED_BYTES:
        raise UnreadableWorkbookError("expands-too-far", "展開後の大きさが上限を超えています。")
    if "xl/workbook.xml" not in archive.namelist():
        raise UnreadableWorkbookError("not-excel", "Excelファイル（.xlsx）ではありません。")
    xml_parts = [part for part in parts if part.filename.endswith((".xml", ".rels"))]
    if any(_DOCTYPE.search(archive.open(part).read(_PROLOGUE_BYTES)) for part in xml_parts):
        raise UnreadableWorkbookError("xml-entities", "XMLの実体宣言を含むため読み取りません。")
    return archive


def _cells(workbook: CalamineWorkbook, name: str) -> dict[tuple[int, int], Cell]:
    sheet = workbook.get_sheet_by_name(name)
    if sheet.total_height * sheet.total_width > 20 * MAX_CELLS:
        raise UnreadableWorkbookError("too-many-cells", f"シート「{name}」の範囲が大きすぎます。")
    return {
        (r, c): _cell(name, r, c, value)
        for r, row in enumerate(sheet.to_python(skip_empty_area=False), start=1)
        for c, value in enumerate(row, start=1)
        if value != ""
    }


def _cell(sheet: str, row: int, column: int, value: Any) -> Cell:
    if isinstance(value, bool):
        return Cell(sheet, row, column, "boolean", "TRUE" if value else "FALSE", value)
    if isinstance(value, float | int):
        text = str(int(value)) if float(value).is_integer() else repr(value)
        return Cell(sheet, row, column, "number", text, float(value))
    if isinstance(value, datetime | date):
        return Cell(sheet, row, column, "date", value.isoformat(), value)
    if isinstance(value, time | timedelta):
        return Cell(sheet, row, column, "text", str(value), str(value))
    return Cell(sheet, row, column, "text", str(value), str(value))


def _hidden_cells(archive: zipfile.ZipFile) -> dict[str, dict[tuple[int, int], Cell]]:
    """Find error cells and formulas without a cached value."""
    found: dict[str, dict[tuple[int, int], Cell]] = {}
    for sheet, part in _sheet_parts(archive).items():
        content = archive.read(part)
        if not _SUSPECT.search(content):
            continue
        for _, element in iterparse(BytesIO(content)):
            if element.tag != f"{_NAMESPACE}c":
                continue
            row, column = coordinate_to_tuple(element.get("r", "A1"))
            value = element.findtext(f"{_NAMESPACE}v")
            formula = element.find(f"{_NAMESPACE}f")
            if element.get("t") == "e":
                cell = Cell(sheet, row, column, "error", value or "#ERROR", None)
            elif formula is not None and not value:
                cell = Cell(sheet, row, column, "uncached_formula", f"={formula.text or ''}", None)
            else:
                continue
            found.setdefault(sheet, {})[row, column] = cell
    return found


def _sheet_parts(archive: zipfile.ZipFile) -> dict[str, str]:
    """Map each sheet's name to its part of the package."""
    relations = fromstring(archive.read("xl/_rels/workbook.xml.rels"))
    targets = {r.get("Id"): r.get("Target", "") for r in relations}
    names = set(archive.namelist())
    parts: dict[str, str] = {}
    for sheet in fromstring(archive.read("xl/workbook.xml")).iter(f"{_NAMESPACE}sheet"):
        target = targets.get(sheet.get(_RELATION), "")
        part = target.lstrip("/") if target.startswith("/") else f"xl/{target}"
        if part in names:
            parts[sheet.get("name", "")] = part
    return parts
