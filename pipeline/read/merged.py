"""Answer cells that a respondent merged: what stands in the merged cell is meant for nobody knows which of them."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache

from openpyxl.utils.cell import range_boundaries

from pipeline.workbooks.workbook import Cell, Workbook

Place = tuple[int, int]
"""Row and column."""


class MergedAnswers:
    """Finds merged areas that hold several answer cells; `declared` has the answer cells by sheet."""

    def __init__(self, declared: Mapping[str, Mapping[Place, str]]) -> None:
        self._declared = declared
        # Nearly all areas are the form's own, the same in every return.
        self._inside = lru_cache(maxsize=65_536)(self._find_inside)

    def mark(self, workbook: Workbook) -> Workbook:
        """The workbook with every answer cell of kind `merged` that shares a filled area with another answer cell."""
        sheets = dict(workbook.sheets)
        for name, areas in workbook.merges.items():
            for area in areas:
                inside = self._inside(name, area)
                if len(inside) > 1 and any(place in sheets[name] for place in inside):
                    cells = dict(sheets[name])
                    for row, column in inside:
                        text = cells[row, column].text if (row, column) in cells else ""
                        cells[row, column] = Cell(name, row, column, "merged", text, None)
                    sheets[name] = cells
        return workbook.with_sheets(sheets)

    def _find_inside(self, sheet: str, area: str) -> tuple[Place, ...]:
        left, top, right, bottom = (int(bound or 0) for bound in range_boundaries(area))
        places = self._declared.get(sheet, {})
        return tuple(place for place in places if top <= place[0] <= bottom and left <= place[1] <= right)
