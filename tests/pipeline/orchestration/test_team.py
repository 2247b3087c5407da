"""Dagster for a team: history, schedule and sensor on a real PostgreSQL server; one writer, many readers; a server that goes away."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from itertools import pairwise

import pytest

from pipeline.check.gate import read_gate
from pipeline.home import PROJECT_ROOT, Home
from pipeline.observe.summary import find_run
from pipeline.publish.release import release_year
from schemas.survey import Survey, YearDeclarations
from tests.conftest import SECOND_YEAR as YEAR
from tests.support.postgres import postgres_server
from tests.support.team import Team, ended, program, team_of
from tests.support.workbooks import evacuation_answers, write_workbook

SURVEY = PROJECT_ROOT / "tests" / "second_survey"


@pytest.fixture(scope="module")
def team(
    tmp_path_factory: pytest.TempPathFactory, finished_home: Home, second_survey: Survey
) -> Iterator[Team]:  # fmt: skip
    """A team whose home has a release. Everybody lives by the real clock: what is told apart here is what came first."""
    folder = tmp_path_factory.mktemp("team")
    home = Home(folder / "home")
    shutil.copytree(finished_home.root, home.root)
    release_year(home, second_survey, YEAR, by="試験")
    with postgres_server() as server, pytest.MonkeyPatch.context() as patch:
        patch.delenv("KYOGIKAI_NOW")
        patch.setenv("KYOGIKAI_HOME", str(home.root))
        for name, value in server.environment.items():
            patch.setenv(name, value)
        with team_of(server, home, folder / "dagster") as team:
            yield team


def send(home: Home, declarations: YearDeclarations, plan_count: int) -> None:
    """A newer return of the first municipality."""
    municipality = declarations.municipalities[0]
    answers = {**evacuation_answers(declarations, municipality), ("plan_count", 1, None): plan_count}
    content = write_workbook(declarations, municipality.code, answers)
    (home.inbox(YEAR) / f"訂正{plan_count}.xlsx").write_bytes(content)


def kyogikai(home: Home, *words: object) -> tuple[object, ...]:
    return ("pipeline.cli", "--home", home.root, "--survey", SURVEY, *words)


def test_schedule_and_sensor_leave_their_ticks_and_runs_on_the_server(
    team: Team, second_declarations: YearDeclarations
) -> None:
    send(team.home, second_declarations, 112)
    team.schedule("2025-06-30T05:59:00+09:00", "2025-06-30T06:00:30+09:00")
    team.see_files(YEAR)
    ticks = team.server.ask("select type, status from job_ticks order by 1, 2")
    assert ticks == [["SCHEDULE", "SUCCESS"], ["SENSOR", "SKIPPED"], ["SENSOR", "SUCCESS"]]
    runs = team.server.ask("select pipeline_name, status from runs order by 1")
    assert runs == [["calendar", "QUEUED"], ["survey_year", "QUEUED"]]


def test_runs_that_start_at_once_write_one_after_another_and_readers_are_not_disturbed(team: Team) -> None:
    team.dequeue()
    first = next(run_id for run_id, state in team.states().items() if state != "QUEUED")
    team.until(lambda: team.says(first, "stage_started", "read"))
    team.dequeue()
    assert list(team.states().values()).count("QUEUED") == 1
    past_the_queue = program("tests.support.team_run", team.dagster_home)
    during = ended({
        "writer": program(*kyogikai(team.home, "collect", YEAR)),
        "reader": program(*kyogikai(team.home, "figures", YEAR)),
        "verifier": program(*kyogikai(team.home, "verify", YEAR)),
    })  # fmt: skip
    told = ended({"waiting": past_the_queue})["waiting"]
    assert told[0] == 0, told
    assert team.says(told[1], "home_is_busy")
    team.until(lambda: [team.dequeue(), set(team.states().values()) == {"SUCCESS"}][-1])
    assert (during["writer"][0], during["reader"][0], during["verifier"][0]) == (11, 0, 0)
    assert during["writer"][2].startswith("error: home-is-busy")
    spans = sorted(team.span(run_id) for run_id in team.states())
    assert len(spans) == 3
    assert all(earlier[1] <= later[0] for earlier, later in pairwise(spans))


def test_a_server_that_goes_away_in_the_middle_of_a_run_costs_that_run_and_nothing_else(
    team: Team, second_declarations: YearDeclarations
) -> None:
    send(team.home, second_declarations, 113)
    known = set(team.states())
    team.see_files(YEAR)
    [lost] = set(team.states()) - known
    team.dequeue()
    team.until(lambda: team.says(lost, "stage_started", "read"))
    team.server.stop()
    team.until(lambda: team.says(lost, "run_ended"))
    ended_with = find_run(team.home, lost)
    assert ended_with is not None
    assert (ended_with.outcome, ended_with.error, ended_with.verdict) == ("failed", "DagsterPostgresException", None)
    assert read_gate(team.home, YEAR) is None
    assert ended({"reader": program(*kyogikai(team.home, "verify", YEAR))})["reader"][0] == 0
    team.server.start()
    team.until(lambda: team.states()[lost] == "FAILURE")
    code, run_id, said = ended({"next": program("tests.support.team_run", team.dagster_home)})["next"]
    assert code == 0, said
    assert team.states()[run_id] == "SUCCESS"
    gate = read_gate(team.home, YEAR)
    assert gate is not None
    assert gate["verdict"] == "passed"
