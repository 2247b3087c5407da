"""Two years in one home: each is judged and released for itself, and compared with what was released before."""

from __future__ import annotations

import hashlib
import json
import shutil
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import duckdb
import pytest

from pipeline.audit.listing import list_findings
from pipeline.audit.rebuild import rebuild_release
from pipeline.audit.trace import Trace, trace_figure
from pipeline.collect.collect import collect
from pipeline.home import Home
from pipeline.publish.release import release_year
from pipeline.run import open_run, run_year
from pipeline.tables import load
from schemas.errors import GateRefusedError
from schemas.survey import Survey
from tests.conftest import FIXED_NOW
from tests.support.two_years import CHANGE, FIRST, NEW_CHANGE, NOT_NULL, SECOND, send

CITY = "331007"
COUNT = ("plan_count", 1, None)
NO_STATE = {("plan_state", 1, state): None for state in ("complete", "partial", "not_started")} | {COUNT: None}


@dataclass
class Moment:
    """One year's last gate at some moment, and what it says."""

    gate: dict[str, Any]
    findings: dict[str, dict[str, Any]]
    outcomes: dict[str, dict[str, Any]]
    compared: tuple[float | None, ...]


@dataclass
class Story:
    """What happened to the home, in order."""

    home: Home
    survey: Survey
    moments: dict[str, Moment] = field(default_factory=dict)
    refusals: dict[str, str] = field(default_factory=dict)
    traces: dict[str, Trace] = field(default_factory=dict)
    releases: list[Path] = field(default_factory=list)
    bytes_of_first_release: dict[str, bytes] = field(default_factory=dict)

    def run(self, name: str, year: int) -> None:
        gate = run_year(open_run(self.home, self.survey, year))
        with duckdb.connect(str(self.home.warehouse), read_only=True) as connection:
            sql = "select left_value, right_value from fct_relation_rows where year = ? and relation_id = ?"
            compared = connection.execute(sql, [year, CHANGE]).fetchone() or ()
        self.moments[name] = Moment(
            gate,
            {row["finding_id"]: row for row in list_findings(self.home, year)},
            {row["rule_id"]: row for row in load(self.home, year, "gate_rule_outcomes").to_dicts()},
            compared,
        )

    def release(self, year: int) -> None:
        self.releases.append(release_year(self.home, self.survey, year, by="試験係"))

    def refuse(self, name: str, year: int) -> None:
        with pytest.raises(GateRefusedError) as raised:
            release_year(self.home, self.survey, year, by="試験係")
        self.refusals[name] = str(raised.value)


