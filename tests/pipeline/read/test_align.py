"""Moved rows, columns and sheets are followed to where they went, or not at all: never to another answer's place."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st
from openpyxl.utils.cell import coordinate_to_tuple

from pipeline.forms.blank import blank_form
from pipeline.home import PROJECT_ROOT
from pipeline.read.align import Spot, align
from schemas.survey import Survey

DECLARATIONS = {
    name: Survey(root).load_year(year)
    for name, root, year in (
        ("councils", PROJECT_ROOT, 2024), ("evacuation", PROJECT_ROOT / "tests" / "second_survey", 2025),
    )
}  # fmt: skip
FORMS: dict[str, dict[str, dict[Spot, str]]] = {}
WANTED: dict[str, dict[str, list[Spot]]] = {}
for survey, declarations in DECLARATIONS.items():
    WANTED[survey] = {}
    for slot in declarations.layout.slots:
        WANTED[survey].setdefault(slot.sheet, []).append((slot.row, slot.column))
    FORMS[survey] = {sheet: {} for sheet in WANTED[survey]}
    for (sheet, address), text in blank_form(declarations).fixed.items():
        if sheet in FORMS[survey]:
            FORMS[survey][sheet][coordinate_to_tuple(address)] = text
CASES = [(survey, sheet) for survey, sheets in FORMS.items() for sheet in sheets]
BOTH_WAYS = [
    (survey, sheet, axis)
    for survey, sheet in CASES
    for axis in (0, 1)
    if {spot[axis] for spot in WANTED[survey][sheet]} <= {spot[axis] for spot in FORMS[survey][sheet]}
]
"""Sheets with a text of the form in every row (0) or column (1) that has an answer cell."""

Grid = dict[Spot, str]
"""Texts, and in each answer cell a mark that tells which it is."""


def filled(survey: str, sheet: str) -> Grid:
    """A form's sheet in which every answer cell tells its own place."""
    return FORMS[survey][sheet] | {spot: mark(spot) for spot in WANTED[survey][sheet]}


def mark(spot: Spot) -> str:
    return f"<{spot[0]},{spot[1]}>"


def inserted(grid: Grid, axis: int, before: int, count: int = 1) -> Grid:
    """The sheet with blank rows (axis 0) or columns (axis 1) before one."""
    return {_shifted(spot, axis, count if spot[axis] >= before else 0): text for spot, text in grid.items()}


def deleted(grid: Grid, axis: int, place: int) -> Grid:
    return {
        _shifted(spot, axis, -1 if spot[axis] > place else 0): text
        for spot, text in grid.items()
        if spot[axis] != place
    }


def _shifted(spot: Spot, axis: int, by: int) -> Spot:
    return (spot[0] + by, spot[1]) if axis == 0 else (spot[0], spot[1] + by)


def swapped(grid: Grid, one: int, other: int) -> Grid:
    """The sheet with two rows exchanged, as somebody who sorts a list leaves it."""
    rows = {one: other, other: one}
    return {(rows.get(row, row), column): text for (row, column), text in grid.items()}


def found(survey: str, sheet: str, grid: Grid, *, name: str | None = None) -> Mapping[Spot, Spot | None] | None:
    """Where each answer cell is said to stand; None where the sheet is not followed."""
    sheets = {name or sheet: grid}
    aligned = align({sheet: FORMS[survey][sheet]}, {sheet: WANTED[survey][sheet]}, sheets).get(sheet)
    return aligned and {spot: aligned.spot(spot) for spot in WANTED[survey][sheet]}


def expect_right(survey: str, sheet: str, grid: Grid, *, may_lack: bool = False) -> bool:
    """Every answer cell that is found holds its own mark, or nothing where it may lack; returns whether the sheet was followed."""
    places = found(survey, sheet, grid)
    for spot, place in (places or {}).items():
        assert place is not None
        assert grid.get(place, mark(spot) if may_lack else None) == mark(spot)
    return places is not None


