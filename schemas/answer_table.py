"""A table of answers, one municipality a row: how its columns are named, and what tells of which survey it is."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

from schemas.form_layout import SYNTHETIC_MARK, FormLayout, Slot
from schemas.questionnaire import Questionnaire

TABLE_SHEET = "回答一覧"
CODE_HEAD, NAME_HEAD, FORM_HEAD = "団体コード", "市町村名", "様式"
LABELS_MARK = "（設問）"
"""Stands in place of a code in the row that says in words what each column asks."""


def form_mark(questionnaire: Questionnaire, *, is_synthetic: bool = False) -> str:
    """What stands in every row's column 様式: survey, year and version of the form; of invented answers, that they are."""
    words = [questionnaire.survey, str(questionnaire.year), questionnaire.version]
    return "/".join([*words, *([SYNTHETIC_MARK] if is_synthetic else [])])


@dataclass(frozen=True)
class TableColumns:
    """The names of the columns of a year's table: one for each answer cell of its form, in the order of the form."""

    questionnaire: Questionnaire
    layout: FormLayout

    @cached_property
    def slots(self) -> Mapping[str, Slot]:
        """The answer cell of the form by the name of its column."""
        return {self._name(slot): slot for slot in self.layout.slots}

    def _name(self, slot: Slot) -> str:
        """`question`, with the row of a table as `question[2]`, with the option of a tick as `question.option`."""
        row = f"[{slot.row_no}]" if self.questionnaire.block_of[slot.question_id].is_table else ""
        return f"{slot.question_id}{row}{f'.{slot.choice}' if slot.choice else ''}"
