"""Writing into the cells of a form. Rows and columns are counted from 0 here, as xlsxwriter does."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time
from typing import Any

from pipeline.forms.choices import ChoiceLists
from pipeline.forms.previous import PreviousAnswers
from pipeline.forms.styles import Styles
from pipeline.forms.wording import Numbers, option_letter, previous_text
from schemas.form_layout import Slot
from schemas.questionnaire import Question, Questionnaire
from schemas.reference import Municipality
from schemas.survey import YearDeclarations

Fill = Mapping[Slot, str | int | float | date]
"""What a respondent typed, by answer cell."""


@dataclass(frozen=True)
class Form:
    """What every sheet of one form is written from."""

    declarations: YearDeclarations
    municipality: Municipality
    previous: PreviousAnswers
    fill: Fill
    is_synthetic: bool
    is_previous_synthetic: bool
    styles: Styles
    choices: ChoiceLists
    numbers: Numbers

    @property
    def questionnaire(self) -> Questionnaire:
        """The questionnaire that the form asks."""
        return self.declarations.questionnaire

    def question(self, slot: Slot) -> Question:
        """The question that a cell answers."""
        return self.questionnaire.questions[slot.question_id]

    def filled_text(self, slot: Slot) -> str:
        """What was typed into a cell, as text; empty where nothing was."""
        return str(self.fill.get(slot, ""))

    def has_previous(self, slot: Slot) -> bool:
        """True where last year's answer to this very cell is known."""
        return (slot.question_id, slot.row_no, slot.choice) in self.previous

    def previous_words(self, question: Question, row_no: int) -> str:
        """Last year's answer to a question in words, several options as their letters; empty where there is none."""
        if question.is_multiple:
            codes = [option.code for option in question.choices]
            return "・".join(
                option_letter(i) for i, code in enumerate(codes) if (question.id, row_no, code) in self.previous
            )
        text = self.previous.get((question.id, row_no, None))
        return previous_text(question, text) if text else ""


def put(
    form: Form, sheet: Any, row: int, columns: tuple[int, int], style: Any, text: str = "", notes: Sequence[str] = ()
) -> None:
    """Write text, and small notes below it, into a span of columns, both included, merging them.

    A span that ends before it begins takes nothing.
    """
    first, last = columns
    if last < first:
        return
    if last > first:
        sheet.merge_range(row, first, row, last, "", style)
    if text and notes:
        small = [piece for note in notes for piece in (form.styles.small, f"\n{note}")]
        sheet.write_rich_string(row, first, text, *small, style)
    elif text:
        sheet.write_string(row, first, text, style)
    else:
        sheet.write_blank(row, first, None, style)


def put_answer(form: Form, sheet: Any, slot: Slot, *, last: int | None = None) -> None:
    """Write an answer cell, unlocked, with what was typed into it; it reaches to column `last`.

    Text is written as text even where it looks like a formula or a link.
    """
    row, first, value = slot.row - 1, slot.column - 1, form.fill.get(slot)
    style = _answer_style(form, slot, value)
    put(form, sheet, row, (first, first if last is None else last), style)
    if isinstance(value, str):
        sheet.write_string(row, first, value, style)
    elif isinstance(value, date):
        sheet.write_datetime(row, first, datetime.combine(value, time()), style)
    elif value is not None:
        sheet.write_number(row, first, value, style)


def allow_answers(form: Form, sheet: Any, slots: Sequence[Slot]) -> None:
    """Add the drop-down list or the range of numbers to slots of one question that stand below one another."""
    validation = form.choices.validation(form.question(slots[0]), is_tick=slots[0].choice is not None)
    if validation:
        column = slots[0].column - 1
        sheet.data_validation(slots[0].row - 1, column, slots[-1].row - 1, column, validation)


def _answer_style(form: Form, slot: Slot, value: object) -> Any:
    question = form.question(slot)
    if question.type == "date" or isinstance(value, date):
        return form.styles.day
    if slot.choice is not None:
        return form.styles.tick
    return form.styles.count if question.type == "count" else form.styles.text
