"""Blocks of questions that are asked once: one below the other, each with its answer cell or its cells to tick."""

from __future__ import annotations

from typing import Any

from pipeline.forms.cells import Form, allow_answers, put, put_answer
from pipeline.forms.sizing import BAR, SMALL, Grid, row_height, text_height
from pipeline.forms.wording import (
    common_reference,
    condition_sentence,
    previous_header,
    reference_phrase,
    text_label,
    tick_instruction,
)
from schemas.form_layout import PlacedBlock, PlacedQuestion, Slot, ticks
from schemas.questionnaire import Block, Option, Question

LABEL, ANSWER = 1, 2
"""The columns of the questions and of the first answer, counted from 0."""


def write_list(form: Form, sheet: Any, grid: Grid, placed: PlacedBlock) -> None:
    """Write a block's title and its questions."""
    _write_title(form, sheet, grid, placed)
    for question in placed.questions:
        if ticks(question.question):
            _write_ticked(form, sheet, grid, question, placed.block)
        else:
            _write_single(form, sheet, grid, question, placed.block)
        if question.text_slot:
            _write_text_of(form, sheet, grid, question.question, question.text_slot)
        _write_number(form, sheet, question)


def block_notes(form: Form, block: Block) -> list[str]:
    """What stands below a block's title: who answers, as of when, and how."""
    reference = common_reference(block)
    notes = [
        condition_sentence(form.questionnaire, form.numbers, block.asked_if),
        reference_phrase(form.questionnaire, reference) if reference else None,
        block.note,
    ]
    return [note for note in notes if note]


def _question_notes(form: Form, question: Question, block: Block) -> list[str]:
    """What stands below a question: who answers, as of when if the block does not say so, and how."""
    reference = None if common_reference(block) else question.reference
    notes = [
        condition_sentence(form.questionnaire, form.numbers, question.asked_if),
        reference_phrase(form.questionnaire, reference) if reference else None,
        question.note,
    ]
    return [note for note in notes if note]


def _write_title(form: Form, sheet: Any, grid: Grid, placed: PlacedBlock) -> None:
    """The title names the column of last year's answers where a question below has no heading of its own."""
    row, label, notes = placed.top - 1, placed.block.label.ja, block_notes(form, placed.block)
    heads_previous = grid.has_previous and not all(ticks(question.question) for question in placed.questions)
    last = grid.answer_last if heads_previous else grid.list_last
    put(form, sheet, row, (0, last), form.styles.bar, label, notes)
    if heads_previous:
        put(form, sheet, row, (last + 1, grid.list_last), form.styles.group, previous_header(form.questionnaire))
    sheet.set_row(row, row_height(text_height(label, grid.width(0, last), size=BAR, notes=notes)))


def _write_number(form: Form, sheet: Any, placed: PlacedQuestion) -> None:
    """The number stands beside all rows of its question."""
    number, first = form.numbers.questions[placed.question.id], placed.top - 1
    slots = [*placed.slots, *([placed.text_slot] if placed.text_slot else [])]
    last = max(slot.row for slot in slots) - 1
    if last > first:
        sheet.merge_range(first, 0, last, 0, number, form.styles.number)
    else:
        sheet.write_string(first, 0, number, form.styles.number)


def _write_single(form: Form, sheet: Any, grid: Grid, placed: PlacedQuestion, block: Block) -> None:
    """One answer cell. A unit takes the last of its columns."""
    question, slot = placed.question, placed.slots[0]
    row, notes = slot.row - 1, _question_notes(form, question, block)
    put(form, sheet, row, (LABEL, LABEL), form.styles.question, question.label.ja, notes)
    last = grid.answer_last - 1 if question.unit else grid.answer_last
    put_answer(form, sheet, slot, last=last)
    allow_answers(form, sheet, [slot])
    if question.unit:
        put(form, sheet, row, (grid.answer_last, grid.answer_last), form.styles.unit, question.unit)
    offered = max([*form.choices.of(question), form.filled_text(slot)], key=len)
    sheet.set_row(row, row_height(
        text_height(question.label.ja, grid.widths[LABEL], notes=notes),
        text_height(offered, grid.width(ANSWER, last)),
        _put_previous(form, sheet, grid, question, row),
    ))  # fmt: skip


