"""Answer cells under something drawn: a circle is as good as a ○, a line may strike out, and no program tells which."""

from __future__ import annotations

from collections.abc import Mapping

from pipeline.workbooks.workbook import Cell, Workbook

Place = tuple[int, int]
"""Row and column."""


def mark_drawn(workbook: Workbook, declared: Mapping[str, Mapping[Place, str]]) -> Workbook:
    """The workbook with every answer cell of kind `drawn` over which a mark lies; `declared` has the answer cells by sheet."""
    marks = {name: [d for d in drawn if d.is_mark] for name, drawn in workbook.drawn.items() if name in declared}
    if not any(marks.values()):
        return workbook
    sheets = dict(workbook.sheets)
    for name, drawn in marks.items():
        cells = dict(sheets.get(name, {}))
        for place in declared[name]:
            if any(mark.covers(place) for mark in drawn):
                cells[place] = Cell(name, *place, "drawn", cells[place].text if place in cells else "", None)
        sheets[name] = cells
    return workbook.with_sheets(sheets)
