"""What the gate counts as judged, and whose failures it looks at."""

from __future__ import annotations

import duckdb

from pipeline.check import gate
from pipeline.check.judge import judge_figures
from pipeline.home import Home
from pipeline.run import open_run
from pipeline.tables import save
from schemas.survey import Survey, YearDeclarations
from tests.conftest import SECOND_YEAR as YEAR


def decided(home: Home, survey: Survey, declarations: YearDeclarations, *sql: str) -> dict[str, object]:
    with duckdb.connect(str(home.year_warehouse(YEAR))) as connection:
        for statement in sql:
            connection.execute(statement)
    save(home, YEAR, judge_figures(home, survey, declarations, []))
    run = open_run(home, survey, YEAR)
    return gate.decide(home, survey, declarations, {}, clock=run.clock)


def test_as_many_relations_are_judged_as_are_declared(
    ready: Home, second_survey: Survey, second_declarations: YearDeclarations
) -> None:
    manifest = decided(ready, second_survey, second_declarations)
    assert manifest["verdict"] == "passed"
    assert manifest["relations_judged"] == manifest["relations_declared"] == len(second_declarations.relations)


def test_a_relation_of_which_one_row_is_gone_is_not_judged(
    ready: Home, second_survey: Survey, second_declarations: YearDeclarations
) -> None:
    manifest = decided(
        ready, second_survey, second_declarations,
        "delete from fct_relation_rows where relation_id = 'plan-state-partition' and row_no = 2",
    )  # fmt: skip
    assert manifest["blocking"] == []
    assert manifest["verdict"] == "refused"
    assert manifest["relations_judged"] == len(second_declarations.relations) - 1


def test_a_relation_whose_terms_are_unknown_is_judged_and_unverifiable(
    ready: Home, second_survey: Survey, second_declarations: YearDeclarations
) -> None:
    manifest = decided(
        ready, second_survey, second_declarations,
        "update fct_relation_rows set left_value = null where relation_id = 'drills-mean'",
    )  # fmt: skip
    assert manifest["relations_judged"] == len(second_declarations.relations)
    assert manifest["relations_unverifiable"] == 1
    assert manifest["verdict"] == "refused"
