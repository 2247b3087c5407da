"""How one return is read: by the form's own places, or by those to which its rows, columns and sheets were moved."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Container, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property

from openpyxl.utils.cell import coordinate_to_tuple

from pipeline.forms.answer_table import AnswerTable, find_table
from pipeline.forms.write_table import explaining_words
from pipeline.japanese import plain_text
from pipeline.read.align import Aligned, Spot, align
from pipeline.read.anchors import Anchor, anchors_of, stand
from pipeline.read.answers import FormReader
from pipeline.read.merged import MergedAnswers
from pipeline.workbooks.workbook import Workbook
from schemas.answer_table import TableColumns
from schemas.form_layout import Slot
from schemas.survey import YearDeclarations

DeclaredCells = dict[str, dict[Spot, str]]
"""The addresses of the declared answer cells, by sheet and (row, column)."""


@dataclass(frozen=True)
class Followed:
    """What reads a return: its answer cells by sheet, the reader of these, and the sheets on which they are not certain."""

    declared: DeclaredCells
    reader: FormReader
    merged: MergedAnswers
    unclear: frozenset[str] = frozenset()
    origins: Mapping[tuple[str, str], tuple[str, str]] = field(default_factory=dict)
    """Sheet and address on the form of each answer cell, by those in a return in which some were moved."""
    own_words: Mapping[str, Container[Spot]] = field(default_factory=dict)
    """Of a table of answers, the cells that hold its heads, whose row it is, and what explains it, by sheet."""

    @property
    def certain(self) -> DeclaredCells:
        """The answer cells but those on sheets where they are not certain."""
        return {sheet: cells for sheet, cells in self.declared.items() if sheet not in self.unclear}

    def readable(self, workbook: Workbook) -> Workbook:
        """The workbook without the sheets on which nobody can tell which cell answers what."""
        if not self.unclear:
            return workbook
        return Workbook({name: cells for name, cells in workbook.sheets.items() if name not in self.unclear})


class FormPlaces:
    """The places of a year's form, and where they went in a workbook."""

    def __init__(self, declarations: YearDeclarations) -> None:
        self._declarations = declarations

    @cached_property
    def _anchors(self) -> dict[str, tuple[Anchor, ...]]:
        return anchors_of(self._declarations.layout)

    @cached_property
    def _fixed(self) -> dict[str, dict[Spot, str]]:
        from pipeline.forms.blank import blank_form

        fixed: dict[str, dict[Spot, str]] = {sheet: {} for sheet in self._anchors}
        for (sheet, address), text in blank_form(self._declarations).fixed.items():
            if sheet in fixed:
                fixed[sheet][coordinate_to_tuple(address)] = text
        return fixed

    @cached_property
    def _wanted(self) -> dict[str, list[Spot]]:
        wanted: dict[str, list[Spot]] = defaultdict(list)
        for slot in self._declarations.layout.slots:
            wanted[slot.sheet].append((slot.row, slot.column))
        return wanted

    def moved(self, workbook: Workbook) -> dict[str, Aligned | None]:
        """Where the sheets of the form stand in a workbook, but for those that stand as they were sent.

        None is a sheet on which that is not certain.
        """
        sheets = workbook.sheets
        standing = {name for name, anchors in self._anchors.items() if name in sheets and stand(anchors, sheets[name])}
        if len(standing) == len(self._anchors):
            return {}
        left = {name: texts for name, texts in self._fixed.items() if name not in standing}
        free = {
            name: {spot: text for spot, cell in cells.items() if (text := plain_text(cell.text))}
            for name, cells in sheets.items() if name not in standing
        }  # fmt: skip
        return {
            sheet: found
            for sheet, found in align(left, self._wanted, free).items()
            if found is None or found.is_moved or found.name != sheet
        }


class Follower:
    """Finds out how each of a year's returns is read; nearly all stand as they were sent and share one reader."""

    def __init__(self, declarations: YearDeclarations, reader: FormReader) -> None:
        self._declarations = declarations
        self._places = FormPlaces(declarations)
        self._slots = declarations.layout.slots
        self._columns = TableColumns(declarations.questionnaire, declarations.layout)
        self._reader = reader
        self._as_sent = self._followed(self._slots)

    def of(self, workbook: Workbook) -> Followed:
        """How a workbook is read."""
        if (table := find_table(workbook, self._columns)) is not None:
            return self._in_table(table, workbook)
        moved = self._places.moved(workbook)
        if not moved:
            return self._as_sent
        unclear = frozenset(sheet for sheet, aligned in moved.items() if aligned is None)
        slots = [_moved(slot, moved.get(slot.sheet)) for slot in self._slots]
        origins = {
            (slot.sheet, slot.address): (own.sheet, own.address) for slot, own in zip(slots, self._slots, strict=True)
        }
        return replace(self._followed(slots), unclear=unclear, origins=origins)

    def _in_table(self, table: AnswerTable, workbook: Workbook) -> Followed:
        slots = table.slots(self._columns, table.rows[0])
        origins = {(slot.sheet, slot.address): (own.sheet, own.address) for slot, own in slots}
        own_words = {**explaining_words(self._declarations, workbook), table.sheet: table.own_places()}
        return replace(self._followed([slot for slot, _ in slots]), origins=origins, own_words=own_words)

    def _followed(self, slots: Sequence[Slot]) -> Followed:
        declared: DeclaredCells = {}
        for slot in slots:
            declared.setdefault(slot.sheet, {})[slot.row, slot.column] = slot.address
        return Followed(declared, replace(self._reader, slots=tuple(slots)), MergedAnswers(declared))


def _moved(slot: Slot, aligned: Aligned | None) -> Slot:
    if aligned is None:
        return slot
    spot = aligned.spot((slot.row, slot.column))
    assert spot
    return Slot(aligned.name, *spot, slot.question_id, slot.row_no, slot.choice)
