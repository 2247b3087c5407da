"""Where printed pages end."""

from __future__ import annotations

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.forms.pages import DEFAULT_HEIGHT, Span, page_breaks, repeated_rows, spans_of
from schemas.form_layout import FIRST_ROW
from schemas.survey import YearDeclarations

TITLE = (0, FIRST_ROW - 2)


@st.composite
def sheets(draw: st.DrawFn) -> tuple[dict[int, float], list[Span], float]:
    """Heights of rows, spans one below the other, and a page that holds every row."""
    lengths = draw(st.lists(st.integers(1, 8), min_size=1, max_size=12))
    spans, row = [], FIRST_ROW
    for length in lengths:
        spans.append((row, row + length - 1))
        row += length
    heights = {n: float(draw(st.integers(10, 60))) for n in range(FIRST_ROW, row)}
    return heights, spans, float(draw(st.integers(60, 300)))


@given(sheets())
def test_every_page_has_room_for_what_stands_on_it(sheet: tuple[dict[int, float], list[Span], float]) -> None:
    heights, spans, page = sheet
    breaks = page_breaks(heights, spans, page)
    edges = [spans[0][0], *breaks, spans[-1][1] + 1]
    assert edges == sorted(set(edges))
    for first, after in itertools.pairwise(edges):
        assert sum(heights[row] for row in range(first, after)) <= page


@given(sheets())
def test_what_one_page_can_hold_is_never_broken(sheet: tuple[dict[int, float], list[Span], float]) -> None:
    heights, spans, page = sheet
    breaks = set(page_breaks(heights, spans, page))
    for first, last in spans:
        if sum(heights[row] for row in range(first, last + 1)) <= page:
            assert not breaks & set(range(first + 1, last + 1))


@pytest.mark.parametrize(
    ("row_count", "expected"), [(4, TITLE), (7, TITLE), (8, (FIRST_ROW, FIRST_ROW + 1))], ids=["short", "full", "long"]
)
def test_a_table_that_needs_more_than_a_page_repeats_its_headings(row_count: int, expected: Span) -> None:
    page = DEFAULT_HEIGHT * (7 + FIRST_ROW - 1)
    assert repeated_rows({}, [(FIRST_ROW, FIRST_ROW + row_count - 1)], page) == expected


def test_a_long_table_above_others_repeats_the_sheets_title() -> None:
    assert repeated_rows({}, [(FIRST_ROW, FIRST_ROW + 50), (FIRST_ROW + 51, FIRST_ROW + 52)], 300.0) == TITLE


def test_spans_cover_every_answer_of_a_sheet_once(second_declarations: YearDeclarations) -> None:
    layout = second_declarations.layout
    for name in {block.section.sheet for block in layout.blocks}:
        blocks = [block for block in layout.blocks if block.section.sheet == name]
        spans = spans_of(blocks, [block.table for block in blocks if block.table])
        assert all(one[1] < next_one[0] for one, next_one in itertools.pairwise(spans))
        for slot in layout.slots:
            if slot.sheet == name:
                assert sum(first <= slot.row - 1 <= last for first, last in spans) == 1
