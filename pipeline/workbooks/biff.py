"""The records of an .xls file, judged against limits and for what its reader does not tell: formulas, links, a password."""

from __future__ import annotations

import struct
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import takewhile

from pipeline.workbooks.limits import MAX_AREA, MAX_CELLS, MAX_ROWS, UnreadableWorkbookError, too_many_cells

_BEGIN, _SHEET, _PASSWORD, _LINK = 0x0809, 0x0085, 0x002F, 0x01AE
_FORMULA, _SHARED, _LABEL, _NUMBER, _RK, _TRUTH, _RICH = 0x0006, 0x00FD, 0x0204, 0x0203, 0x027E, 0x0205, 0x00D6
_MANY = 0x00BD
_CELLS = {_FORMULA, _SHARED, _LABEL, _NUMBER, _RK, _TRUTH, _RICH, _MANY}
_BLANKS = {0x0201, 0x00BE}
_WORKSHEET, _MACRO_SHEET = 0, 1
_OWN_LINKS = {0x0401, 0x3A01}
"""References to the workbook itself, and to what programs add."""


@dataclass
class Records:
    """What the records of a workbook tell: places of formulas by worksheet, in order, counted from 0."""

    formulas: list[set[tuple[int, int]]] = field(default_factory=list)
    has_macros: bool = False
    has_links: bool = False


def is_encrypted(stream: bytes) -> bool:
    """Whether the records are encrypted, which is said before the first sheet is named."""
    kinds = takewhile(lambda kind: kind != _SHEET, (kind for _, kind, _ in _records(stream)))
    return _PASSWORD in kinds


def judge_records(stream: bytes) -> Records:
    """Walk through the records before a reader keeps any of them.

    Raises UnreadableWorkbookError for more cells than the limits allow, and ValueError for a record that goes beyond the
    end, or two cells in one place.
    """
    walk = _Walk()
    for position, kind, body in _records(stream):
        if kind == _SHEET:
            walk.add_sheet(*struct.unpack_from("<IxB", body))
        elif kind == _BEGIN:
            walk.begin(position)
        elif kind == _LINK:
            walk.found.has_links |= struct.unpack_from("<2xH", body)[0] not in _OWN_LINKS
        elif kind in _CELLS:
            row, column = struct.unpack_from("<HH", body)
            walk.add_cells(row, column, (len(body) - 6) // 6 if kind == _MANY else 1, is_formula=kind == _FORMULA)
        elif kind in _BLANKS:
            walk.add_blanks(max(1, (len(body) - 6) // 2))
    return walk.found


class _Walk:
    """What was found so far, and in which sheet the walk is: a chart inside a sheet leaves it there."""

    def __init__(self) -> None:
        self.found = Records()
        self._sheets: dict[int, int] = {}
        self._places: list[set[tuple[int, int]]] = []
        self._row_counts: list[int] = []
        self._row_count = 0
        self._current = -1
        self._cell_count = 0
        self._blank_count = 0

    def add_sheet(self, start: int, kind: int) -> None:
        self.found.has_macros |= kind == _MACRO_SHEET
        if kind == _WORKSHEET:
            self._sheets[start] = len(self._places)
            self._places.append(set())
            self._row_counts.append(0)
            self.found.formulas.append(set())

    def begin(self, position: int) -> None:
        self._current = self._sheets.get(position, self._current)

    def add_cells(self, row: int, column: int, count: int, *, is_formula: bool) -> None:
        self._cell_count += count
        if self._cell_count > MAX_CELLS:
            raise too_many_cells()
        if self._current < 0:
            return
        self._add_rows(row + 1)
        places = self._places[self._current]
        own = {(row, column + offset) for offset in range(count)}
        if own & places:
            raise ValueError("two cells in one place")
        places |= own
        if is_formula:
            self.found.formulas[self._current] |= own

    def _add_rows(self, count: int) -> None:
        """A sheet's rows go to the last one with a cell: the reader keeps room for each."""
        more = count - self._row_counts[self._current]
        if more > 0:
            self._row_counts[self._current] = count
            self._row_count += more
            if self._row_count > MAX_ROWS:
                raise UnreadableWorkbookError("too-many-cells", "シートの範囲が大きすぎます。")

    def add_blanks(self, count: int) -> None:
        self._blank_count += count
        if self._blank_count > MAX_AREA:
            raise too_many_cells()


def _records(stream: bytes) -> Iterator[tuple[int, int, memoryview]]:
    """Every record: where it begins, its kind, its body. What follows the last one is zeros, or nothing."""
    view, position = memoryview(stream), 0
    while position + 4 <= len(stream):
        kind, length = struct.unpack_from("<HH", stream, position)
        if kind == length == 0:
            return
        if position + 4 + length > len(stream):
            raise ValueError("a record that goes beyond the end")
        yield position, kind, view[position + 4 : position + 4 + length]
        position += 4 + length
