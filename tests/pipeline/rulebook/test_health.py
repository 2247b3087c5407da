"""Rules that contradict one another, follow from others or can never find anything are told; sound ones are not."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import polars as pl
import pytest

from pipeline.home import Home
from pipeline.rulebook.examined import examine_year
from pipeline.rulebook.health import examine, uncovered_questions
from pipeline.tables import load
from pipeline.validate.validate import load_tables
from schemas.rules import Rule
from schemas.survey import Survey, YearDeclarations
from tests.conftest import SECOND_YEAR

EXAMPLES: dict[str, Any] = {"pass": {}, "fail": {}, "boundary": {}, "boundary_is": "pass", "unverifiable": {}}
MADE = [{"question": "plan_state", "in": ["complete"]}]


def rule(name: str, **more: Any) -> Rule:
    return Rule.model_validate(
        {"id": name, "kind": "compare", "statement": name, "message": "", "examples": EXAMPLES, **more}
    )


def with_rules(declarations: YearDeclarations, *rules: Rule) -> YearDeclarations:
    return replace(declarations, rules=(*declarations.rules, *rules))


AT_LEAST_FIVE = rule("at-least-five", when=MADE, left="plan_count", operator=">=", right={"constant": 5})
THE_SAME = rule("the-same", when=MADE, left="plan_count", operator=">=", right={"constant": 5})
AT_MOST_THREE = rule("at-most-three", when=MADE, left="plan_count", operator="<=", right={"constant": 3})
AT_MOST_FIVE = rule("at-most-five", when=MADE, left="plan_count", operator="<=", right={"constant": 5})
AT_LEAST_FOUR = rule("at-least-four", when=MADE, left="plan_count", operator=">=", right={"constant": 4})
NO_LESS_THAN_NOTHING = rule("no-less-than-nothing", left="plan_count", operator=">=", right={"constant": 0})


def test_the_rules_of_the_survey_are_sound(finished_home: Home, second_declarations: YearDeclarations) -> None:
    found = examine(load_tables(finished_home, SECOND_YEAR), second_declarations)
    assert (found.never, found.dead) == (frozenset(), {})
    assert "drills-agree" not in found.implied
    assert found.unknown == frozenset()


def test_rules_that_contradict_one_another_are_named_with_the_option_that_nobody_can_choose(
    finished_home: Home, second_declarations: YearDeclarations
) -> None:
    tables = load_tables(finished_home, SECOND_YEAR)
    found = examine(tables, with_rules(second_declarations, AT_LEAST_FIVE, AT_MOST_THREE))
    assert set(found.dead) == {"plan_state.complete"}
    assert {"at-least-five", "at-most-three"} <= set(found.dead["plan_state.complete"])
    # At the bound one number is left.
    assert examine(tables, with_rules(second_declarations, AT_LEAST_FIVE, AT_MOST_FIVE)).dead == {}


def test_rules_that_no_number_and_no_table_meets_are_told_with_the_question_that_nobody_can_answer(
    finished_home: Home, second_declarations: YearDeclarations
) -> None:
    tables = load_tables(finished_home, SECOND_YEAR)
    of_rows = {"grain": "network", "left": "drill_count", "right": {"constant": 3}}
    many, few = (rule(name, operator=op, **of_rows) for name, op in (("many", ">="), ("few", "<=")))
    assert examine(tables, with_rules(second_declarations, many, few)).dead == {}
    fewer = rule("few", operator="<=", **{**of_rows, "right": {"constant": 2}})
    found = examine(tables, with_rules(second_declarations, many, fewer))
    assert found.dead["drill_count"] == ["few", "many"]
    rows = rule("rows", left={"rows": "networks"}, operator=">=", right={"constant": 4})
    assert examine(tables, with_rules(second_declarations, rows)).dead["network"] == ["rows"]


@pytest.mark.parametrize(
    ("others", "implied"),
    [
        ((AT_LEAST_FIVE, AT_LEAST_FOUR), {"at-least-four": {"at-least-five"}}),
        ((AT_LEAST_FOUR,), {}),
        ((AT_LEAST_FIVE, THE_SAME), {"at-least-five": {"the-same"}, "the-same": {"at-least-five"}}),
    ],
    ids=["weaker", "alone", "twice"],
)  # fmt: skip
def test_a_rule_that_others_imply_is_told(
    finished_home: Home, second_declarations: YearDeclarations, others: tuple[Rule, ...], implied: dict[str, set[str]]
) -> None:
    found = examine(load_tables(finished_home, SECOND_YEAR), with_rules(second_declarations, *others))
    assert found.implied.keys() & {other.id for other in others} == implied.keys()
    for name, by in implied.items():
        assert set(found.implied[name]) == by


def test_a_warning_follows_from_warnings_and_an_error_from_errors_alone(
    finished_home: Home, second_declarations: YearDeclarations
) -> None:
    tables = load_tables(finished_home, SECOND_YEAR)
    strong, weak = (one.model_copy(update={"severity": "warning"}) for one in (AT_LEAST_FIVE, AT_LEAST_FOUR))
    found = examine(tables, with_rules(second_declarations, strong, weak))
    assert found.implied.get("at-least-four") == ["at-least-five"]
    found = examine(tables, with_rules(second_declarations, strong, AT_LEAST_FOUR))
    assert "at-least-four" not in found.implied
    against = AT_MOST_THREE.model_copy(update={"severity": "warning"})
    assert examine(tables, with_rules(second_declarations, AT_LEAST_FIVE, against)).dead == {}


def test_a_rule_that_no_answer_can_break_is_told(finished_home: Home, second_declarations: YearDeclarations) -> None:
    found = examine(
        load_tables(finished_home, SECOND_YEAR), with_rules(second_declarations, NO_LESS_THAN_NOTHING, AT_LEAST_FOUR)
    )
    assert "no-less-than-nothing" in found.never
    assert "at-least-four" not in found.never


SAME = rule("same", left="plan_count", operator="=", right="plan_count")
ITSELF = rule("itself", kind="implies", when=MADE, then=MADE)


@pytest.mark.parametrize("tautology", [SAME, ITSELF], ids=["number", "choice"])
def test_a_rule_that_says_what_it_asks_can_never_find_anything(
    finished_home: Home, second_declarations: YearDeclarations, tautology: Rule
) -> None:
    found = examine(load_tables(finished_home, SECOND_YEAR), with_rules(second_declarations, tautology))
    assert tautology.id in found.never
    assert tautology.id not in found.unknown


def test_without_returns_nothing_is_examined(home: Home, second_declarations: YearDeclarations) -> None:
    found = examine(load_tables(home, SECOND_YEAR), second_declarations)
    assert found.unknown == {rule.id for rule in second_declarations.rules}
    assert (found.never, found.implied, found.dead) == (frozenset(), {}, {})


def test_a_question_that_no_rule_and_no_figure_reads_is_told(
    finished_home: Home, second_declarations: YearDeclarations
) -> None:
    outcomes = load(finished_home, SECOND_YEAR, "rule_outcomes")
    assert "plan_count" not in uncovered_questions(second_declarations, outcomes)
    without = replace(second_declarations, rules=(), figures={})
    plain = outcomes.filter(pl.col("rule_id").str.starts_with("type.") | pl.col("rule_id").str.starts_with("answered."))
    assert uncovered_questions(without, plain) == ["plan_state", "plan_count", "measure", "network", "drill_count"]


def test_the_health_of_a_year_is_told_by_kind_of_fault(finished_home: Home, second_survey: Survey) -> None:
    found = examine_year(finished_home, second_survey, SECOND_YEAR)
    assert set(found) == {
        "contradicting", "implied", "can_never_fire", "never_seen_to_fire", "not_examined", "questions_without_rule",
    }  # fmt: skip
    assert "range.plan_count" in found["never_seen_to_fire"]
