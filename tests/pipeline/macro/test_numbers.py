"""Slips of the unit, and outliers after Hidiroglou and Berthelot."""

from __future__ import annotations

from statistics import median, quantiles

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.macro.numbers import (
    EFFECT_POWER,
    LEAST_COUNT,
    LEAST_SPREAD,
    LEAST_STEP,
    OUTLIER,
    UNIT,
    WIDTH,
    outlier_subjects,
    outliers,
    unit_errors,
    unit_subjects,
)
from schemas.survey import YearDeclarations
from tests.support.together import UNREADABLE, Answers, Year, judge_together, pairs_of, tables_of

COUNT = "office_commissioned"
KEY = (COUNT, 1, "")


def numbers(codes: list[str], values: list[int]) -> Year:
    """One count of each municipality, and nothing else."""
    return {code: {KEY: value} for code, value in zip(codes, values, strict=True)}


def doubted_units(declared: YearDeclarations, now: int | str | None, before: int | str | None) -> list[str]:
    code = declared.municipalities[0].code
    pairs = pairs_of(declared, {code: {KEY: now}}, {code: {KEY: before}})
    return [suspect.message for suspect in unit_errors(pairs)]


@pytest.mark.parametrize(
    ("now", "before", "words"),
    [
        (120, 12, "前回の12か所の10倍です。桁の書き誤り（10倍）"), (1200, 12, "（100倍）"), (12000, 12, "（1000倍）"),
        (12, 120, "前回の120か所の10分の1です。桁の書き誤り（10分の1）"), (130, 12, "10.8倍"), (12, 1200, "100分の1"),
    ],
)  # fmt: skip
def test_a_number_ten_a_hundred_or_a_thousand_times_last_years_is_doubted(
    declared: YearDeclarations, now: int, before: int, words: str
) -> None:
    (message,) = doubted_units(declared, now, before)
    assert words in message.replace(declared.questionnaire.questions[COUNT].unit or "", "か所")


@pytest.mark.parametrize(
    ("now", "before"),
    [
        (12, 12),
        (15, 12),
        (36, 12),
        (12, 36),
        (0, 12),
        (12, 0),
        (None, 12),
        (12, None),
        (UNREADABLE, 12),
        (12, UNREADABLE),
    ],
)
def test_another_number_a_zero_or_none_that_can_be_read_is_no_slip_of_the_unit(
    declared: YearDeclarations, now: int | str | None, before: int | str | None
) -> None:
    assert doubted_units(declared, now, before) == []


@pytest.mark.parametrize(
    ("now", "before", "is_doubted"), [(4466, 1000, False), (4467, 1000, True), (2238, 100, True), (2239, 100, False)]
)
def test_the_ratio_may_be_as_far_from_a_power_of_ten_as_one_digit_may_be_another(
    declared: YearDeclarations, now: int, before: int, is_doubted: bool
) -> None:
    """Within 0.35 of a power of ten: from 4.47 to 22.38 times."""
    assert bool(doubted_units(declared, now, before)) is is_doubted


@pytest.mark.parametrize(("now", "is_doubted"), [(1 + LEAST_STEP - 1, False), (1 + LEAST_STEP, True)])
def test_a_small_number_must_change_by_the_least_step(declared: YearDeclarations, now: int, is_doubted: bool) -> None:
    assert bool(doubted_units(declared, now, 1)) is is_doubted


def test_a_municipality_without_a_number_of_last_year_cannot_be_verified(
    declared: YearDeclarations, codes: list[str]
) -> None:
    now, before = numbers(codes[:3], [120, 30, 30]), numbers(codes[1:3], [30, 0])
    pairs = pairs_of(declared, now, before)
    assert unit_subjects(pairs) == {codes[1]}
    assert judge_together(declared, tables_of(declared, now, before))[1][UNIT] == (1, 0, 2)


def test_an_entity_that_stands_in_two_rows_is_asked_about_once(declared: YearDeclarations) -> None:
    code = declared.municipalities[0].code
    entity = declared.reference.entities_of(code, "council", declared.questionnaire.reference_date)[0].entity_id
    meetings = "plenary_meeting_count"
    now, before = ({code: {(meetings, 1, ""): n, (meetings, 2, ""): n}} for n in (50, 5))
    pairs = pairs_of(declared, now, before, rows={code: {"councils": [entity, entity]}})
    assert [suspect.subject for suspect in unit_errors(pairs)] == [f"{meetings}:{entity}"]


