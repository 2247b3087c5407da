"""What was confirmed in one year and what of it is asked in the next, whose form has other cells."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from typing import Any

import pytest

from pipeline.chase.standing import standings
from pipeline.home import Home
from pipeline.run import open_run, run_year
from pipeline.warehouse.dbt import target_folder
from schemas.survey import Survey
from tests.support.queries import CONFIRM, COUNT, NO_MEASURE, RANGE, WARNED, Year, shown
from tests.support.two_years import FIRST, SECOND, make_two_years

MORE_OPTIONS = """sections:
  - id: plans
    blocks:
      - id: plan_answers
        questions:
          - id: plan_state
            options:
              - {code: complete, label: {ja: 全員分を作成, en: for everyone}}
              - {code: partial, label: {ja: 一部を作成, en: for some}}
              - {code: planned, label: {ja: 作成を予定, en: planned}}
              - {code: not_started, label: {ja: 未作成, en: not started}}
"""
NETWORK = "高梁川流域連携〔network-takahashigawa〕"


@pytest.fixture(scope="module")
def moved_survey(second_survey: Survey, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Survey]:
    """The second survey with a second year in whose form the cells below the first question have moved."""
    survey = make_two_years(second_survey, tmp_path_factory.mktemp("moved") / "survey")
    path = survey.root / "schemas" / "questionnaires" / f"{SECOND}.yaml"
    path.write_text(path.read_text(encoding="utf-8") + MORE_OPTIONS, encoding="utf-8")
    yield survey
    shutil.rmtree(target_folder(survey), ignore_errors=True)


@pytest.fixture
def first(home: Home, moved_survey: Survey) -> Year:
    """A first year in which one municipality confirmed a blank, and a person accepted a number out of range."""
    year = Year(home, moved_survey.load_year(FIRST))
    year.returns({WARNED: NO_MEASURE, RANGE: {COUNT: 100000}})
    year.issue()
    year.reply(WARNED, [(CONFIRM, None, "実施していない")] * 5, day=None)
    year.run()
    year.accept(f"{RANGE}-1")
    year.issue()
    assert {row["outcome"] for row in year.queries().values()} == {"confirmed"}
    return year


def next_year(first: Year, survey: Survey, edits: dict[str, dict[tuple[str, int, str | None], Any]]) -> Year:
    second = Year(first.home, survey.load_year(SECOND), first.moment)
    second.returns(edits)
    return second


def test_the_cells_of_the_next_years_form_have_moved(moved_survey: Survey) -> None:
    places = [{s.question_id: s.address for s in moved_survey.load_year(year).layout.slots} for year in (FIRST, SECOND)]
    assert places[0]["plan_count"] != places[1]["plan_count"]


def test_a_confirmed_answer_is_not_asked_again_next_year(first: Year, moved_survey: Survey) -> None:
    second = next_year(first, moved_survey, {WARNED: NO_MEASURE, RANGE: {COUNT: "１０００００"}})
    assert second.issue() == []
    assert second.queries() == {}


def test_it_is_asked_again_next_year_when_the_answer_changed(first: Year, moved_survey: Survey) -> None:
    second = next_year(first, moved_survey, {WARNED: NO_MEASURE, RANGE: {COUNT: 100001}})
    assert second.issue() == [RANGE]
    (row,) = shown(second.sheet(RANGE))
    assert (row[4], row[5]) == ("100001", "100000")


def test_a_year_in_which_it_was_not_asked_forgets_nothing(first: Year, moved_survey: Survey) -> None:
    """The confirmation is of a year before the year before."""
    path = first.home.query_history(FIRST)
    path.rename(path.with_name(f"{FIRST - 1}.jsonl"))
    second = next_year(first, moved_survey, {RANGE: {COUNT: 100000}})
    assert second.issue() == []


def test_another_municipalitys_same_answer_is_asked(first: Year, moved_survey: Survey) -> None:
    second = next_year(first, moved_survey, {"332020": {COUNT: 100000}})
    assert second.issue() == ["332020"]


def test_a_confirmed_answer_about_an_entity_is_known_in_another_row(home: Home, moved_survey: Survey) -> None:
    code = "332054"
    year = Year(home, moved_survey.load_year(FIRST))
    year.returns({code: {("drill_count", 1, None): 100}})
    year.issue()
    for query in year.queries().values():
        if query["municipality_code"] == code:
            year.accept(query["query_id"])
    row = {("network", 1, None): None, ("drill_count", 1, None): None, ("network", 2, None): NETWORK}
    second = next_year(year, moved_survey, {code: {**row, ("drill_count", 2, None): 100}})
    asked = [finding for query in second.queries().values() for finding in query["findings"]]
    second.issue()
    assert not [finding for finding in asked if finding.startswith("range.")]
    assert code not in second.issue()


def test_a_municipality_whose_warnings_are_confirmed_is_agreed(first: Year, moved_survey: Survey) -> None:
    second = next_year(first, moved_survey, {WARNED: NO_MEASURE})
    states = {
        one.municipality.code: one for one in standings(first.home, second.declarations, today=second.clock().date())
    }
    assert (states[WARNED].state, states[WARNED].counts["warning"]) == ("agreed", 0)
    second.send(WARNED, {**NO_MEASURE, ("measure", 1, "drill"): "×"})
    second.run()
    states = {
        one.municipality.code: one for one in standings(first.home, second.declarations, today=second.clock().date())
    }
    assert states[WARNED].state == "agreed"


def test_a_waiver_that_accepting_wrote_lets_the_gate_pass(home: Home, second_survey: Survey) -> None:
    year = Year(home, second_survey.load_year(FIRST))
    year.returns({RANGE: {COUNT: 100000}})
    year.issue()
    assert run_year(open_run(home, second_survey, FIRST, clock=year.clock))["verdict"] == "refused"
    year.accept(f"{RANGE}-1")
    gate = run_year(open_run(home, second_survey, FIRST, clock=year.clock))
    assert gate["verdict"] == "passed"
    assert gate["waived"] == {f"range.plan_count:{RANGE}": f"query-{RANGE}-1-1"}
    assert year.issue() == []
    assert year.query(f"{RANGE}-1") == ("closed", "confirmed")
