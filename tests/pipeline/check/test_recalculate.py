"""Figures calculated a second time without SQL: the same to the last digit, and what differs is said."""

from __future__ import annotations

import duckdb
import polars as pl
import pytest

from pipeline.check.recalculate import RECALCULATED, Calculated, calculate_figures, judge_recalculation
from pipeline.home import Home
from pipeline.tables import load
from schemas.survey import YearDeclarations
from tests.conftest import SECOND_YEAR as YEAR


def verdicts(home: Home, declarations: YearDeclarations, sql: str = "") -> tuple[dict[str, int], list[str]]:
    if sql:
        with duckdb.connect(str(home.year_warehouse(YEAR))) as connection:
            connection.execute(sql)
    judgements = judge_recalculation(home, declarations)
    return dict(judgements.counts[RECALCULATED][2]), [f"{row.verdict} {row.subject}" for row in judgements.doubts]


def test_every_declared_figure_is_the_same_to_the_last_digit(
    ready: Home, second_declarations: YearDeclarations
) -> None:
    counts, doubts = verdicts(ready, second_declarations)
    assert counts == {"pass": len(second_declarations.figures)}
    assert doubts == []


@pytest.mark.parametrize(
    "change",
    ["value = value + 1", "value = value * 1.000000000001", "display = display || '0'", "unit = '市'"],
    ids=["value", "last digit", "display", "unit word"],
)
def test_a_figure_that_differs_in_anything_fails(
    ready: Home, second_declarations: YearDeclarations, change: str
) -> None:
    sql = f"update fct_figures set {change} where figure_id = 'plans.total'"
    assert verdicts(ready, second_declarations, sql)[1] == ["fail plans.total"]


def test_a_figure_that_was_not_built_cannot_be_verified(ready: Home, second_declarations: YearDeclarations) -> None:
    sql = "delete from fct_figures where figure_id = 'plans.total'"
    assert verdicts(ready, second_declarations, sql)[1] == ["unverifiable plans.total"]


def test_another_years_figure_is_nothing_to_compare_with(ready: Home, second_declarations: YearDeclarations) -> None:
    sql = "update fct_figures set year = year + 1"
    assert {doubt.split()[0] for doubt in verdicts(ready, second_declarations, sql)[1]} == {"unverifiable"}


def test_the_message_names_both_values(ready: Home, second_declarations: YearDeclarations) -> None:
    with duckdb.connect(str(ready.year_warehouse(YEAR))) as connection:
        connection.execute("update fct_figures set value = 999, display = '999' where figure_id = 'plans.total'")
    (doubt,) = judge_recalculation(ready, second_declarations).doubts
    second = calculate_figures(second_declarations, load(ready, YEAR, "answers"))["plans.total"]
    assert "999" in doubt.message
    assert f"{second.display}{second.unit}" in doubt.message


def test_without_answers_a_count_is_zero_and_a_ratio_has_no_value(
    ready: Home, second_declarations: YearDeclarations
) -> None:
    none: pl.DataFrame = load(ready, YEAR, "answers").clear()
    figures = calculate_figures(second_declarations, none)
    assert figures["drills.total"] == Calculated(0.0, "0", "回")
    assert figures["drills.mean"] == Calculated(None, "－", "回")
    assert figures["plans.mean"] == Calculated(0.0, "0.00", "件")
    assert figures["roster.municipalities"].value == len(second_declarations.municipalities)
