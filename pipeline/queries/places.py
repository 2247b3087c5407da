"""What a cell is called by the answer that it gives, whatever place of whatever year's form it stands in, and what it answers."""

from __future__ import annotations

from typing import NamedTuple

import polars as pl

from pipeline.read.returns_reader import form_reader
from pipeline.workbooks.workbook import Cell, CellKind
from schemas.questionnaire import block_questions
from schemas.survey import YearDeclarations

TICK = "○"


class _Read(NamedTuple):
    code: str
    sheet: str
    address: str
    kind: CellKind
    text: str
    form_place: tuple[str, str]


class YearPlaces:
    """The cells of a year's returns by the answers that they give."""

    def __init__(self, declarations: YearDeclarations, cells: pl.DataFrame, answers: pl.DataFrame) -> None:
        self._reader = form_reader(declarations)
        self._slots = {(slot.sheet, slot.address): slot for slot in declarations.layout.slots}
        self._questions = {q.id: q for block in declarations.questionnaire.blocks for q in block_questions(block)}
        columns = [
            "cell_id", "municipality_code", "sheet", "address", "kind", pl.coalesce("corrected_text", "text"), "form_sheet",
            "form_address",
        ]  # fmt: skip
        self._cells = {
            cell: _Read(code, sheet, address, kind, text, (form_sheet, form_address))
            for cell, code, sheet, address, kind, text, form_sheet, form_address in cells.select(columns).iter_rows()
        }
        self._entities: dict[tuple[str, str, int], str] = {
            (code, question, row_no): entity
            for code, question, row_no, entity in answers.select(
                "municipality_code", "question_id", "row_no", "entity_id"
            ).iter_rows()
        }

    def entity(self, code: str, question_id: str, row_no: int) -> str:
        """What a municipality's answer in a row is about; empty where the row is."""
        return self._entities.get((code, question_id, row_no), "")

    def code(self, cell_id: str) -> str:
        """Whose return a cell is of; empty where no return has it."""
        cell = self._cells.get(cell_id)
        return cell.code if cell else ""

    def option(self, cell_id: str) -> str:
        """The option that a tick in the cell chooses; empty where none does."""
        cell = self._cells.get(cell_id)
        slot = self._slots.get(cell.form_place) if cell else None
        return (slot.choice or "") if slot else ""

    def name(self, cell_id: str) -> str:
        """Whose, to which question, about which entity or in which row, which option; of no answer's cell sheet and address."""
        cell = self._cells.get(cell_id)
        if cell is None:
            return cell_id.split("!", 1)[-1]
        slot = self._slots.get(cell.form_place)
        if slot is None:
            return f"{cell.code}/{cell.sheet}!{cell.address}"
        entity = self.entity(cell.code, slot.question_id, slot.row_no)
        about = "" if entity == cell.code else f"@{entity or slot.row_no}"
        return f"{cell.code}/{slot.question_id}{about}{f'/{slot.choice}' if slot.choice else ''}"

    def answer(self, cell_id: str) -> str:
        """What is read in the cell in one way of writing it; as it stands where nothing can be read."""
        cell = self._cells.get(cell_id)
        if cell is None:
            return ""
        slot = self._slots.get(cell.form_place)
        if slot is None:
            return cell.text.strip()
        written = Cell(cell.sheet, slot.row, slot.column, cell.kind, cell.text, cell.text)
        parsed = self._reader.parse(self._questions[slot.question_id], slot, written)
        if parsed.problem:
            return cell.text.strip()
        if isinstance(parsed.value, bool):
            return TICK if parsed.value else ""
        return "" if parsed.value is None else str(parsed.value)

    def answers_of(self, code: str) -> dict[str, str]:
        """What every cell of a municipality that is not empty, or is an answer's, holds now, by its name."""
        return {self.name(cell): self.answer(cell) for cell, read in self._cells.items() if read.code == code}
