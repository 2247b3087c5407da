"""A home through a run and a release, a late return, and the run and the release after it: undisturbed, or killed again and again."""

from __future__ import annotations

import shutil
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from random import Random
from typing import Any

from pipeline.check.inputs import warehouse_contents
from pipeline.home import Home
from schemas.survey import Survey
from tests.faults.command import Ended, Kill, Kind, run_command
from tests.faults.state import Kept, broken, differing, files_of
from tests.support.judging import put_returns
from tests.support.workbooks import usual_workbook

YEAR = 2025
LATE = "331007"
COMMANDS: tuple[tuple[str, ...], ...] = (
    ("run", str(YEAR)), ("release", str(YEAR), "--by", "試験"), ("run", str(YEAR)), ("release", str(YEAR), "--by", "試験"),
)  # fmt: skip
LATE_COMES_BEFORE = 2


@dataclass(frozen=True)
class Undisturbed:
    """What the commands do when nothing is killed: how long each takes, how many changes to files, and what is left."""

    seconds: tuple[float, ...]
    steps: tuple[int, ...]
    files: dict[str, str]
    published: list[dict[str, str]]


@dataclass
class Outcome:
    """What came of one home: what was killed where, and what did not hold."""

    number: int
    kills: list[tuple[Kind, str]] = field(default_factory=list)
    faults: list[str] = field(default_factory=list)


def undisturbed(home: Home, survey: Survey) -> Undisturbed:
    """Run all commands to their ends. Raises RuntimeError where one fails."""
    put_returns(home, survey.load_year(YEAR), {})
    seconds, steps, published = [], [], []
    for number, words in enumerate(COMMANDS):
        _prepare(home, survey, number)
        ended = run_command(home, survey.root, words, None, Random(0))  # noqa: S311
        if ended.code:
            raise RuntimeError(ended.err)
        seconds.append(ended.seconds)
        steps.append(ended.steps)
        published.append(warehouse_contents(home.warehouse, YEAR))
    return Undisturbed(tuple(seconds), tuple(steps), files_of(home), published)


def disturb(home: Home, survey: Survey, plan: Mapping[str, Any], outcome: Outcome, told: Undisturbed) -> None:
    """Kill the commands, each several times, and run each to its end then; what came of it is added to the outcome."""
    random = Random(f"{plan['seed']} {outcome.number}")  # noqa: S311
    put_returns(home, survey.load_year(YEAR), {})
    for place, words in enumerate(COMMANDS):
        _prepare(home, survey, place)
        for _ in range(random.randint(2, plan["most_kills_of_a_command"])):
            ended = _attempt(home, survey, words, _drawn(random, plan, told, place), random, told, outcome)
            if ended.code == 0:
                break
        else:
            _attempt(home, survey, words, None, random, told, outcome)
        if outcome.faults:
            return
    outcome.faults += differing(files_of(home), told.files)


def _prepare(home: Home, survey: Survey, place: int) -> None:
    """What happens before a command: before the second run, a municipality sends another return."""
    if place == LATE_COMES_BEFORE:
        declarations = survey.load_year(YEAR)
        municipality = next(one for one in declarations.municipalities if one.code == LATE)
        late = usual_workbook(declarations, municipality, {("plan_count", 1, None): 13})
        (home.inbox(YEAR) / f"{LATE}（修正）.xlsx").write_bytes(late)


def _drawn(random: Random, plan: Mapping[str, Any], told: Undisturbed, place: int) -> Kill:
    kinds: Mapping[Kind, int] = plan["kills"]
    (kind,) = random.choices(list(kinds), weights=list(kinds.values()))
    if kind == "step":
        return Kill(kind, random.randint(1, told.steps[place]))
    return Kill(kind, random.uniform(0, told.seconds[place]))


def _attempt(
    home: Home,
    survey: Survey,
    words: tuple[str, ...],
    kill: Kill | None,
    random: Random,
    told: Undisturbed,
    outcome: Outcome,
) -> Ended:
    before = Kept.of(home)
    ended = run_command(home, survey.root, words, kill, random)
    where = f"home {outcome.number}, {ended.stage}"
    if ended.killed:
        outcome.kills.append((ended.killed, ended.stage))
        where += f", {ended.killed} killed"
    if ended.code and ended.killed in (None, "beside"):
        outcome.faults.append(f"{where}: exit code {ended.code}\n{ended.err}")
    if ended.left_behind:
        outcome.faults.append(f"{where}: a process that it had started did not end")
    outcome.faults += [f"{where}: {fault}" for fault in broken(home, YEAR, before, told.published)]
    return ended


def make_survey(survey: Survey, root: Path) -> Survey:
    """A copy of a survey, which dbt has not parsed yet."""
    shutil.copytree(survey.root, root)
    return Survey(root)
