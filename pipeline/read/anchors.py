"""What stands beside and above every answer cell of a form as it was sent, told from its layout alone."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import NamedTuple

from pipeline.forms.wording import text_label
from pipeline.japanese import plain_text
from pipeline.workbooks.workbook import Cell
from schemas.form_layout import FormLayout, PlacedQuestion, PlacedTable, ticks
from schemas.questionnaire import Question

LABEL, NUMBER = 2, 1
"""The columns of a question's or option's words, and of the number of a table's row."""


class Anchor(NamedTuple):
    """A cell of the form, and words that it holds; nothing else where it `is_all`."""

    row: int
    column: int
    words: str
    is_all: bool = False

    def holds(self, cell: Cell | None) -> bool:
        """Whether the words stand in the cell."""
        text = plain_text(cell.text) if cell else ""
        return text == self.words if self.is_all else self.words in text


def anchors_of(layout: FormLayout) -> dict[str, tuple[Anchor, ...]]:
    """The anchors of every answer cell, by sheet."""
    found: dict[str, dict[Anchor, None]] = {}
    for placed in layout.blocks:
        for question in placed.questions:
            found.setdefault(placed.section.sheet, {}).update(dict.fromkeys(_of_question(question)))
        if placed.table:
            found.setdefault(placed.table.sheet, {}).update(dict.fromkeys(_of_table(placed.table)))
    for table in layout.continuations:
        found.setdefault(table.sheet, {}).update(dict.fromkeys(_of_table(table)))
    return {sheet: tuple(anchors) for sheet, anchors in found.items()}


def stand(anchors: tuple[Anchor, ...], cells: Mapping[tuple[int, int], Cell]) -> bool:
    """Whether all of a sheet's anchors stand in its cells."""
    return all(anchor.holds(cells.get((anchor.row, anchor.column))) for anchor in anchors)


def _of_question(placed: PlacedQuestion) -> Iterator[Anchor]:
    question = placed.question
    yield Anchor(placed.top, LABEL, plain_text(question.label.ja))
    if ticks(question):
        labels = {option.code: option.label.ja for option in question.options}
        columns = {column.code: column.label.ja for column in question.columns}
        for slot in placed.slots:
            option, _, column = str(slot.choice).partition(".")
            yield Anchor(slot.row, LABEL, plain_text(labels[option]))
            if column:
                yield Anchor(placed.top + 1, slot.column, plain_text(columns[column]))
            elif question.type != "matrix":
                yield Anchor(placed.top + 1, slot.column, "回答欄", is_all=True)
    if placed.text_slot:
        yield Anchor(placed.text_slot.row, LABEL, plain_text(text_label(question)))


def _of_table(table: PlacedTable) -> Iterator[Anchor]:
    for question, choice, column in table.columns:
        yield Anchor(table.header_row, column, plain_text(_heading(question, choice)))
    for row in table.rows:
        yield Anchor(row[0].row, NUMBER, str(row[0].row_no), is_all=True)


def _heading(question: Question, choice: str | None) -> str:
    if choice is None:
        return question.label.ja
    return next((option.label.ja for option in question.choices if option.code == choice), None) or text_label(question)
