"""What became of the files of a run, by kind, as a table."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table

from tests.fuzz.pool import Outcome

_COLUMNS = ("files", "read", "with findings", "refused", "slowest s", "faults")
STATES = ("read", "findings", "refused")


def row_of(outcomes: Sequence[Outcome]) -> list[str]:
    """The counts of some files, in the order of the table's columns."""
    counts = [sum(one.state == state for one in outcomes) for state in STATES]
    slowest = max((one.seconds for one in outcomes), default=0.0)
    return [str(len(outcomes)), *map(str, counts), f"{slowest:.2f}", str(sum(bool(one.fault) for one in outcomes))]


def report(console: Console, plan: Mapping[str, Any], outcomes: Sequence[Outcome], seconds: float, faults: Path) -> int:
    """Print the table, and how each fault is made again; returns the exit code."""
    table = Table(box=None, header_style="bold", title=f"files damaged with seed {plan['seed']}")
    table.add_column("kind")
    for heading in _COLUMNS:
        table.add_column(heading, justify="right")
    for kind in plan["kinds"]:
        own = [one for one in outcomes if one.task[0] == kind]
        if own:
            table.add_row(kind, *row_of(own))
    table.add_row("total", *row_of(outcomes), style="bold")
    console.print(table)
    console.print(f"{len(outcomes)} files in {seconds:.0f} seconds")
    failed = [one for one in outcomes if one.fault]
    if failed:
        console.print(f"the files with faults are in {faults}; to read one again:", soft_wrap=True)
        kind, number = failed[0].task
        console.print(f"python -m tests.fuzz --seed {plan['seed']} --again {kind} {number}", soft_wrap=True)
    return 1 if failed else 0
