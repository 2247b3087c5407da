"""One survey, from returned workbooks to figures, findings and trace, through every stage for real."""

from __future__ import annotations

from collections import Counter

import duckdb
import pytest

from pipeline.audit.listing import list_figures, list_findings, list_status
from pipeline.audit.trace import trace_figure
from pipeline.check.gate import read_gate
from pipeline.home import Home
from pipeline.run import open_run, run_year
from schemas.errors import UsageError
from schemas.survey import Survey, YearDeclarations
from tests.conftest import SECOND_YEAR
from tests.support.judging import put_returns
from tests.support.workbooks import DRILLS, STATES

KIND_ORDER = "市町村"


def expected_state_counts(declarations: YearDeclarations) -> tuple[Counter[str], dict[str, str]]:
    """Counts and unit words, calculated here from the rule that filled the forms."""
    counts: Counter[str] = Counter()
    kinds: dict[str, set[str]] = {state: set() for state in STATES}
    for municipality in declarations.municipalities:
        state = STATES[int(municipality.code[2:5]) % 3]
        counts[state] += 1
        kinds[state].add(municipality.kind)
    return counts, {state: "".join(k for k in KIND_ORDER if k in kinds[state]) for state in STATES}


def test_figures_are_counts_of_the_answers_with_their_unit_words(
    finished_home: Home, second_declarations: YearDeclarations
) -> None:
    figures = {row["figure_id"]: row for row in list_figures(finished_home, SECOND_YEAR)}
    counts, words = expected_state_counts(second_declarations)
    for state in STATES:
        assert figures[f"plan_state.{state}"]["value"] == counts[state]
        assert figures[f"plan_state.{state}"]["unit"] == words[state]
    assert figures["roster.municipalities"]["value"] == 27
    asked = counts["complete"] + counts["partial"]
    assert figures["plans.total"]["value"] == 12 * asked
    assert figures["plans.mean"]["display"] == f"{12 * asked / 27:.2f}"


def test_a_shared_entity_is_counted_once_and_a_zero_is_counted(finished_home: Home) -> None:
    figures = {row["figure_id"]: row for row in list_figures(finished_home, SECOND_YEAR)}
    assert figures["network.all"]["value"] == len(DRILLS)
    assert figures["participation.all"]["value"] == 19
    assert figures["drills.total"]["value"] == sum(DRILLS.values())
    assert figures["drills.mean"]["display"] == "1.7"


def test_clean_returns_have_no_finding_and_pass_the_gate(finished_home: Home) -> None:
    assert list_findings(finished_home, SECOND_YEAR) == []
    gate = read_gate(finished_home, SECOND_YEAR)
    assert gate is not None
    assert gate["verdict"] == "passed"
    assert gate["relations_judged"] == gate["relations_declared"] == 2


def test_every_municipality_has_a_state(finished_home: Home, second_declarations: YearDeclarations) -> None:
    rows = list_status(finished_home, second_declarations)
    assert [row["state"] for row in rows] == ["agreed"] * 27


@pytest.mark.parametrize("figure_id", ["plan_state.partial", "plans.mean", "measure_ranking", "drills.total"])
def test_a_trace_recomputes_its_figure(
    finished_home: Home, second_declarations: YearDeclarations, figure_id: str
) -> None:
    trace = trace_figure(finished_home.warehouse, second_declarations, figure_id)
    assert trace.recomputed == pytest.approx(trace.raw_value)


def test_a_trace_lists_who_is_counted_and_who_is_not_with_the_text_as_written(
    finished_home: Home, second_declarations: YearDeclarations
) -> None:
    trace = trace_figure(finished_home.warehouse, second_declarations, "plans.total")
    assert len(trace.entities) == 27
    reasons = Counter(entity.reason for entity in trace.entities)
    counts, _ = expected_state_counts(second_declarations)
    assert reasons == {"counted": counts["complete"] + counts["partial"], "not_asked": counts["not_started"]}
    texts = {cell.text for entity in trace.entities if entity.is_counted for cell in entity.cells}
    assert texts == {"１２件", "12"} or texts == {"１２件", "12", " 12 "}


def test_an_unknown_figure_names_its_neighbours(finished_home: Home, second_declarations: YearDeclarations) -> None:
    with pytest.raises(UsageError, match=r"plans\.total"):
        trace_figure(finished_home.warehouse, second_declarations, "plans.totl")


def test_nothing_is_executed_again_when_nothing_changed(finished_home: Home, second_survey: Survey) -> None:
    again = open_run(finished_home, second_survey, SECOND_YEAR)
    run_year(again)
    assert again.executed == []


def test_the_surveys_own_mart_is_built(finished_home: Home) -> None:
    with duckdb.connect(str(finished_home.warehouse), read_only=True) as connection:
        rows = connection.execute("select count(*), count(plan_state) from mart_plans").fetchone()
    assert rows == (27, 27)


@pytest.mark.parametrize(("chosen", "shown"), [("visits", "「戸別訪問」"), ("none", "なし")])
def test_what_nobody_chose_is_in_no_ranking_and_blocks_no_release(
    home: Home, second_survey: Survey, second_declarations: YearDeclarations, chosen: str, shown: str
) -> None:
    options = ("training", "drill", "visits", "other", "none")
    ticks = {("measure", 1, option): "○" if option == chosen else None for option in options}
    edits = {m.code: {**ticks, ("measure_other_text", 1, None): None} for m in second_declarations.municipalities}
    put_returns(home, second_declarations, edits)
    gate = run_year(open_run(home, second_survey, SECOND_YEAR))
    assert gate["verdict"] == "passed"
    ranking = next(row for row in list_figures(home, SECOND_YEAR) if row["figure_id"] == "measure_ranking")
    assert (ranking["value"], ranking["display"]) == (int(chosen == "visits"), shown)
    trace = trace_figure(home.warehouse, second_declarations, "measure_ranking")
    assert trace.recomputed_formatted_value == shown
