"""Whole returns: last year's sent again, another municipality's, the same as another's."""

from __future__ import annotations

import pytest

from pipeline.macro.returns import (
    DUPLICATED,
    LEAST_OTHERS,
    STALE,
    SWAPPED,
    other_municipalities_returns,
    stale_returns,
    stale_subjects,
)
from schemas.survey import YearDeclarations
from tests.support.together import Year, judge_together, pairs_of, tables_of


def found(declared: YearDeclarations, now: Year, before: Year | None) -> list[tuple[str, str, str]]:
    suspects = other_municipalities_returns(pairs_of(declared, now, before))
    return [(suspect.rule_id, suspect.municipality_code, suspect.subject) for suspect in suspects]


def stale(declared: YearDeclarations, now: Year, before: Year) -> list[str]:
    return [suspect.municipality_code for suspect in stale_returns(pairs_of(declared, now, before))]


def test_returns_with_changes_of_their_own_do_not_stand_out(
    declared: YearDeclarations, now: Year, before: Year
) -> None:
    assert found(declared, now, before) == []
    assert stale(declared, now, before) == []


def test_last_years_return_sent_again_is_told_with_what_is_usual(
    declared: YearDeclarations, codes: list[str], now: Year, before: Year
) -> None:
    now[codes[4]] = dict(before[codes[4]])
    (suspect,) = stale_returns(pairs_of(declared, now, before))
    assert suspect.municipality_code == codes[4]
    assert "すべてが前回と同じ" in suspect.message
    assert len(suspect.doubted) == 5


def test_one_changed_answer_makes_a_return_this_years(
    declared: YearDeclarations, codes: list[str], now: Year, before: Year
) -> None:
    now[codes[4]] = {**before[codes[4]], ("office_commissioned", 1, ""): 41}
    assert stale(declared, now, before) == []


def test_where_the_others_change_nothing_either_the_same_answers_are_no_copy(
    declared: YearDeclarations, codes: list[str], before: Year
) -> None:
    now = {**before, codes[0]: {**before[codes[0]], ("office_commissioned", 1, ""): 41}}
    assert stale(declared, now, before) == []


@pytest.mark.parametrize(("count", "is_judged"), [(LEAST_OTHERS, False), (LEAST_OTHERS + 1, True)])
def test_what_is_usual_needs_other_returns(
    declared: YearDeclarations, codes: list[str], now: Year, before: Year, count: int, is_judged: bool
) -> None:
    own = codes[:count]
    some = {code: now[code] for code in own} | {own[0]: dict(before[own[0]])}
    assert stale(declared, some, before) == (own[:1] if is_judged else [])
    assert stale_subjects(pairs_of(declared, some, before)) == (set(own) if is_judged else set())


def test_exchanged_returns_are_told_of_both_with_the_other_one(
    declared: YearDeclarations, codes: list[str], now: Year, before: Year
) -> None:
    now[codes[1]], now[codes[2]] = now[codes[2]], now[codes[1]]
    assert found(declared, now, before) == [(SWAPPED, codes[1], codes[2]), (SWAPPED, codes[2], codes[1])]


def test_a_return_of_one_that_has_not_answered_yet_is_told(
    declared: YearDeclarations, codes: list[str], now: Year, before: Year
) -> None:
    now[codes[1]] = now.pop(codes[2])
    assert found(declared, now, before) == [(SWAPPED, codes[1], codes[2])]


def test_a_municipality_that_is_no_longer_on_the_roster_is_not_compared_with(
    declared: YearDeclarations, codes: list[str], now: Year, before: Year
) -> None:
    now[codes[1]] = now.pop(codes[2])
    before["999999"] = before.pop(codes[2])
    assert found(declared, now, before) == []


def test_a_copy_is_told_of_the_one_that_is_not_like_itself(
    declared: YearDeclarations, codes: list[str], now: Year, before: Year
) -> None:
    now[codes[1]] = dict(now[codes[2]])
    kinds = judge_together(declared, tables_of(declared, now, before))[0]
    assert [(row["rule_id"], row["municipality_code"]) for row in kinds] == [(DUPLICATED, codes[1])]


def test_without_last_year_equal_returns_are_told_of_both(
    declared: YearDeclarations, codes: list[str], now: Year
) -> None:
    now[codes[1]] = dict(now[codes[2]])
    assert found(declared, now, None) == [(DUPLICATED, codes[1], codes[2]), (DUPLICATED, codes[2], codes[1])]
    findings, counts = judge_together(declared, tables_of(declared, now))
    assert all(row["effect"] > 0 for row in findings)
    assert counts[DUPLICATED] == (len(now) - 2, 2, 0)
    assert {counts[rule] for rule in counts if rule != DUPLICATED} == {(0, 0, len(now))}


def test_a_new_municipality_with_anothers_answers_is_the_copy(
    declared: YearDeclarations, codes: list[str], now: Year, before: Year
) -> None:
    now[codes[1]] = dict(now[codes[2]])
    del before[codes[1]]
    assert found(declared, now, before) == [(DUPLICATED, codes[1], codes[2])]


@pytest.mark.parametrize(("others", "is_told"), [(0, True), (1, False)])
def test_one_other_answer_among_few_makes_two_returns(
    declared: YearDeclarations, codes: list[str], now: Year, others: int, is_told: bool
) -> None:
    now[codes[1]] = {
        **now[codes[2]],
        ("office_commissioned", 1, ""): now[codes[2]]["office_commissioned", 1, ""] + others,
    }
    assert bool(found(declared, now, None)) is is_told


@pytest.mark.parametrize(("count", "is_told"), [(14, False), (15, True)])
def test_returns_with_few_answers_are_like_any_other(
    declared: YearDeclarations, codes: list[str], now: Year, count: int, is_told: bool
) -> None:
    told = dict([(key, value) for key, value in now[codes[0]].items() if value is not False][:count])
    some = {codes[0]: told, codes[1]: dict(told)}
    assert bool(found(declared, some, None)) is is_told
    assert judge_together(declared, tables_of(declared, some))[1][DUPLICATED] == ((0, 2, 0) if is_told else (0, 0, 2))


def test_two_municipalities_can_be_told_to_have_exchanged_their_returns(
    declared: YearDeclarations, codes: list[str], now: Year, before: Year
) -> None:
    one, other = codes[:2]
    both, earlier = {one: now[other], other: now[one]}, {one: before[one], other: before[other]}
    findings, counts = judge_together(declared, tables_of(declared, both, earlier))
    assert {(row["rule_id"], row["municipality_code"]) for row in findings} == {(SWAPPED, one), (SWAPPED, other)}
    assert counts[STALE] == (0, 0, 2)


def test_one_municipality_alone_is_like_nobody(
    declared: YearDeclarations, codes: list[str], now: Year, before: Year
) -> None:
    alone = {codes[0]: now[codes[0]]}
    findings, counts = judge_together(declared, tables_of(declared, alone, {codes[0]: before[codes[0]]}))
    assert findings == []
    assert (counts[SWAPPED], counts[DUPLICATED]) == ((0, 0, 1), (0, 0, 1))
