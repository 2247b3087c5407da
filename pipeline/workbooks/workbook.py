"""Opening a workbook that a stranger sent: limits first, then every cell as it stands.

Values come from python-calamine. What it hides, error cells, formulas saved without a value, and letters that are struck
out or raised, is found in the XML, so that an error is never taken for a blank, nor 見え消し for a number.
"""

from __future__ import annotations

import re
import struct
import zipfile
import zlib
from collections.abc import Iterator, Mapping, Sequence
from datetime import date, datetime
from functools import lru_cache
from io import BytesIO
from typing import Any, Literal, NamedTuple
from xml.etree.ElementTree import ParseError

from defusedxml.common import DefusedXmlException
from openpyxl.utils import get_column_letter
from openpyxl.utils.cell import coordinate_to_tuple
from python_calamine import CalamineError, CalamineWorkbook

from pipeline.workbooks.drawings import Drawn
from pipeline.workbooks.formatting import merged_areas, struck_cells, unseen_cells
from pipeline.workbooks.package import Package, UnreadableWorkbookError, cells_of, open_package
from pipeline.workbooks.remarks import Remark
from pipeline.workbooks.xml_names import child

__all__ = ["Cell", "UnreadableWorkbookError", "Workbook", "open_workbook"]

CellKind = Literal[
    "blank", "text", "number", "boolean", "date", "error", "uncached_formula", "struck", "merged", "drawn"
]

_ERRORS = (b'"e"', b"'e'")
# Two patterns, each beginning with its literal, are found much faster than one with a choice in front.
_FORMULAS = (re.compile(rb"<f[\s/>]"), re.compile(rb":f[\s/>]"))

# What the zip, XML and workbook readers raise on damaged bytes.
_DAMAGE = (
    CalamineError, ParseError, zipfile.BadZipFile, zlib.error, struct.error,
    KeyError, IndexError, OSError, ValueError, EOFError, NotImplementedError, RuntimeError,
)  # fmt: skip


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
        return _address(self.row, self.column)


@lru_cache(maxsize=65_536)
def _address(row: int, column: int) -> str:
    return f"{get_column_letter(column)}{row}"


@lru_cache(maxsize=65_536)
def _blank(sheet: str, row: int, column: int) -> Cell:
    """The same for every workbook; a form has far more blank cells than others."""
    return Cell(sheet, row, column, "blank", "", None)


class Workbook:
    """The non-empty cells of every worksheet, by sheet and (row, column).

    `merges` are its merged areas, as C15:C17; `remarks` what stands there besides cells, `drawn` what lies over them.
    """

    def __init__(
        self,
        sheets: dict[str, dict[tuple[int, int], Cell]],
        merges: dict[str, list[str]] | None = None,
        remarks: Sequence[Remark] = (),
        drawn: Mapping[str, Sequence[Drawn]] | None = None,
    ) -> None:
        self.sheets = sheets
        self.merges = merges or {}
        self.remarks = remarks
        self.drawn = drawn or {}

    def find(self, sheet: str, row: int, column: int) -> Cell | None:
        """Return the cell if it is not empty."""
        return self.sheets.get(sheet, {}).get((row, column))

    def cell(self, sheet: str, row: int, column: int) -> Cell:
        """Return the cell, blank where the sheet or the cell is not there."""
        return self.find(sheet, row, column) or _blank(sheet, row, column)

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
        package = open_package(content)
        workbook = CalamineWorkbook.from_filelike(BytesIO(content))
        if not package.sheets.keys() >= set(workbook.sheet_names):
            raise ValueError("a sheet whose part was not judged")
        sheets = {name: _cells(workbook, name) for name in workbook.sheet_names}
        hidden, formulas = _hidden_cells(package)
        for name, cells in hidden.items():
            sheets.setdefault(name, {}).update(cells)
        for name, places in struck_cells(package).items():
            cells = sheets.get(name, {})
            cells.update(
                {place: cells[place]._replace(kind="struck", value=None) for place in places if place in cells}
            )
        merges = {name: merged_areas(content) for name, content in package.sheets.items()}
    except _DAMAGE as error:
        raise UnreadableWorkbookError("damaged", "Excelファイルとして読み取れません（破損の可能性）。") from error
    except DefusedXmlException as error:
        raise UnreadableWorkbookError("xml-entities", "XMLの実体宣言を含むため読み取りません。") from error
    except BaseException as error:
        # calamine panics on what it did not foresee, and a panic is no Exception.
        if type(error).__name__ != "PanicException":
            raise
        raise UnreadableWorkbookError("damaged", "Excelファイルとして読み取れません（破損の可能性）。") from error
    return Workbook(sheets, merges, [*package.remarks, *formulas, *_unseen(package, sheets)], package.drawn)


def _cells(workbook: CalamineWorkbook, name: str) -> dict[tuple[int, int], Cell]:
    sheet = workbook.get_sheet_by_name(name)
    return {
        (r, c): _cell(name, r, c, value)
        for r, row in enumerate(sheet.to_python(skip_empty_area=False), start=1)
        for c, value in enumerate(row, start=1)
        if value != ""
    }


def _cell(sheet: str, row: int, column: int, value: Any) -> Cell:
    if isinstance(value, str):
        return Cell(sheet, row, column, "text", value, value)
    if isinstance(value, bool):
        return Cell(sheet, row, column, "boolean", "TRUE" if value else "FALSE", value)
    if isinstance(value, float | int):
        text = str(int(value)) if float(value).is_integer() else repr(value)
        return Cell(sheet, row, column, "number", text, float(value))
    if isinstance(value, datetime | date):
        return Cell(sheet, row, column, "date", value.isoformat(), value)
    return Cell(sheet, row, column, "text", str(value), str(value))


def _unseen(package: Package, sheets: dict[str, dict[tuple[int, int], Cell]]) -> list[Remark]:
    """Remarks on cells whose text is read but not shown."""
    return [
        Remark(name, f"{cell.address}の見えない文字", cell.text)
        for name, places in unseen_cells(package).items()
        for place in sorted(places)
        if (cell := sheets.get(name, {}).get(place)) and cell.text.strip()
    ]


def _hidden_cells(package: Package) -> tuple[dict[str, dict[tuple[int, int], Cell]], list[Remark]]:
    """Find error cells and formulas without a cached value; and remarks on formulas whose saved value is read."""
    formulas: list[Remark] = []
    found: dict[str, dict[tuple[int, int], Cell]] = {}
    for sheet, content in package.sheets.items():
        if not any(sign in content for sign in _ERRORS) and not any(sign.search(content) for sign in _FORMULAS):
            continue
        for row, column, element in cells_of(content):
            saved, formula = child(element, "v"), child(element, "f")
            value = saved.text if saved is not None else None
            if element.get("t") == "e":
                cell = Cell(sheet, row, column, "error", value or "#ERROR", None)
            elif formula is not None and not value:
                cell = Cell(sheet, row, column, "uncached_formula", f"={formula.text or ''}", None)
            else:
                if formula is not None:
                    formulas.append(Remark(sheet, f"{_address(row, column)}の数式", f"={formula.text or ''}"))
                continue
            found.setdefault(sheet, {})[row, column] = cell
    return found, formulas
