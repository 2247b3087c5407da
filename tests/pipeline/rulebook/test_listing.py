"""Every rule of every owner is listed, in words and in logic, with its counts and what tests it."""

from __future__ import annotations

import pytest

from pipeline.home import PROJECT_ROOT, Home
from pipeline.rulebook.examined import examine_year
from pipeline.rulebook.listing import TESTS, list_rules, years_failed
from pipeline.rulebook.logic import rule_logic
from pipeline.tables import frame, load, save
from schemas.errors import InputError
from schemas.survey import Survey, YearDeclarations
from tests.conftest import DEMO_YEAR, SECOND_YEAR

LOGIC = {
    "establishment-total": "#establishment=single + #establishment=joint + #establishment=single_and_joint"
    " + #establishment=not_established = #municipalities",
    "joint-has-joint-council": "establishment ∈ {joint, single_and_joint} → #councils(council_kind = joint) ≥ 1",
    "subcommittees-are-listed": "#subcommittees = subcommittee_count",
    "operation-agrees": "member.operation = secretariat.operation",
    "base-functions-are-named": "support_base_state ∈ {in_place} → none ∉ support_base_function",
    "base-is-planned-ahead": "support_base_planned_date ≥ reference_date",
    "plan-offices-change": "|office_plan − previous| ≤ max(5, 0.5 × previous)",
}


@pytest.mark.parametrize("rule_id", LOGIC)
def test_a_declared_rule_is_told_as_a_formula(rule_id: str) -> None:
    rules = {rule.id: rule for rule in Survey(PROJECT_ROOT).load_year(DEMO_YEAR).rules}
    assert rule_logic(rules[rule_id]) == LOGIC[rule_id]


def test_every_rule_that_judged_is_listed_once_with_its_counts(
    finished_home: Home, second_survey: Survey, second_declarations: YearDeclarations
) -> None:
    lines = {line.rule_id: line for line in list_rules(finished_home, second_survey, second_declarations)}
    own, gate = (load(finished_home, SECOND_YEAR, name) for name in ("rule_outcomes", "gate_rule_outcomes"))
    assert set(lines) == {*own["rule_id"], *gate["rule_id"]}
    assert len(lines) == own.height + gate.height
    counts = dict(own.select("rule_id", "pass_count").iter_rows())
    assert lines["range.plan_count"].pass_count == counts["range.plan_count"]


def test_what_a_question_implies_is_told_with_its_bounds_and_routing(
    finished_home: Home, second_survey: Survey, second_declarations: YearDeclarations
) -> None:
    lines = {line.rule_id: line for line in list_rules(finished_home, second_survey, second_declarations)}
    assert lines["range.plan_count"].logic == "0 ≤ plan_count ≤ 99999"
    assert lines["answered.plan_count"].logic == "plan_state ∈ {complete, partial} → answered(plan_count)"
    assert lines["answered.plan_state"].logic == "true → answered(plan_state)"
    assert lines["drills-agree"].source == f"schemas/rules/{SECOND_YEAR}.yaml"
    assert (lines["drills-agree"].since, lines["range.plan_count"].since, lines["return.missing"].since) == (
        SECOND_YEAR, SECOND_YEAR, None,
    )  # fmt: skip
    assert lines["drills-agree"].level == 2


def test_what_tests_a_rule_is_there() -> None:
    assert [path for path in TESTS.values() if not (PROJECT_ROOT / path).is_file()] == []


def test_the_years_in_which_a_rule_found_something_are_told(home: Home, two_years: Survey) -> None:
    for year, fails in zip(two_years.years, (1, 0), strict=True):
        outcomes = [
            (year, "a.rule", "pandera", "error", "", 3, fails, 0),
            (year, "b.rule", "pandera", "error", "", 4, 0, 1),
        ]
        save(home, year, {"rule_outcomes": frame("rule_outcomes", outcomes)})
    assert years_failed(home, two_years) == {"a.rule": (two_years.years[0],)}


def test_a_year_that_was_not_run_has_no_list(
    home: Home, second_survey: Survey, second_declarations: YearDeclarations
) -> None:
    with pytest.raises(InputError, match="year-not-run"):
        list_rules(home, second_survey, second_declarations)
    with pytest.raises(InputError, match="year-not-run"):
        examine_year(home, second_survey, SECOND_YEAR)