def contents(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


@pytest.fixture(scope="module")
def story(tmp_path_factory: pytest.TempPathFactory, two_years: Survey) -> Iterator[Story]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("KYOGIKAI_NOW", FIXED_NOW)
        story = Story(Home(tmp_path_factory.mktemp("two-years") / "home"), two_years)
        home, survey = story.home, story.survey
        send(home, survey, FIRST, {})
        story.run("first year", FIRST)
        send(home, survey, SECOND, {})
        story.run("second year, first year not released", SECOND)
        story.release(FIRST)
        story.bytes_of_first_release = contents(story.releases[0])
        send(home, survey, FIRST, {CITY: {COUNT: 500}})
        collect(home, survey.load_year(FIRST))
        story.refuse("first year, a newer return came", FIRST)
        story.run("first year corrected", FIRST)
        story.traces["corrected"] = trace_figure(home.warehouse, survey.load_year(FIRST), "plans.total")
        story.run("second year, first year released", SECOND)
        story.release(FIRST)
        story.refuse("second year, first year released again", SECOND)
        send(home, survey, SECOND, {CITY: NO_STATE})
        story.run("second year, a state missing", SECOND)
        send(home, survey, FIRST, {CITY: {COUNT: 501}})
        story.run("first year beside a second year in disorder", FIRST)
        yield story


# Change against the year before


def test_a_year_that_was_run_but_not_released_is_nothing_to_compare_with(story: Story) -> None:
    moment = story.moments["second year, first year not released"]
    assert moment.compared == (None, None)
    assert moment.findings[f"{CHANGE}:-"]["verdict"] == "unverifiable"
    assert moment.outcomes[CHANGE]["unverifiable_count"] == 1
    assert moment.gate["verdict"] == "refused"
    assert moment.gate["blocking"] == [f"{CHANGE}:-"]


def test_a_released_year_is_compared_with_as_it_was_released_not_as_it_was_run_since(story: Story) -> None:
    moment = story.moments["second year, first year released"]
    assert moment.compared == (252, 252)
    assert moment.outcomes[CHANGE]["pass_count"] == 1
    assert moment.gate["verdict"] == "passed"


def test_a_figure_that_the_release_before_does_not_have_is_unverifiable_for_itself_alone(story: Story) -> None:
    moment = story.moments["second year, first year released"]
    assert {name: row["verdict"] for name, row in moment.findings.items()} == {f"{NEW_CHANGE}:-": "unverifiable"}
    assert moment.findings[f"{NEW_CHANGE}:-"]["severity"] == "warning"
    assert moment.gate["relations_judged"] == moment.gate["relations_declared"]


def test_the_newest_release_counts_and_a_change_beyond_the_share_fails(story: Story) -> None:
    moment = story.moments["second year, a state missing"]
    assert moment.compared == (240, 252 - 12 + 500)
    assert moment.findings[f"{CHANGE}:-"]["verdict"] == "fail"
    assert "740" in moment.findings[f"{CHANGE}:-"]["message"]


def test_the_first_year_of_all_declares_no_change_and_passes(story: Story) -> None:
    assert story.moments["first year"].compared == ()
    assert story.moments["first year"].gate["verdict"] == "passed"


# One year beside another


def test_a_data_test_that_fails_in_a_year_blocks_it_and_is_a_finding(story: Story) -> None:
    moment = story.moments["second year, a state missing"]
    finding = moment.findings[f"{NOT_NULL}:-"]
    assert (finding["rule_id"], finding["severity"], finding["verdict"]) == (NOT_NULL, "error", "fail")
    assert f"{NOT_NULL}:-" in moment.gate["blocking"]
    assert moment.outcomes[NOT_NULL]["fail_count"] == 1


def test_another_years_failure_does_not_block_this_year(story: Story) -> None:
    moment = story.moments["first year beside a second year in disorder"]
    assert {finding["rule_id"] for finding in moment.findings.values()} == {"return.superseded"}
    assert moment.outcomes[NOT_NULL]["pass_count"] == 1
    assert moment.gate["verdict"] == "passed"


def test_the_findings_of_every_year_stand_in_one_table(story: Story) -> None:
    with duckdb.connect(str(story.home.warehouse), read_only=True) as connection:
        sql = "select distinct rule_id from quality_finding where year = ? order by 1"
        rules = {year: {row[0] for row in connection.execute(sql, [year]).fetchall()} for year in (FIRST, SECOND)}
    assert rules[FIRST] == {"return.superseded"}
    assert {NOT_NULL, CHANGE, "answered.plan_state"} <= rules[SECOND]


# Releases one after another


def test_a_newer_return_must_be_judged_before_it_is_released(story: Story) -> None:
    refusal = story.refusals["first year, a newer return came"]
    assert "inputs-changed" in refusal
    assert f"receipts, returns ({CITY})" in refusal
    assert f"kyogikai run {FIRST}" in refusal


def test_a_changed_return_makes_a_second_release_and_leaves_the_first_as_it_was(story: Story) -> None:
    first, second = story.releases
    assert [path.name for path in (first, second)] == ["r1", "r2"]
    assert contents(first) == story.bytes_of_first_release
    assert sorted(path.name for path in story.home.releases(FIRST).iterdir()) == ["r1", "r2"]


def test_releases_are_chained_by_hash(story: Story) -> None:
    manifests = [json.loads((path / "manifest.json").read_text(encoding="utf-8")) for path in story.releases]
    digest = hashlib.sha256((story.releases[0] / "manifest.json").read_bytes()).hexdigest()
    assert [manifest["previous_release"] for manifest in manifests] == [None, digest]
    assert manifests[0]["inputs"]["returns"][CITY] != manifests[1]["inputs"]["returns"][CITY]


def test_a_release_out_of_order_says_which_earlier_release_its_gate_did_not_see(story: Story) -> None:
    refusal = story.refusals["second year, first year released again"]
    assert "inputs-changed" in refusal
    assert f"earlier_releases ({FIRST})" in refusal
    assert f"kyogikai run {SECOND}" in refusal
    assert not story.home.releases(SECOND).exists()


# A return that supersedes another


def test_a_trace_shows_the_return_that_counts_and_the_one_it_supersedes(story: Story) -> None:
    trace = story.traces["corrected"]
    [city] = [entity for entity in trace.entities if entity.municipality_code == CITY]
    assert (city.value, [cell.text for cell in city.cells]) == (500, ["500"])
    assert city.cells[0].file_name == f"{CITY}（修正1）.xlsx"
    assert city.supersedes is not None
    before = story.home.archived(city.supersedes).read_bytes()
    assert before == (story.home.inbox(FIRST) / f"{CITY}.xlsx").read_bytes()
    assert [entity.supersedes for entity in trace.entities if entity.municipality_code != CITY] == [None] * 26
    assert trace.recomputed == trace.raw_value == 740


def test_answers_are_compared_as_the_year_before_was_released_not_as_it_was_sent_since(
    two_years: Survey, first_released: Home, tmp_path: Path
) -> None:
    home = first_released
    shutil.copytree(two_years.root, tmp_path / "two", ignore=shutil.ignore_patterns("dbt_project"))
    (tmp_path / "two" / "dbt_project").symlink_to(two_years.root / "dbt_project")
    survey = Survey(tmp_path / "two")
    declared = tmp_path / "two" / "schemas" / "rules" / f"{SECOND}.yaml"
    declared.write_text(declared.read_text(encoding="utf-8") + PLAN_CHANGE, encoding="utf-8")
    send(home, survey, SECOND, {})
    gate = run_year(open_run(home, survey, SECOND))
    send(home, survey, FIRST, {CITY: {COUNT: 99}})
    collect(home, survey.load_year(FIRST))
    again = open_run(home, survey, SECOND)
    assert run_year(again)["fingerprint"] == gate["fingerprint"]
    assert again.executed == []
    assert not [row for row in list_findings(home, SECOND) if row["rule_id"] == "plan-change"]
    run_year(open_run(home, survey, FIRST))
    release_year(home, survey, FIRST, by="試験")
    run_year(open_run(home, survey, SECOND))
    (finding,) = [row for row in list_findings(home, SECOND) if row["rule_id"] == "plan-change"]
    assert finding["municipality_code"] == CITY
    assert "99から12に" in finding["message"]


PLAN_CHANGE = """
rules:
  - id: plan-change
    kind: previous
    question: plan_count
    share: 0.5
    slack: 5
    severity: warning
    level: 1
    statement: 計画数は前回から大きく変わらない
    message: 計画数が前回の{previous}から{current}に変わっています。
    examples:
      pass: {current: 22, previous: 20}
      fail: {current: 40, previous: 20}
      boundary: {current: 30, previous: 20}
      boundary_is: pass
      unverifiable: {current: null, previous: 20}
"""


def test_a_release_that_was_compared_with_the_year_before_is_built_again(
    first_released: Home, two_years: Survey
) -> None:
    send(first_released, two_years, SECOND, {})
    run_year(open_run(first_released, two_years, SECOND))
    folder = release_year(first_released, two_years, SECOND, by="試験係")
    shutil.rmtree(first_released.work(FIRST))
    assert rebuild_release(first_released, two_years, folder) == []