def _write_ticked(form: Form, sheet: Any, grid: Grid, placed: PlacedQuestion, block: Block) -> None:
    """A row for each option. Last year's ticks stand to the right of this year's."""
    question, row = placed.question, placed.top - 1
    notes = _question_notes(form, question, block)
    put(form, sheet, row, (LABEL, grid.list_last), form.styles.question, question.label.ja, notes)
    height = text_height(question.label.ja, grid.width(LABEL, grid.list_last), notes=notes)
    sheet.set_row(row, row_height(height))
    heads = [column.label.ja for column in question.columns] or ["回答欄"]
    _write_option_rows(form, sheet, grid, placed, heads)
    for slots in _columns(placed):
        for slot in slots:
            put_answer(form, sheet, slot)
        allow_answers(form, sheet, slots)


def _write_option_rows(form: Form, sheet: Any, grid: Grid, placed: PlacedQuestion, heads: list[str]) -> None:
    """The headings and the options. What is no answer cell is grey, also where a column does not apply."""
    question, row = placed.question, placed.top
    answers = range(ANSWER, ANSWER + len(heads))
    beside = (answers.stop, grid.list_last)
    put(form, sheet, row, (LABEL, LABEL), form.styles.header, f"選択肢（{tick_instruction(question)}）")
    for column, head in zip(answers, heads, strict=True):
        put(form, sheet, row, (column, column), form.styles.header, head)
    header = previous_header(form.questionnaire) if grid.has_previous else ""
    put(form, sheet, row, beside, form.styles.header, header)
    heights = [text_height(head, grid.widths[column], size=SMALL) for column, head in zip(answers, heads, strict=True)]
    sheet.set_row(row, row_height(*heights))
    for option_row, option in enumerate(question.options, start=row + 1):
        put(form, sheet, option_row, (LABEL, LABEL), form.styles.option, option.label.ja)
        for column in answers:
            put(form, sheet, option_row, (column, column), form.styles.option)
        put(form, sheet, option_row, beside, form.styles.previous, _previous_mark(form, question, option))
        sheet.set_row(option_row, row_height(text_height(option.label.ja, grid.widths[LABEL] - 2)))


def _write_text_of(form: Form, sheet: Any, grid: Grid, question: Question, slot: Slot) -> None:
    """The free text that belongs to a question's その他, or to a name that the register does not list."""
    row = slot.row - 1
    put(form, sheet, row, (LABEL, LABEL), form.styles.option, text_label(question))
    put_answer(form, sheet, slot, last=grid.answer_last)
    sheet.set_row(row, row_height(
        text_height(form.filled_text(slot), grid.width(ANSWER, grid.answer_last)),
        _put_previous(form, sheet, grid, form.question(slot), row),
    ))  # fmt: skip


def _put_previous(form: Form, sheet: Any, grid: Grid, question: Question, row: int) -> float:
    """Write last year's answer and return the height it needs."""
    if not grid.has_previous:
        return 0
    words, columns = form.previous_words(question, 1), (grid.answer_last + 1, grid.list_last)
    put(form, sheet, row, columns, form.styles.previous, words)
    return text_height(words, grid.width(*columns), size=SMALL)


def _previous_mark(form: Form, question: Question, option: Option) -> str:
    codes = {option.code: ""} | {f"{option.code}.{column.code}": column.label.ja for column in question.columns}
    chosen = [column for code, column in codes.items() if (question.id, 1, code) in form.previous]
    return "、".join(f"○{column}" for column in chosen)


def _columns(placed: PlacedQuestion) -> list[list[Slot]]:
    """The cells to tick that stand directly below one another, so that one validation serves them."""
    runs: list[list[Slot]] = []
    for slot in sorted(placed.slots, key=lambda slot: (slot.column, slot.row)):
        if runs and (runs[-1][-1].column, runs[-1][-1].row + 1) == (slot.column, slot.row):
            runs[-1].append(slot)
        else:
            runs.append([slot])
    return runs
