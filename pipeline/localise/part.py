"""A part of the program as one model of the solver: its unknowns, what they are made of, and the demands that matter so far."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field

from pipeline.highs import Model, Range, Row, Solver
from pipeline.localise.observed import Demand, ObservedProgram
from pipeline.localise.unknowns import FieldUnknowns
from pipeline.program import Sum, total

FINE = 256
"""One unit of weight in the solver: of solutions of the same weight, the one that changes fewer fields comes first."""


@dataclass
class Part:
    """Owners, and the demands that have turned out to matter; those in `soft` may be broken at their price."""

    owners: set[int]
    demands: dict[Demand, None]
    soft: dict[Demand, None] = field(default_factory=dict)
    seen: set[int] = field(default_factory=set)
    """Owners whose demands at a price were looked at."""


@dataclass(frozen=True, slots=True)
class Task:
    """What is looked for in a part.

    The fields of the owners in `free` cost nothing; of each of `cuts` a field stays as it is; all together costs no more than
    `limit`. `fixed` are ranges of unknowns; where `only` is given, no field of another owner may change; each of `changed` has
    to; `aim` is made as low as can be, in place of the cost. `mended` are values of other fields that are mended with it: those
    of a part that does not know of them yet.
    """

    free: Collection[int] = ()
    cuts: Sequence[Sequence[FieldUnknowns]] = ()
    limit: int | None = None
    fixed: Mapping[int, Range] = field(default_factory=dict)
    only: Collection[int] | None = None
    changed: Sequence[FieldUnknowns] = ()
    aim: Sum | None = None
    mended: Mapping[int, int] = field(default_factory=dict)
    mended_owners: frozenset[int] = frozenset()


class PartModel:
    """Builds the model of a part; `fields` are those of its owners that may be changed."""

    def __init__(self, program: ObservedProgram, part: Part, fields: Sequence[FieldUnknowns], task: Task) -> None:
        self._program = program
        self._task = task
        self._unknowns = [u for owner in sorted(part.owners) for u in program.owned_by(owner)]
        self._place = {unknown: number for number, unknown in enumerate(self._unknowns)}
        self._costs = [0] * len(self._unknowns)
        self._weights: dict[int, int] = {}
        self._stays = 0
        self._ranges = [task.fixed.get(u, program.ranges[u]) for u in self._unknowns]
        self._rows: list[Row] = [
            (self._placed(bound.terms), bound.low, bound.high)
            for owner in sorted(part.owners) for bound in program.bounds_of(owner)
        ]  # fmt: skip
        for demand in part.demands:
            if demand.penalty is None:
                self._add(demand.subject, demand.low, demand.high)
        for one in fields:
            self._add_field(one)
        if task.limit is not None:
            self._rows.append((self._weights, None, task.limit - self._stays))
        for demand in part.soft:
            self._add_soft(demand)
        for cut in task.cuts:
            self._add(total(one.change for one in cut), None, len(cut) - 1)
        for one in task.changed:
            self._add(one.change, 1, None)
        for unknown, times in (task.aim.terms if task.aim else {}).items():
            self._costs[self._place[unknown]] += times

    def cheapest(self, solver: Solver) -> dict[int, int] | None:
        """The cheapest values by unknown, None where there are none."""
        values = Model(self._costs, self._ranges, self._rows, solver).minimise()
        return None if values is None else dict(zip(self._unknowns, values, strict=False))

    def _placed(self, terms: Mapping[int, int]) -> dict[int, int]:
        return {self._place[unknown]: times for unknown, times in terms.items()}

    def _add(self, subject: Sum, low: int | None, high: int | None, more: Mapping[int, int] | None = None) -> None:
        low, high = (None if end is None else end - subject.constant for end in (low, high))
        self._rows.append((self._placed(subject.terms) | dict(more or {}), low, high))

    def _add_field(self, one: FieldUnknowns) -> None:
        task = self._task
        if task.only is not None and one.owner not in task.only:
            for unknown in self._program.owned_by(one.owner):
                self._ranges[self._place[unknown]] = (self._program.observed[unknown],) * 2
        elif task.aim is None and one.owner not in task.free:
            self._stays += one.cost.constant
            for unknown, times in one.cost.terms.items():
                self._weights[self._place[unknown]] = times
                self._costs[self._place[unknown]] += times * FINE
            for unknown, times in one.change.terms.items() if one.field.weight else ():
                self._costs[self._place[unknown]] += times

    def _add_soft(self, demand: Demand) -> None:
        """Let a demand be broken at its price."""
        broken = len(self._costs)
        self._costs.append((demand.penalty or 0) * FINE if self._task.aim is None else 0)
        self._ranges.append((0, 1))
        if demand.low is not None:
            give = max(0, demand.low - self._program.lowest(demand.subject))
            self._add(demand.subject, demand.low, None, {broken: give})
        if demand.high is not None:
            give = max(0, self._program.highest(demand.subject) - demand.high)
            self._add(demand.subject, None, demand.high, {broken: -give})
