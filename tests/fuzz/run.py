"""What each process of a run does, and which files the plan has."""

from __future__ import annotations

import shutil
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from pipeline.home import PROJECT_ROOT
from tests.fuzz.evidence import invented
from tests.fuzz.examine import Examiner
from tests.fuzz.make import made
from tests.fuzz.pool import Outcome, Task, Work
from tests.fuzz.seeds import load_declarations, load_seeds

FOLDER = PROJECT_ROOT / "build" / "fuzz"
FAULTS, SEEDS = FOLDER / "faults", FOLDER / "seeds"


def open_work(seeds_folder: Path, plan: Mapping[str, Any]) -> Work:
    """What each process does: make a file of the plan, read it with the product, look for what was read in it."""
    seeds = load_seeds(seeds_folder)
    examine = Examiner(load_declarations(plan["year"]), seeds_folder / "homes")
    for files in seeds.by_format.values():
        # What is loaded and kept at the first file of a format is no part of the time that a file takes.
        invented(files[0].content, examine(files[0]))
    return Work(lambda task: made(seeds, plan, *task), examine, invented)


def tasks_of(plan: Mapping[str, Any], scale: float, kinds: Sequence[str] = ()) -> list[Task]:
    """The files of the plan: kind and number of each, all kinds side by side; `scale` is the share of each that is made."""
    counts = {
        kind: max(1, round(told["files"] * scale))
        for kind, told in plan["kinds"].items() if not kinds or kind in kinds
    }  # fmt: skip
    tasks = [(kind, number) for kind, count in counts.items() for number in range(count)]
    return sorted(tasks, key=lambda task: task[1] / counts[task[0]])


def keep_fault(outcome: Outcome, scratch: Path) -> None:
    """Put a file with a fault where it can be looked at."""
    kind, number = outcome.task
    name = scratch.with_suffix(".name").read_text(encoding="utf-8")
    target = FAULTS / f"{kind}-{number}{Path(name).suffix}"
    target.parent.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(scratch, target)
