"""The command is killed where it is meant to be, and what is told of it is what happened."""

from __future__ import annotations

import subprocess
from pathlib import Path
from random import Random

import pytest

from pipeline.collect.ledger import read_ledger
from pipeline.home import Home
from schemas.survey import Survey, YearDeclarations
from tests.conftest import SECOND_YEAR, fill_inbox
from tests.faults.command import Kill, end_group, has_ended, members, run_command

COLLECT = ("collect", str(SECOND_YEAR))
RANDOM = Random(0)  # noqa: S311 - the same on every machine


@pytest.fixture
def waiting(home: Home, second_declarations: YearDeclarations) -> Home:
    """A home with returns in the inbox that nobody has collected."""
    fill_inbox(home, second_declarations)
    return home


def archived(home: Home) -> list[Path]:
    return [path for path in (home.root / "archive").rglob("*") if path.is_file()]


def test_a_step_is_killed_right_before_it_and_the_next_command_ends_what_was_begun(
    waiting: Home, second_survey: Survey
) -> None:
    ended = run_command(waiting, second_survey.root, COLLECT, Kill("step", 12), RANDOM)
    assert (ended.killed, ended.stage, ended.left_behind) == ("step", "collect: collect", False)
    assert not waiting.ledger.exists()
    assert 0 < len(archived(waiting)) < len(list(waiting.inbox(SECOND_YEAR).iterdir()))
    again = run_command(waiting, second_survey.root, COLLECT, Kill("step", 100_000), RANDOM)
    assert (again.code, again.killed) == (0, None)
    assert again.steps > len(read_ledger(waiting.ledger))
    assert sorted(path.name for path in archived(waiting)) == sorted(r.sha256 for r in read_ledger(waiting.ledger))


def test_a_command_that_ends_before_its_kill_is_not_counted_as_killed(home: Home, second_survey: Survey) -> None:
    ended = run_command(home, second_survey.root, COLLECT, Kill("group", 300), RANDOM)
    assert (ended.code, ended.killed) == (0, None)


@pytest.mark.parametrize("kind", ["group", "main", "beside"])
def test_a_command_is_killed_at_a_moment(home: Home, second_survey: Survey, kind: str) -> None:
    ended = run_command(home, second_survey.root, COLLECT, Kill(kind, 0.01), RANDOM)  # type: ignore[arg-type]
    assert (ended.code, ended.killed) == (-9, "group" if kind == "group" else "main")
    assert not ended.left_behind


@pytest.mark.parametrize("left", [True, False])
def test_what_a_command_leaves_behind_is_told_and_ended_and_a_group_that_is_gone_is_sent_nothing(left: bool) -> None:
    leaves = "sleep 300 &" if left else ":"
    with subprocess.Popen(["sh", "-c", leaves], start_new_session=True) as process:  # noqa: S607
        assert has_ended(process.pid, 60)
        assert (end_group(process.pid, 0), bool(members(process.pid))) == (left, False)
