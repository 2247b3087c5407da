"""How many kills there were, of what and where, and what did not hold, as a table."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

from rich.console import Console
from rich.table import Table

from tests.faults.chain import Outcome


def report(console: Console, plan: Mapping[str, Any], outcomes: Sequence[Outcome], seconds: float) -> int:
    """Print the table and the faults; returns the exit code."""
    kinds = list(plan["kills"])
    kills = [kill for outcome in outcomes for kill in outcome.kills]
    counts, faults = Counter(kills), [fault for outcome in outcomes for fault in outcome.faults]
    table = Table(box=None, header_style="bold", title=f"kills with seed {plan['seed']}")
    table.add_column("interrupted")
    for heading in (*kinds, "kills"):
        table.add_column(heading, justify="right")
    for stage in sorted({stage for _, stage in kills}):
        own = [counts[kind, stage] for kind in kinds]
        table.add_row(stage, *(str(count or "") for count in own), str(sum(own)))
    total = [sum(count for (kind, _), count in counts.items() if kind == one) for one in kinds]
    table.add_row("total", *map(str, total), str(sum(total)), style="bold")
    console.print(table)
    for fault in faults:
        console.print(fault, soft_wrap=True, markup=False)
    console.print(f"{len(kills)} kills, {len(outcomes)} homes, {len(faults)} faults, {seconds:.0f} seconds")
    return 1 if faults else 0
