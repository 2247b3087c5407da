"""Every declared rule and relation is judged on its own four cases, by the engines that judge the data."""

from __future__ import annotations

from typing import Any

import pandas as pd
import polars as pl
import pytest

from pipeline.check.relations import judge_relations
from pipeline.home import PROJECT_ROOT
from schemas.pandera_schemas import judge, rule_expression
from schemas.relations import Relation
from schemas.rules import Rule
from schemas.survey import Survey, YearDeclarations
from tests.support.relation_examples import example_row

SURVEYS = [Survey(PROJECT_ROOT), Survey(PROJECT_ROOT / "tests" / "second_survey")]
DECLARED = [survey.load_year(survey.years[-1]) for survey in SURVEYS]
RULES = [(declarations, rule) for declarations in DECLARED for rule in declarations.rules]
COLUMNS = ["relation_id", "row_no", "left_value", "right_value", "lower_bound", "upper_bound"]


def _frame(case: dict[str, Any]) -> pl.DataFrame:
    columns = {}
    for name, value in case.items():
        dtype = pl.List(pl.String) if name.endswith("_function") else None
        if value is None and dtype is None:
            dtype = pl.String if name in ("member", "secretariat", "establishment") else pl.Int64
        columns[name] = pl.Series(name, [value], dtype=dtype)
    return pl.DataFrame(columns)


@pytest.mark.parametrize("case", ["pass", "fail", "boundary", "unverifiable"])
@pytest.mark.parametrize(("declarations", "rule"), RULES, ids=[rule.id for _, rule in RULES])
def test_a_rule_judges_its_cases_as_it_says(declarations: YearDeclarations, rule: Rule, case: str) -> None:
    values, expected = rule.examples.cases()[case]
    (verdict,) = judge(_frame(values), {rule.id: rule_expression(rule)}, name=rule.id)[rule.id]
    assert verdict == expected


def _rows_of(declarations: YearDeclarations, relation: Relation, case: str) -> list[dict[str, Any]]:
    values, _ = relation.examples.cases()[case]
    own = [row for row in declarations.relation_rows if row.relation_id == relation.id]
    return [filled for row in own if (filled := example_row(row, values)) is not None]


@pytest.mark.parametrize("case", ["pass", "fail", "boundary", "unverifiable"])
@pytest.mark.parametrize("declarations", DECLARED, ids=[d.questionnaire.survey for d in DECLARED])
def test_relations_judge_their_cases_as_they_say(declarations: YearDeclarations, case: str) -> None:
    rows = [row for relation in declarations.relations for row in _rows_of(declarations, relation, case)]
    frame = pd.DataFrame(rows, columns=COLUMNS)
    numbers = COLUMNS[2:]
    frame[numbers] = frame[numbers].astype(float)
    verdicts = {v.relation.id: v.verdict for v in judge_relations(frame, declarations.relations)}
    expected = {relation.id: relation.examples.cases()[case][1] for relation in declarations.relations}
    assert verdicts == expected


def test_a_row_without_a_bound_is_unverifiable_although_great_expectations_leaves_it_out() -> None:
    declarations = DECLARED[0]
    relation = declarations.relations[0]
    row = {"relation_id": relation.id, "row_no": 1, "left_value": 1.0, "right_value": 1.0}
    frame = pd.DataFrame([row], columns=COLUMNS).astype(dict.fromkeys(COLUMNS[2:], float))
    assert judge_relations(frame, [relation])[0].verdict == "unverifiable"


def test_a_relation_without_rows_is_unverifiable_although_great_expectations_passes_on_nothing() -> None:
    declarations = DECLARED[0]
    empty = pd.DataFrame({name: pd.Series(dtype=float if name != "relation_id" else object) for name in COLUMNS})
    verdicts = judge_relations(empty, declarations.relations)
    assert {v.verdict for v in verdicts} == {"unverifiable"}