@pytest.mark.parametrize(("survey", "sheet"), CASES)
def test_a_sheet_as_it_was_sent_stands_where_it_stood(survey: str, sheet: str) -> None:
    assert found(survey, sheet, filled(survey, sheet)) == {spot: spot for spot in WANTED[survey][sheet]}


@pytest.mark.parametrize(("survey", "sheet", "axis"), BOTH_WAYS)
def test_one_inserted_anywhere_is_followed(survey: str, sheet: str, axis: int) -> None:
    grid = filled(survey, sheet)
    for before in range(1, max(spot[axis] for spot in grid) + 2):
        assert expect_right(survey, sheet, inserted(grid, axis, before)), before


@pytest.mark.parametrize(("survey", "sheet", "axis"), BOTH_WAYS)
def test_one_that_is_gone_is_followed_only_without_answers_in_it(survey: str, sheet: str, axis: int) -> None:
    grid = filled(survey, sheet)
    answers = {spot[axis] for spot in WANTED[survey][sheet]}
    last = max(spot[axis] for spot in FORMS[survey][sheet])
    for place in range(1, max(answers) + 1):
        is_followed = expect_right(survey, sheet, deleted(grid, axis, place), may_lack=place in answers)
        assert not is_followed or place not in answers or place == last, place


@pytest.mark.parametrize(("survey", "sheet"), CASES)
def test_exchanged_rows_are_followed_or_refused(survey: str, sheet: str) -> None:
    grid = filled(survey, sheet)
    rows = sorted({row for row, _ in WANTED[survey][sheet]})
    for one, other in pairwise(rows):
        expect_right(survey, sheet, swapped(grid, one, other))


@pytest.mark.parametrize(("survey", "sheet"), CASES)
def test_a_sheet_under_another_name_is_known_by_its_texts(survey: str, sheet: str) -> None:
    if len(set(FORMS[survey][sheet].values())) > 1:
        grid = inserted(filled(survey, sheet), 0, 3)
        assert found(survey, sheet, grid, name="Sheet1 (2)")
    assert found(survey, sheet, {(1, 1): "メモ"}, name="Sheet1 (2)") is None


def test_two_sheets_with_the_same_texts_are_neither() -> None:
    survey, sheet = CASES[0]
    grid = filled(survey, sheet)
    assert align({sheet: FORMS[survey][sheet]}, {sheet: WANTED[survey][sheet]}, {"控え": grid, "提出用": grid}) == {}


def texts_of(grid: Grid, row: int) -> dict[int, str]:
    """The form's texts in a row. Rows with the same ones, as the first of two tables, nobody can tell apart."""
    return {column: text for (there, column), text in grid.items() if there == row and not text.startswith("<")}


MOVES = st.one_of(
    st.tuples(st.just("insert"), st.integers(0, 1), st.integers(1, 60), st.integers(1, 3)),
    st.tuples(st.just("delete"), st.integers(0, 1), st.integers(1, 60), st.just(1)),
    st.tuples(st.just("swap"), st.integers(1, 60), st.integers(1, 60), st.just(1)),
    st.tuples(st.just("wipe"), st.integers(1, 60), st.integers(1, 6), st.just(1)),
    st.tuples(st.just("copy"), st.integers(1, 60), st.integers(1, 60), st.just(1)),
)


@given(case=st.sampled_from(CASES), moves=st.lists(MOVES, max_size=4))
def test_no_move_leads_to_another_answers_place(case: tuple[str, str], moves: list[tuple[str, int, int, int]]) -> None:
    grid = filled(*case)
    for kind, first, second, count in moves:
        if kind == "insert":
            grid = inserted(grid, first, second, count)
        elif kind == "delete":
            grid = deleted(grid, first, second)
        elif kind == "swap":
            if texts_of(grid, first) != texts_of(grid, second):
                grid = swapped(grid, first, second)
        elif kind == "wipe":
            grid = {spot: text for spot, text in grid.items() if spot != (first, second)}
        else:
            grid |= {(second, column): text for column, text in texts_of(grid, first).items()}
    for spot, place in (found(*case, grid) or {}).items():
        assert place is not None
        assert not grid.get(place, "").startswith("<") or grid[place] == mark(spot)