def textbook(now: list[int], before: list[int]) -> set[int]:
    """Places of the outliers, calculated as in the paper, one added to every number."""
    ratios = [(a + 1) / (b + 1) for a, b in zip(now, before, strict=True)]
    middle = median(ratios)
    symmetric = [1 - middle / r if r < middle else r / middle - 1 for r in ratios]
    scores = [s * max(a + 1, b + 1) ** EFFECT_POWER for s, a, b in zip(symmetric, now, before, strict=True)]
    first, second, third = quantiles(scores, n=4, method="inclusive")
    least = max(LEAST_SPREAD, LEAST_SPREAD * abs(second))
    low, high = second - WIDTH * max(second - first, least), second + WIDTH * max(third - second, least)
    return {
        place for place, score in enumerate(scores)
        if (score < low or score > high) and abs(now[place] - before[place]) >= LEAST_STEP
    }  # fmt: skip


CHANGES = st.lists(st.tuples(st.integers(0, 60), st.integers(-3, 3) | st.integers(-60, 900)), min_size=10, max_size=20)


@settings(max_examples=60)
@given(changes=CHANGES)
def test_outliers_are_those_of_the_paper(
    declared: YearDeclarations, codes: list[str], changes: list[tuple[int, int]]
) -> None:
    before = [number for number, _ in changes]
    now = [max(0, number + change) for number, change in changes]
    own = codes[: len(changes)]
    pairs = pairs_of(declared, numbers(own, now), numbers(own, before))
    assert [s.municipality_code for s in outliers(pairs)] == [own[place] for place in sorted(textbook(now, before))]


STEADY = [20, 30, 25, 40, 22, 35, 28, 31, 26, 33]


def test_one_change_among_steady_numbers_stands_out_and_says_from_what_to_what(
    declared: YearDeclarations, codes: list[str]
) -> None:
    now = [85, *STEADY[1:]]
    (suspect,) = outliers(pairs_of(declared, numbers(codes[:10], now), numbers(codes[:10], STEADY)))
    assert (suspect.municipality_code, suspect.doubted[0].expected) == (codes[0], "20")
    assert "前回の20" in suspect.message
    assert "から85" in suspect.message


def test_a_change_that_all_share_does_not_stand_out(declared: YearDeclarations, codes: list[str]) -> None:
    doubled = [2 * number + 1 for number in STEADY]
    assert list(outliers(pairs_of(declared, numbers(codes[:10], doubled), numbers(codes[:10], STEADY)))) == []


@pytest.mark.parametrize(("count", "is_judged"), [(LEAST_COUNT - 1, False), (LEAST_COUNT, True)])
def test_a_question_needs_ten_pairs_for_a_distribution(
    declared: YearDeclarations, codes: list[str], count: int, is_judged: bool
) -> None:
    own = codes[:count]
    now, before = numbers(own, [85, *STEADY[1:count]]), numbers(own, STEADY[:count])
    assert bool(list(outliers(pairs_of(declared, now, before)))) is is_judged
    passed, failed, unknown = judge_together(declared, tables_of(declared, now, before))[1][OUTLIER]
    assert (passed, failed, unknown) == ((count - 1, 1, 0) if is_judged else (0, 0, count))


def test_one_number_without_one_of_last_year_leaves_the_others_their_distribution(
    declared: YearDeclarations, codes: list[str]
) -> None:
    now: Year = numbers(codes[:11], [85, *STEADY[1:], 900])
    before = {**numbers(codes[:10], STEADY), codes[10]: Answers()}
    pairs = pairs_of(declared, now, before)
    assert [s.municipality_code for s in outliers(pairs)] == codes[:1]
    assert outlier_subjects(pairs) == set(codes[:10])


def test_a_zero_has_a_ratio_too(declared: YearDeclarations, codes: list[str]) -> None:
    now, before = [0, *STEADY[1:]], [500, *STEADY[1:]]
    (suspect,) = outliers(pairs_of(declared, numbers(codes[:10], now), numbers(codes[:10], before)))
    assert suspect.doubted[0].expected == "500"
