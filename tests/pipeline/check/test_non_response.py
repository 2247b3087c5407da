"""What follows from a missing return: unverifiable, never wrong, and waived together with it."""

from __future__ import annotations

import duckdb
import pytest

from pipeline.audit.listing import list_findings, list_status
from pipeline.audit.trace import trace_figure
from pipeline.check.gate import read_gate
from pipeline.check.judge import judge_figures
from pipeline.home import Home
from pipeline.run import open_run, run_year
from schemas.survey import Survey, YearDeclarations
from tests.conftest import FIXED_NOW
from tests.conftest import SECOND_YEAR as YEAR
from tests.support.judging import Edits, put_returns
from tests.support.waivers import waive

CITY, SECRETARIAT = "331007", "332038"


def run(
    home: Home, survey: Survey, *, without: tuple[str, ...], waived: tuple[str, ...] = (), edits: Edits | None = None
) -> tuple[list[str], dict[str, dict[str, object]]]:
    """What blocks, and every finding by its id, where these municipalities have not answered."""
    put_returns(home, survey.load_year(YEAR), edits or {}, without=without)
    if waived:
        waive(home, [f"return.missing:{code}" for code in waived])
    run_year(open_run(home, survey, YEAR))
    return told(home)


def told(home: Home) -> tuple[list[str], dict[str, dict[str, object]]]:
    """What blocks in a home that was run, and every finding by its id."""
    gate = read_gate(home, YEAR)
    assert gate is not None
    return gate["blocking"], {row["finding_id"]: row for row in list_findings(home, YEAR)}


@pytest.fixture(scope="module")
def both_silent_home(tmp_path_factory: pytest.TempPathFactory, second_survey: Survey) -> Home:
    """A city and a secretariat have not answered, which is waived for the secretariat. Tests must not write to it."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("KYOGIKAI_NOW", FIXED_NOW)
        home = Home(tmp_path_factory.mktemp("both") / "home")
        run(home, second_survey, without=(CITY, SECRETARIAT), waived=(SECRETARIAT,))
    return home


def test_a_total_that_lacks_a_return_is_unverifiable_and_names_whose(silent_home: Home) -> None:
    blocking, findings = told(silent_home)
    cause = f"return.missing:{CITY}"
    assert [finding for finding in blocking if findings[finding]["verdict"] == "fail"] == [cause]
    assert findings[cause]["follows_from"] == []
    assert "plan-state-partition:-:value" in blocking
    assert all(findings[finding]["follows_from"] == [cause] for finding in blocking if finding != cause)
    assert "岡山市の回答がありません" in str(findings["plan-state-partition:-:value"]["message"])


@pytest.mark.parametrize("code", [CITY, SECRETARIAT])
def test_a_waiver_of_the_missing_return_covers_what_follows_from_it(
    home: Home, waived_home: Home, second_survey: Survey, code: str
) -> None:
    blocking, findings = (
        told(waived_home) if code == CITY else run(home, second_survey, without=(code,), waived=(code,))
    )
    assert blocking == []
    assert {row["waiver_id"] for row in findings.values() if row["severity"] == "error"} == {"non-response"}


def test_status_counts_what_is_not_waived(both_silent_home: Home, second_declarations: YearDeclarations) -> None:
    rows = list_status(both_silent_home, second_declarations)
    counts = {row["municipality_code"]: row["error_count"] for row in rows}
    assert (counts[CITY], counts[SECRETARIAT]) == (1, 0)


def test_members_of_a_silent_secretariat_cannot_be_compared_with_it(home: Home, second_survey: Survey) -> None:
    _, findings = run(home, second_survey, without=(SECRETARIAT,))
    members = [row for row in findings.values() if row["rule_id"] == "drills-agree"]
    assert members
    assert all(row["verdict"] == "unverifiable" for row in members)
    assert all(row["follows_from"] == [f"return.missing:{SECRETARIAT}"] for row in members)


def test_a_waiver_of_one_missing_return_leaves_what_also_follows_from_another(both_silent_home: Home) -> None:
    blocking, findings = told(both_silent_home)
    assert f"return.missing:{SECRETARIAT}" not in blocking
    assert f"return.missing:{CITY}" in blocking
    assert "plan-state-partition:-:value" in blocking
    assert not {id_ for id_ in blocking if findings[id_]["follows_from"] == [f"return.missing:{SECRETARIAT}"]}


def test_a_waived_return_does_not_let_another_fault_pass(home: Home, second_survey: Survey) -> None:
    edits: Edits = {"332020": {("plan_state", 1, option): None for option in ("complete", "partial", "not_started")}}
    blocking, _ = run(home, second_survey, without=(CITY,), waived=(CITY,), edits=edits)
    assert "answered.plan_state:332020" in blocking


def test_a_relation_whose_sides_lack_the_same_returns_still_fails(
    silent: Home, second_survey: Survey, second_declarations: YearDeclarations
) -> None:
    with duckdb.connect(str(silent.year_warehouse(second_declarations.year))) as connection:
        connection.execute("update fct_relation_rows set left_value = 999 where relation_id = 'drills-mean'")
    findings = judge_figures(silent, second_survey, second_declarations, [])["gate_findings"].to_dicts()
    (mean,) = [row for row in findings if row["rule_id"] == "drills-mean"]
    assert (mean["verdict"], mean["follows_from"]) == ("fail", "[]")


def test_what_the_register_knows_of_who_sent_nothing_is_unanswered_and_not_gone(
    home: Home, second_survey: Survey, second_declarations: YearDeclarations
) -> None:
    on = second_declarations.questionnaire.reference_date
    silent = tuple(m.code for m in second_declarations.reference.members("network-takahashigawa", on))
    put_returns(home, second_declarations, {}, without=silent)
    run_year(open_run(home, second_survey, YEAR))
    traces = {
        name: trace_figure(home.warehouse, second_declarations, name)
        for name in ("network.all", "drills.total", "participation.all")
    }
    for name in ("network.all", "drills.total"):
        (entity,) = [e for e in traces[name].entities if e.entity_id == "network-takahashigawa"]
        assert (entity.reason, entity.value, entity.cells) == ("no_return", 0, [])
    pairs = {e.entity_id for e in traces["participation.all"].entities if e.reason == "no_return"}
    assert pairs == {f"{code}:network-takahashigawa" for code in silent}
    assert all(trace.recomputed_raw_value == trace.raw_value for trace in traces.values())
