"""One answer cell of a return changed, read again, and every figure calculated from what is then answered."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import polars as pl

from pipeline.check.recalculate import Calculated, calculate_figures
from pipeline.collect.ledger import current_returns, read_ledger
from pipeline.home import Home
from pipeline.read.columns import AnswerTables, cell_id
from pipeline.read.returns_reader import form_reader
from pipeline.tables import load
from pipeline.workbooks.opening import open_workbook
from pipeline.workbooks.workbook import Cell, Workbook
from schemas.form_layout import Slot, register_text
from schemas.survey import YearDeclarations


@dataclass(frozen=True)
class Change:
    """What stands in a cell instead; None empties it. `clears` are emptied with it, so that one tick is moved."""

    slot: Slot
    text: str | None
    clears: tuple[Slot, ...] = ()


class Returns:
    """The returns of a year that count, whose cells can be changed without a file being written."""

    def __init__(self, home: Home, declarations: YearDeclarations) -> None:
        self.declarations = declarations
        self._year = declarations.year
        self._reader = form_reader(declarations)
        self._answers = load(home, self._year, "answers")
        receipts = current_returns(read_ledger(home.ledger), self._year)
        self._ids = {code: receipt.sha256 for code, receipt in receipts.items()}
        self._books = {code: open_workbook(home.archived(sha256).read_bytes()) for code, sha256 in self._ids.items()}
        self.codes = sorted(self._books)
        self.figures = calculate_figures(declarations, self._answers)

    def changes(self, code: str, slot: Slot) -> Iterator[Change]:
        """Other contents of a cell that an official could have left there: another answer, and a blank."""
        written = self._books[code].cell(slot.sheet, slot.row, slot.column).text.strip()
        siblings = tuple(s for s in self._row(slot) if s is not slot)
        is_multiple = self.declarations.questionnaire.questions[slot.question_id].is_multiple
        if written:
            yield Change(slot, None)
        elif slot.choice is not None and not is_multiple:
            yield Change(slot, "○", siblings)
        for text in self._other_answers(slot):
            if text != written and not (slot.choice is not None and written):
                yield Change(slot, text)
                return

    def _row(self, slot: Slot) -> list[Slot]:
        key = (slot.question_id, slot.row_no)
        return [s for s in self.declarations.layout.slots if (s.question_id, s.row_no) == key]

    def _other_answers(self, slot: Slot) -> list[str]:
        question = self.declarations.questionnaire.questions[slot.question_id]
        if slot.choice is not None:
            return ["○"]
        if question.type == "register":
            on = self.declarations.questionnaire.reference_date
            entities = self.declarations.reference.entities(question.register_kind or "", on)
            return [register_text(entity.name, entity.entity_id) for entity in entities[:2]]
        if question.type == "count":
            return ["7", "8"]
        return [option.label.ja for option in question.choices[:2]] or ["2024-12-24", "2025-12-24"]

    def changed_cells(self, code: str, change: Change) -> set[str]:
        """Ids of the cells that the change writes to."""
        return {cell_id(self._ids[code], slot.sheet, slot.address) for slot in (change.slot, *change.clears)}

    def figures_after(self, changes: Mapping[str, Change]) -> dict[str, Calculated]:
        """Every figure as it would be, with one change in the return of each municipality named."""
        others = self._answers.filter(~pl.col("municipality_code").is_in(list(changes)))
        own = [self._answers_after(code, change) for code, change in changes.items()]
        return calculate_figures(self.declarations, pl.concat([others, *own]))

    def _answers_after(self, code: str, change: Change) -> pl.DataFrame:
        sheets = {name: dict(cells) for name, cells in self._books[code].sheets.items()}
        for slot in (change.slot, *change.clears):
            sheets[slot.sheet].pop((slot.row, slot.column), None)
        if change.text is not None:
            place = change.slot.row, change.slot.column
            sheets[change.slot.sheet][place] = Cell(change.slot.sheet, *place, "text", change.text, change.text)
        tables = AnswerTables(self._year)
        tables.add(self._ids[code], code, self._reader.read(Workbook(sheets), code))
        return tables.frames()["answers"]
