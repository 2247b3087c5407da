"""Which sheets of the returns were moved and followed, and what place of the form a cell of them stands for."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from functools import cached_property

import polars as pl
from openpyxl.utils import get_column_letter
from openpyxl.utils.cell import coordinate_to_tuple

from pipeline.forms.blank import BlankForm, Place
from pipeline.read.align import Aligned, Spot
from pipeline.read.followed import FormPlaces
from pipeline.validate.frames import YearTables
from pipeline.validate.printed import mark_printed
from pipeline.workbooks.remarks import REMARK
from pipeline.workbooks.workbook import Cell, Workbook
from schemas.survey import YearDeclarations


class MovedSheets:
    """The sheets of a year's returns that do not stand as they were sent; `form` is the blank one."""

    def __init__(self, tables: YearTables, declarations: YearDeclarations, form: BlankForm) -> None:
        is_filled = (pl.col("text").str.strip_chars() != "") & (pl.col("kind") != REMARK)
        columns = ["municipality_code", "sheet", "address", "text", "is_declared"]
        self._cells = tables.cells.lazy().filter(is_filled).select(columns).collect()
        self._codes = tables.returns["municipality_code"].to_list()
        self._places = FormPlaces(declarations)
        self._sheets = {slot.sheet for slot in declarations.layout.slots}
        self._fixed = {place: text for place, text in form.fixed.items() if place[0] in self._sheets}

    @cached_property
    def _aligned(self) -> dict[tuple[str, str], Aligned | None]:
        """By municipality and sheet of the form, where it is not as it was sent."""
        besides = mark_printed(self._cells.filter(~pl.col("is_declared")), self._fixed)
        standing = dict(besides.group_by("municipality_code").agg(pl.col("is_printed").sum()).iter_rows())
        moved = [code for code in self._codes if standing.get(code, 0) < len(self._fixed)]
        sheets: dict[str, dict[str, dict[Spot, Cell]]] = {code: defaultdict(dict) for code in moved}
        own = self._cells.filter(pl.col("municipality_code").is_in(moved))
        for code, sheet, address, text in own.select("municipality_code", "sheet", "address", "text").iter_rows():
            spot = coordinate_to_tuple(address)
            sheets[code][sheet][spot] = Cell(sheet, *spot, "text", text, text)
        return {
            (code, sheet): aligned
            for code, found in sheets.items()
            for sheet, aligned in self._places.moved(Workbook(dict(found))).items()
        }

    @cached_property
    def _by_name(self) -> dict[tuple[str, str], tuple[str, Mapping[int, int], Mapping[int, int]]]:
        """By municipality and the sheet's name in the file: the form's sheet, and its rows and columns by those of the file."""
        return {
            (code, aligned.name): (sheet, _inverse(aligned.rows), _inverse(aligned.columns))
            for (code, sheet), aligned in self._aligned.items()
            if aligned
        }

    @cached_property
    def followed(self) -> dict[Place, Aligned]:
        """The sheets whose answers were found where they were moved to, by municipality and sheet of the form."""
        return {subject: aligned for subject, aligned in self._aligned.items() if aligned}

    def sheet(self, code: str, name: str) -> str:
        """The form's sheet for which a sheet of the file stands; its own name where it stands for itself."""
        return self._by_name[code, name][0] if (code, name) in self._by_name else name

    def place(self, code: str, sheet: str, address: str) -> Place:
        """The place of the form for which a cell of the file stands; without address where it stands for none."""
        if (code, sheet) not in self._by_name:
            return sheet, address
        own, rows, columns = self._by_name[code, sheet]
        aligned = self.followed[code, own]
        if not aligned.is_moved:
            return own, address
        row, column = coordinate_to_tuple(address)
        own_row, own_column = _nearest(row, rows), _nearest(column, columns)
        if own_row is None or own_column is None:
            return own, ""
        return own, f"{get_column_letter(own_column)}{own_row}"


def _nearest(there: int, places: Mapping[int, int]) -> int | None:
    """The form's row or column of one of the file; of one without texts, as far behind the one before it as there."""
    if there in places:
        return places[there]
    before = max((place for place in places if place < there), default=0)
    own = places.get(before, 0) + there - before
    return None if own in places.values() else own


def _inverse(places: Mapping[int, int]) -> dict[int, int]:
    return {there: own for own, there in places.items()}
