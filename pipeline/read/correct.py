"""Reviewed corrections of a return: the cells in which another text is read than was sent."""

from __future__ import annotations

from collections.abc import Container, Mapping, Sequence
from typing import Literal, NamedTuple

import polars as pl
from openpyxl.utils.cell import coordinate_to_tuple

from pipeline.workbooks.workbook import Cell, Workbook
from schemas.corrections import Correction

Declared = Mapping[str, Container[tuple[int, int]]]
"""The answer cells by sheet and (row, column)."""
State = Literal["applied", "differs", "no_cell"]


class Corrected(NamedTuple):
    """What became of a correction: applied, not since the cell holds another text, or not since there is no cell."""

    correction: Correction
    state: State
    found_text: str | None


def are_read(table: pl.DataFrame, corrections: Sequence[Correction]) -> bool:
    """Whether a year was read with exactly these corrections, as its table `corrections` tells."""
    keys = ("correction_id", "municipality_code", "sheet", "address", "expected_text", "corrected_text")
    wanted = {(c.id, c.municipality, c.sheet, c.cell, c.expect, c.to) for c in corrections}
    return set(table.select(keys).iter_rows()) == wanted


def correct(
    workbook: Workbook | None, corrections: Sequence[Correction], declared: Declared
) -> tuple[Workbook, list[Corrected]]:
    """The workbook as it is to be read, and what became of each correction; None is a return that has not come.

    A correction whose cell does not hold the expected text changes nothing, nor does one of a cell that is no answer cell of
    this return.
    """
    sheets = dict(workbook.sheets) if workbook else {}
    outcomes: list[Corrected] = []
    for correction in corrections:
        row, column = coordinate_to_tuple(correction.cell)
        if correction.sheet not in sheets or (row, column) not in declared.get(correction.sheet, ()):
            outcomes.append(Corrected(correction, "no_cell", None))
            continue
        cell = sheets[correction.sheet].get((row, column))
        found = cell.text if cell else ""
        if found != correction.expect:
            outcomes.append(Corrected(correction, "differs", found))
            continue
        others = {place: cell for place, cell in sheets[correction.sheet].items() if place != (row, column)}
        read = Cell(correction.sheet, row, column, "text", correction.to, correction.to)
        sheets[correction.sheet] = {**others, (row, column): read} if correction.to else others
        outcomes.append(Corrected(correction, "applied", found))
    return Workbook(sheets), outcomes
