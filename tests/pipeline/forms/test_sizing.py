"""Text gets the room that it needs."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from pipeline.forms.sizing import LEAST_HEIGHT, MOST_HEIGHT, plan_grid, row_height, text_height, text_width
from schemas.form_layout import ANSWER_COLUMN
from tests.pipeline.forms.sample import SAMPLE

TEXTS = st.text("あaＡ1、", min_size=1, max_size=80)


def test_a_japanese_character_is_wider_than_a_digit() -> None:
    assert text_width("亜") == 2.0
    assert text_width("1") < text_width("亜") < text_width("11")


@given(TEXTS, st.integers(8, 60), st.integers(0, 40))
def test_a_narrower_cell_is_never_lower(text: str, width: int, more: int) -> None:
    assert text_height(text, width) >= text_height(text, width + more)


@given(TEXTS, TEXTS, st.integers(8, 60))
def test_notes_and_new_lines_add_height(text: str, note: str, width: int) -> None:
    assert text_height(text, width, notes=[note]) > text_height(text, width)
    assert text_height(f"{text}\n{note}", width) == text_height(text, width) + text_height(note, width)


def test_a_row_keeps_within_what_excel_allows() -> None:
    assert row_height(0, 0) == LEAST_HEIGHT
    assert row_height(10_000, 3) == MOST_HEIGHT
    assert text_height("", 10, notes=["文"]) == 0


def test_every_answer_cell_lies_in_a_planned_column() -> None:
    for has_previous in (False, True):
        for name in {section.sheet for section in SAMPLE.questionnaire.sections}:
            blocks = [block for block in SAMPLE.layout.blocks if block.section.sheet == name]
            grid = plan_grid(blocks, [b.table for b in blocks if b.table], has_previous=has_previous)
            columns = [slot.column for slot in SAMPLE.layout.slots if slot.sheet == name]
            assert max(columns) <= len(grid.widths)
            assert min(grid.widths) > 0
            if any(block.questions for block in blocks):
                assert grid.answer_last >= ANSWER_COLUMN - 1
                assert (grid.list_last > grid.answer_last) == has_previous
