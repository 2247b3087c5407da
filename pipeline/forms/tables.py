"""Blocks that are asked for each of several entities: a table with one row for each."""

from __future__ import annotations

from itertools import groupby
from typing import Any

from pipeline.forms.cells import Form, allow_answers, put, put_answer
from pipeline.forms.lists import block_notes
from pipeline.forms.sizing import BAR, SMALL, TABLE_PREVIOUS_WIDTH, Grid, row_height, text_height
from pipeline.forms.wording import (
    common_reference,
    condition_sentence,
    option_letter,
    previous_header,
    reference_phrase,
    text_label,
    tick_instruction,
)
from schemas.form_layout import CONTINUATION_SHEET, PlacedTable, Slot
from schemas.questionnaire import Block, Question, block_questions

LEAST_TITLE_WIDTH = 40.0


def write_table(form: Form, sheet: Any, grid: Grid, table: PlacedTable) -> None:
    """Write a table's title, headings and rows; last year's row stands to the right of this year's."""
    after = (table.columns[-1][2], _table_last(grid, table))
    _write_title(form, sheet, grid, table)
    _write_headings(form, sheet, grid, table)
    if grid.has_previous:
        put(form, sheet, table.header_row - 1, after, form.styles.header, previous_header(form.questionnaire))
    for offset, slots in enumerate(table.rows):
        row, row_no = table.header_row + offset, table.first_row_no + offset
        put(form, sheet, row, (0, 0), form.styles.header, str(row_no))
        for slot in slots:
            put_answer(form, sheet, slot)
        previous = _previous_row(form, table.block, row_no) if grid.has_previous else ""
        if grid.has_previous:
            put(form, sheet, row, after, form.styles.previous_row, previous)
        heights = [_answer_height(form, grid, slot) for slot in slots]
        heights.append(text_height(previous, grid.width(*after), size=SMALL))
        sheet.set_row(row, row_height(*heights))
    for column in zip(*table.rows, strict=True):
        allow_answers(form, sheet, column)


def _write_title(form: Form, sheet: Any, grid: Grid, table: PlacedTable) -> None:
    """The title runs up to the first group of cells to tick; each group is headed by its question."""
    block, row = table.block, table.top - 1
    title = f"{form.numbers.tables[block.id]}　{block.label.ja}"
    notes = block_notes(form, block)
    if table.sheet == CONTINUATION_SHEET:
        home = form.questionnaire.section_of[block.id].sheet
        title, notes = f"{title}（続き）", [f"シート「{home}」の表に書ききれない場合に記入してください。"]
    groups = _groups(grid, table)
    last = _table_last(grid, table)
    end = min(groups, default=last + 1) - 1
    put(form, sheet, row, (0, end), form.styles.bar, title, notes)
    heights = [text_height(title, grid.width(0, end), size=BAR, notes=notes)]
    column = end + 1
    while column <= last:
        if column in groups:
            group_last, question = groups[column]
            below = [*_column_notes(form, question, block), tick_instruction(question)]
            put(form, sheet, row, (column, group_last), form.styles.group, question.label.ja, below)
            width = grid.width(column, group_last)
            heights.append(text_height(question.label.ja, width, size=SMALL, notes=below))
        else:
            group_last = min((first for first in groups if first > column), default=last + 1) - 1
            put(form, sheet, row, (column, group_last), form.styles.group)
        column = group_last + 1
    sheet.set_row(row, row_height(*heights))


def _table_last(grid: Grid, table: PlacedTable) -> int:
    """The table's last column, last year's answers included."""
    after = table.columns[-1][2]
    return grid.reach(after, TABLE_PREVIOUS_WIDTH) if grid.has_previous else after - 1


def _groups(grid: Grid, table: PlacedTable) -> dict[int, tuple[int, Question]]:
    """The spans of columns that one question of several options takes, by their first column.

    None of them where the title would be left with too little room: then each heading names its question.
    """
    groups: dict[int, tuple[int, Question]] = {}
    for _, found in groupby(table.columns, key=lambda column: column[0].id):
        columns = list(found)
        if columns[0][0].is_multiple:
            groups[columns[0][2] - 1] = (columns[-1][2] - 1, columns[0][0])
    is_crowded = grid.width(0, min(groups, default=grid.last + 1) - 1) < LEAST_TITLE_WIDTH
    return {} if is_crowded else groups


def _write_headings(form: Form, sheet: Any, grid: Grid, table: PlacedTable) -> None:
    row, is_grouped = table.header_row - 1, bool(_groups(grid, table))
    put(form, sheet, row, (0, 0), form.styles.header, "番号")
    heights = []
    for question, choice, column in table.columns:
        label, notes = _heading(form, table.block, question, choice, is_grouped=is_grouped)
        put(form, sheet, row, (column - 1, column - 1), form.styles.heading, label, notes)
        heights.append(text_height(label, grid.widths[column - 1], size=SMALL, notes=notes))
    sheet.set_row(row, row_height(*heights))


def _heading(
    form: Form, block: Block, question: Question, choice: str | None, *, is_grouped: bool
) -> tuple[str, list[str]]:
    """A column's label, and what stands below it in small."""
    if choice is None:
        unit = f"（{question.unit}）" if question.unit else None
        return question.label.ja, [note for note in (unit, *_column_notes(form, question, block)) if note]
    for index, option in enumerate(question.choices):
        if option.code == choice:
            label = f"{option_letter(index)}　{option.label.ja}"
            return (label if is_grouped else f"{question.label.ja}：{label}"), []
    return text_label(question), []


def _column_notes(form: Form, question: Question, block: Block) -> list[str]:
    """How to answer a column, as of when, and on what condition."""
    reference = None if common_reference(block) else question.reference
    notes = [
        reference_phrase(form.questionnaire, reference) if reference else None,
        question.note,
        condition_sentence(form.questionnaire, form.numbers, question.asked_if, is_heading=True),
    ]
    return [note for note in notes if note]


def _answer_height(form: Form, grid: Grid, slot: Slot) -> float:
    texts = [*(form.choices.of(form.question(slot)) if slot.choice is None else ()), form.filled_text(slot)]
    width = grid.widths[slot.column - 1]
    return max(text_height(text, width) for text in texts)


def _previous_row(form: Form, block: Block, row_no: int) -> str:
    """Last year's row in one line: the answers in their order, numbers and lists with what they are about."""
    parts = []
    for question in block_questions(block):
        words = form.previous_words(question, row_no)
        if words:
            is_named = question.is_multiple or question.type in ("count", "date")
            parts.append(f"{question.label.ja}：{words}" if is_named else words)
    return "／".join(parts)
