"""`make fuzz`: every file of the plan through the product; prints what became of them by kind. Exit code 1 for any fault."""

from __future__ import annotations

import argparse
import shutil
import sys
import time
from collections.abc import Sequence

from rich.console import Console

from tests.fuzz.pool import Limits, Pool, Task
from tests.fuzz.report import report
from tests.fuzz.run import FAULTS, FOLDER, SEEDS, keep_fault, open_work, tasks_of
from tests.fuzz.seeds import load_plan, make_seeds

TOLD_EVERY = 1_000


def main(console: Console, arguments: Sequence[str]) -> int:
    """Make the files, read them, and report."""
    parser = argparse.ArgumentParser(prog="python -m tests.fuzz")
    parser.add_argument("scale", type=float, nargs="?", default=1.0, help="share of the plan's files")
    parser.add_argument("--seed", type=int, help="another seed than the plan's: other files")
    parser.add_argument("--jobs", type=int, default=2, help="processes")
    parser.add_argument("--kind", action="append", default=[], help="only files of this kind")
    parser.add_argument(
        "--again", nargs=2, metavar=("KIND", "NUMBER"), help="only this file, of the seeds of the last run"
    )
    told = parser.parse_args(arguments)
    plan = load_plan()
    plan["seed"] = plan["seed"] if told.seed is None else told.seed
    if told.again and SEEDS.exists():
        tasks: list[Task] = [(told.again[0], int(told.again[1]))]
    else:
        tasks = tasks_of(plan, told.scale, told.kind)
        shutil.rmtree(FOLDER, ignore_errors=True)
        SEEDS.mkdir(parents=True)
        with console.status("making returns to damage …"):
            make_seeds(SEEDS, plan["year"])
    pool = Pool(open_work, (SEEDS, plan), Limits(plan["seconds"], plan["mebibytes"]), FOLDER, told.jobs)
    started, outcomes = time.monotonic(), []
    with console.status(f"{len(tasks)} files …") as status:
        for outcome in pool.run(tasks, keep_fault):
            outcomes.append(outcome)
            if outcome.fault:
                console.print(
                    f"{outcome.fault} {outcome.task[0]} {outcome.task[1]}: {outcome.told}", soft_wrap=True, markup=False
                )
            status.update(f"{len(outcomes)} of {len(tasks)} files …")
            if not console.is_terminal and len(outcomes) % TOLD_EVERY == 0:
                console.print(f"{len(outcomes)} of {len(tasks)} files")
    return report(console, plan, outcomes, time.monotonic() - started, FAULTS)


if __name__ == "__main__":
    sys.exit(main(Console(width=110), sys.argv[1:]))
