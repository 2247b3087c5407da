"""Answers one row or one column off."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest

from pipeline.macro.shifts import SHIFTED, shifted_answers, shifted_choices, shifted_columns
from schemas.survey import YearDeclarations
from tests.support.together import UNREADABLE, judge_together, keys_of, pairs_of, tables_of

OFFICES = ["office_commissioned", "office_transition", "office_settlement", "office_plan", "office_children"]
Told = list[int | str | None]


def offices(values: Told) -> dict[tuple[str, int, str], Any]:
    return {(name, 1, ""): value for name, value in zip(OFFICES, values, strict=True)}


def ticks(declared: YearDeclarations, question: str, chosen: set[int]) -> dict[tuple[str, int, str], bool]:
    keys = keys_of(declared, declared.questionnaire.questions[question])
    return {key: place in chosen for place, key in enumerate(keys)}


def shifts(declared: YearDeclarations, now: Mapping[Any, Any], before: Mapping[Any, Any]) -> list[str]:
    code = declared.municipalities[0].code
    pairs = pairs_of(declared, {code: dict(now)}, {code: dict(before)})
    return [suspect.message for find in (shifted_answers, shifted_choices, shifted_columns) for suspect in find(pairs)]


BEFORE: Told = [11, 22, 33, 44, 55]


@pytest.mark.parametrize(
    ("now", "way"),
    [
        ([None, 11, 22, 33, 44], "一つ下に"), ([22, 33, 44, 55, None], "一つ上に"), ([7, 11, 22, 33, 44], "一つ下に"),
        ([None, 11, 22, 34, 44], "一つ下に"), ([None, 11, UNREADABLE, 33, 44], "一つ下に"),
    ],
)  # fmt: skip
def test_numbers_one_row_off_are_told_with_the_way(declared: YearDeclarations, now: Told, way: str) -> None:
    (message,) = shifts(declared, offices(now), offices(BEFORE))
    assert way in message


@pytest.mark.parametrize(
    ("now", "before"),
    [
        (BEFORE, BEFORE), ([12, 22, 33, 44, 55], BEFORE), ([22, 11, 33, 44, 55], BEFORE), ([None, 11, 23, 34, 44], BEFORE),
        ([None, None, 11, 22, 33], BEFORE), ([None] * 5, BEFORE), (BEFORE, [None] * 5), ([5] * 5, [5] * 5),
        ([UNREADABLE] * 5, BEFORE), ([0] * 5, [0] * 5),
    ],
)  # fmt: skip
def test_other_numbers_are_not_taken_for_a_shift(declared: YearDeclarations, now: Told, before: Told) -> None:
    assert shifts(declared, offices(now), offices(before)) == []


@pytest.mark.parametrize(("chosen", "is_told"), [({2}, False), ({2, 4}, True), ({2, 3}, False), ({1, 3}, False)])
def test_one_tick_that_has_moved_is_another_answer_and_several_are_a_shift(
    declared: YearDeclarations, chosen: set[int], is_told: bool
) -> None:
    before = ticks(declared, "effort", {1} if len(chosen) == 1 else {1, 3})
    assert bool(shifts(declared, ticks(declared, "effort", chosen), before)) is is_told


def choices(declared: YearDeclarations, places: tuple[int, int]) -> dict[tuple[str, int, str], str]:
    names = ("plenary_vitality", "subcommittee_vitality")
    options = declared.questionnaire.questions
    return {(name, 1, ""): options[name].options[place].code for name, place in zip(names, places, strict=True)}


@pytest.mark.parametrize(
    ("now", "before", "is_told"),
    [
        ((1, 2), (0, 1), True),
        ((0, 1), (1, 2), True),
        ((1, 1), (0, 1), False),
        ((2, 3), (0, 1), False),
        ((1, 0), (0, 1), False),
    ],
)
def test_choices_that_have_all_moved_to_the_next_option_are_told(
    declared: YearDeclarations, now: tuple[int, int], before: tuple[int, int], is_told: bool
) -> None:
    assert bool(shifts(declared, choices(declared, now), choices(declared, before))) is is_told


@pytest.mark.parametrize(
    ("now", "before", "is_told"),
    [
        ((1, 1, 1), (0, 0, 0), True),
        ((0, 0, 0), (1, 1, 1), True),
        ((1, 1, 0), (0, 0, 0), False),
        ((0, 0, 0), (0, 0, 0), False),
    ],
)
def test_a_matrix_whose_ticks_all_stand_in_the_next_column_is_told(
    declared: YearDeclarations, now: tuple[int, ...], before: tuple[int, ...], is_told: bool
) -> None:
    options = [key for key in keys_of(declared, declared.questionnaire.questions["wider_area_issue"]) if "." in key[2]]
    own, earlier = ({options[2 * row + column]: True for row, column in enumerate(places)} for places in (now, before))
    assert bool(shifts(declared, own, earlier)) is is_told


def test_a_shift_needs_an_answer_of_last_year_in_each_place(declared: YearDeclarations) -> None:
    code, new = (municipality.code for municipality in declared.municipalities[:2])
    now = {code: offices([None, 11, 22, 33, 44]), new: offices([None, 11, 22, 33, 44])}
    findings, counts = judge_together(declared, tables_of(declared, now, {code: offices(BEFORE)}))
    assert [(row["rule_id"], row["municipality_code"]) for row in findings] == [(SHIFTED, code)]
    assert counts[SHIFTED] == (0, 1, 1)
