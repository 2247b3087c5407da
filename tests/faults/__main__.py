"""`make faults`: runs and releases killed over and over; prints where, and what did not hold afterwards. Exit code 1 for any fault."""

from __future__ import annotations

import argparse
import os
import shutil
import sys
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from itertools import count
from pathlib import Path
from threading import Lock
from typing import Any

import yaml
from rich.console import Console

from pipeline.home import PROJECT_ROOT, Home
from pipeline.warehouse.dbt import target_folder
from schemas.survey import Survey
from tests.faults.chain import Outcome, Undisturbed, disturb, make_survey, undisturbed
from tests.faults.report import report

PLAN = Path(__file__).with_name("plan.yaml")
FAULTS = PROJECT_ROOT / "build" / "faults"
NOW = "2025-06-20T09:00:00+09:00"


class Crew:
    """Takes one home after the other until there have been as many kills of every kind as are wanted."""

    def __init__(
        self,
        folder: Path,
        survey: Survey,
        plan: Mapping[str, Any],
        wanted: int,
        told: Undisturbed,
        tell: Callable[[str], None],
    ) -> None:
        self._folder, self._survey, self._plan, self._wanted, self._told = folder, survey, plan, wanted, told
        self._tell = tell
        self._numbers, self._lock = count(), Lock()
        self.outcomes: list[Outcome] = []

    @property
    def kill_count(self) -> int:
        """How many kills there were."""
        return sum(len(outcome.kills) for outcome in self.outcomes)

    def work(self) -> None:
        """Disturb homes; one with a fault is kept."""
        while True:
            with self._lock:
                if self.kill_count >= self._wanted:
                    return
                number = next(self._numbers)
            home, survey = Home(self._folder / f"home-{number}"), self._survey
            if number % self._plan["unparsed_every"] == 0:
                survey = make_survey(survey, self._folder / f"survey-{number}")
            outcome = Outcome(number)
            self.outcomes.append(outcome)
            disturb(home, survey, self._plan, outcome, self._told)
            if outcome.faults:
                shutil.copytree(home.root, FAULTS / f"home-{number}", dirs_exist_ok=True)
            shutil.rmtree(home.root)
            self._tell(
                f"{self.kill_count} of {self._wanted} kills, {sum(bool(o.faults) for o in self.outcomes)} homes with faults"
            )
            if survey is not self._survey:
                shutil.rmtree(target_folder(survey), ignore_errors=True)


def main(console: Console, arguments: Sequence[str]) -> int:
    """Run undisturbed, then disturbed, and report."""
    parser = argparse.ArgumentParser(prog="python -m tests.faults")
    parser.add_argument("scale", type=float, nargs="?", default=1.0, help="share of the plan's kills")
    parser.add_argument("--seed", type=int, help="another seed than the plan's: other moments")
    parser.add_argument("--jobs", type=int, default=2, help="homes at once")
    told = parser.parse_args(arguments)
    plan = yaml.safe_load(PLAN.read_text(encoding="utf-8"))
    plan["seed"] = plan["seed"] if told.seed is None else told.seed
    os.environ["KYOGIKAI_NOW"] = NOW
    shutil.rmtree(FAULTS, ignore_errors=True)
    survey = Survey(PROJECT_ROOT / "tests" / "second_survey")
    started = time.monotonic()
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place).resolve()
        with console.status("a run and a release that nobody kills …"):
            calm = undisturbed(Home(folder / "undisturbed"), survey)
        wanted = max(1, round(sum(plan["kills"].values()) * told.scale))
        with console.status("kills …") as status, ThreadPoolExecutor(told.jobs) as pool:
            tell: Callable[[str], None] = status.update if console.is_terminal else console.print
            crew = Crew(folder, survey, plan, wanted, calm, tell)
            for done in [pool.submit(crew.work) for _ in range(told.jobs)]:
                done.result()
    return report(console, plan, crew.outcomes, time.monotonic() - started)


if __name__ == "__main__":
    sys.exit(main(Console(width=110), sys.argv[1:]))
