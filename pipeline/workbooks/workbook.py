"""A workbook as it was read, whatever the kind of its file: its cells as they stand, and what stands beside them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import date, datetime
from functools import lru_cache
from typing import Any, Literal, NamedTuple

from openpyxl.utils import get_column_letter
from openpyxl.utils.cell import coordinate_to_tuple

from pipeline.workbooks.drawings import Drawn
from pipeline.workbooks.remarks import Remark

CellKind = Literal[
    "blank", "text", "number", "boolean", "date", "error", "uncached_formula", "struck", "merged", "drawn"
]
Format = Literal["xlsx", "xlsm", "xltx", "xltm", "xls", "ods", "csv"]
"""The kind of a file, by what it holds: its name may say another."""
Note = Literal["macros", "external-links", "password"]
"""What a reader must know of a file besides its cells."""


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
        return address_of(self.row, self.column)


@lru_cache(maxsize=65_536)
def address_of(row: int, column: int) -> str:
    """A cell's address, as C7, from its row and column, counted from 1."""
    return f"{get_column_letter(column)}{row}"


@lru_cache(maxsize=65_536)
def _blank(sheet: str, row: int, column: int) -> Cell:
    """The same for every workbook; a form has far more blank cells than others."""
    return Cell(sheet, row, column, "blank", "", None)


class Workbook:
    """The non-empty cells of every worksheet, by sheet and (row, column).

    `merges` are its merged areas, as C15:C17; `remarks` what stands there besides cells, `drawn` what lies over them; `format` is
    the kind of its file, `notes` what must be known of the file besides, `is_cut` whether it breaks off without the end of its last
    line, as a text does that is still being copied.
    """

    def __init__(
        self,
        sheets: dict[str, dict[tuple[int, int], Cell]],
        merges: dict[str, list[str]] | None = None,
        remarks: Sequence[Remark] = (),
        drawn: Mapping[str, Sequence[Drawn]] | None = None,
        file_format: Format = "xlsx",
        notes: Sequence[Note] = (),
        is_cut: bool = False,
    ) -> None:
        self.sheets = sheets
        self.merges = merges or {}
        self.remarks = remarks
        self.drawn = drawn or {}
        self.format = file_format
        self.notes: Sequence[Note] = notes
        self.is_cut = is_cut

    def with_sheets(self, sheets: dict[str, dict[tuple[int, int], Cell]]) -> Workbook:
        """The same workbook with other cells."""
        return Workbook(sheets, self.merges, self.remarks, self.drawn, self.format, self.notes, self.is_cut)

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


def typed_cell(sheet: str, row: int, column: int, value: Any) -> Cell:
    """The cell that holds a value of Python: text, boolean, number, date or time."""
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


def strike(sheets: Mapping[str, dict[tuple[int, int], Cell]], struck: Mapping[str, set[tuple[int, int]]]) -> None:
    """Mark, in place, the cells of which a letter is struck out or raised: nobody can tell what they hold."""
    for name, places in struck.items():
        cells = sheets.get(name, {})
        cells.update({place: cells[place]._replace(kind="struck", value=None) for place in places if place in cells})
