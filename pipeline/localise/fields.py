"""What a municipality may have answered otherwise: one field for each answer, and for rows too many or too few."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Literal, NamedTuple

import polars as pl

from pipeline.validate.derived import absent_sheets
from pipeline.validate.frames import YearTables
from schemas.questionnaire import Block, Question, Questionnaire, block_questions

EPOCH = date(1970, 1, 1)
AS_LAST_YEAR = 3
"""An answer that is last year's too is doubted this many halves as hard as one that is not."""
CORRECTED = 4
"""One that a reviewed correction gave, this many times as hard."""


FieldKind = Literal["answer", "added_rows", "dropped_row"]


class FieldKey(NamedTuple):
    """Whose answer, to which question, in which row; of a multiple answer, which choice."""

    municipality_code: str
    question_id: str
    row_no: int
    option_code: str = ""


@dataclass(frozen=True, slots=True)
class Field:
    """What may be wrong: an answer, that a table lacks rows, or that it has one too many.

    `observed` is a code, True or False for a tick, a number, a day since 1970-01-01, a text, or None for none. `weight` is
    what doubting it costs; a field without weight stood on a sheet that was not read. `cells` are where it stands.
    """

    key: FieldKey
    block: Block
    question: Question
    entity_id: str
    observed: Any
    is_readable: bool
    weight: int
    cells: tuple[str, ...]
    kind: FieldKind = "answer"


Rows = dict[str, dict[int, dict[str, list[Field]]]]
"""The fields of a return by block, row and question; a table has those of its filled rows."""


class FieldsOfYear:
    """The fields of every return of a year."""

    def __init__(self, tables: YearTables, questionnaire: Questionnaire) -> None:
        self._questionnaire = questionnaire
        self._blocks = {block.id: block for block in questionnaire.blocks}
        self._questions = {q.id: q for block in questionnaire.blocks for q in block_questions(block)}
        self._absent = absent_sheets(tables)
        self._previous = _values(tables.previous_answers)
        corrected = tables.cells.filter(pl.col("corrected_text").is_not_null())
        self._corrected = set(corrected["cell_id"])
        self._tables = tables

    def of(self, codes: Iterable[str]) -> dict[str, Rows]:
        """The fields of these municipalities' returns."""
        wanted = pl.col("municipality_code").is_in(list(codes))
        answers = self._tables.answers.filter(wanted)
        cells: dict[str, list[str]] = defaultdict(list)
        own = self._tables.answer_cells.filter(pl.col("answer_id").is_in(answers["answer_id"].implode()))
        for answer_id, cell_id in own.select("answer_id", "cell_id").iter_rows():
            cells[answer_id].append(cell_id)
        found: dict[str, Rows] = defaultdict(dict)
        columns = ["answer_id", "municipality_code", "block_id", "entity_id", "row_no", "question_id", "option_code", "status",
                   "value_code", "value_number", "value_date", "value_text"]  # fmt: skip
        for answer_id, code, block_id, entity_id, row_no, question_id, option, status, *values in answers.select(
            columns
        ).iter_rows():
            question = self._questions[question_id]
            own_cells = cells[answer_id][:1] if option else cells[answer_id]
            field = Field(
                FieldKey(code, question_id, row_no, option), self._blocks[block_id], question, entity_id,
                _observed(question, status, values), status != "unreadable",
                self._weight(question, (code, entity_id, question_id, option), status, values, own_cells, block_id),
                tuple(own_cells),
            )  # fmt: skip
            found[code].setdefault(block_id, {}).setdefault(row_no, {}).setdefault(question_id, []).append(field)
        return dict(found)

    def _weight(
        self, question: Question, subject: tuple[str, str, str, str], status: str, values: Sequence[Any],
        cells: Sequence[str], block_id: str,
    ) -> int:  # fmt: skip
        if (subject[0], block_id) in self._absent:
            return 0
        weight = 2 * question.reliability
        if self._corrected.intersection(cells):
            return weight * CORRECTED
        before = self._previous.get(subject)
        is_as_before = status != "unreadable" and before is not None and before == (status == "answered", *values)
        return weight * AS_LAST_YEAR // 2 if is_as_before else weight

    def first_cells(self) -> Mapping[tuple[str, str], str]:
        """The first cell of each block, by municipality and block."""
        columns = ["municipality_code", "block_id", "first_cell_id"]
        return {(code, block): cell for code, block, cell in self._tables.blocks.select(columns).iter_rows()}


def _observed(question: Question, status: str, values: Sequence[Any]) -> Any:
    if question.is_multiple:
        return status == "answered"
    code, number, day, text = values
    return {"count": number, "date": (day - EPOCH).days if day else None, "text": text}.get(question.type, code)


def _values(answers: pl.DataFrame) -> dict[tuple[str, str, str, str], tuple[Any, ...]]:
    """What was answered last year, by municipality, entity, question and choice."""
    keys = ("municipality_code", "entity_id", "question_id", "option_code")
    columns = [*keys, "status", "value_code", "value_number", "value_date", "value_text"]
    return {
        (row[0], row[1], row[2], row[3]): (row[4] == "answered", *row[5:])
        for row in answers.filter(pl.col("status") != "unreadable").select(columns).iter_rows()
    }
