"""A small integer program: unknowns, sums of them that must keep within bounds, and costs to keep low.

Unknowns that share no bound are solved apart, so that a large survey is many small programs. Costs are drawn
at random, so that the cheapest solution is one alone and the same on every machine.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pipeline.highs import Range, Row

CHUNK_SIZE = 4000
"""Unknowns solved in one call; small independent parts share a call."""


@dataclass(frozen=True, slots=True)
class Sum:
    """A sum of unknowns, each times a whole number, and a constant. Nobody changes one: sums share their terms."""

    terms: Mapping[int, int] = field(default_factory=dict)
    constant: int = 0

    def __add__(self, other: Sum | int) -> Sum:
        if isinstance(other, int):
            return Sum(self.terms, self.constant + other)
        return self._plus(other, 1)

    def __sub__(self, other: Sum | int) -> Sum:
        if isinstance(other, int):
            return Sum(self.terms, self.constant - other)
        return self._plus(other, -1)

    def _plus(self, other: Sum, times: int) -> Sum:
        if not other.terms:
            return Sum(self.terms, self.constant + other.constant * times)
        terms = dict(self.terms)
        for unknown, count in other.terms.items():
            found = terms.get(unknown, 0) + count * times
            if found:
                terms[unknown] = found
            else:
                terms.pop(unknown, None)
        return Sum(terms, self.constant + other.constant * times)

    def __mul__(self, times: int) -> Sum:
        if times == 1:
            return self
        return Sum({u: c * times for u, c in self.terms.items()}, self.constant * times)

    @property
    def is_constant(self) -> bool:
        """True where the sum holds no unknown."""
        return not self.terms


def total(sums: Iterable[Sum]) -> Sum:
    """Add sums up."""
    given = list(sums)
    constant = sum([one.constant for one in given])
    open_ones = [one.terms for one in given if one.terms]
    if len(open_ones) < 2:
        return Sum(open_ones[0] if open_ones else {}, constant)
    terms: dict[int, int] = defaultdict(int)
    for own in open_ones:
        for unknown, times in own.items():
            terms[unknown] += times
    return Sum({u: c for u, c in terms.items() if c}, constant)


@dataclass(frozen=True, slots=True)
class Bound:
    """low <= sum of terms <= high; None is unbounded.

    `because` says in words whose demand this is; a firmer bound is the last to be blamed for a contradiction.
    """

    terms: Mapping[int, int]
    low: int | None
    high: int | None
    because: str
    firmness: int


@dataclass(frozen=True, slots=True)
class Unmet:
    """A bound that cannot be kept together with the others, and by how much it would have to give way."""

    because: str
    by: int


class InfeasibleError(Exception):
    """The bounds contradict one another; `unmet` names the fewest that would have to give way."""

    def __init__(self, unmet: Sequence[Unmet]) -> None:
        self.unmet = list(unmet)
        super().__init__("; ".join(f"{u.because} (by {u.by})" for u in self.unmet))


class Program:
    """Collects unknowns, bounds and costs; `solve` gives the value of every unknown."""

    def __init__(self) -> None:
        self.ranges: list[tuple[int, int]] = []
        self.costs: list[int] = []
        self.bounds: list[Bound] = []
        self._contradictions: list[Unmet] = []

    def unknown(self, low: int, high: int, *, cost: int = 0) -> Sum:
        """Add an unknown whole number between two bounds, both included."""
        self.ranges.append((low, high))
        self.costs.append(cost)
        return Sum({len(self.ranges) - 1: 1})

    def switch(self, *, cost: int = 0) -> Sum:
        """Add an unknown that is 0 or 1."""
        return self.unknown(0, 1, cost=cost)

    def require(self, subject: Sum, low: int | None, high: int | None, because: str, *, firmness: int = 100) -> None:
        """Demand that a sum keeps within bounds, both included."""
        low = None if low is None else low - subject.constant
        high = None if high is None else high - subject.constant
        if subject.terms:
            self.bounds.append(Bound(subject.terms, low, high, because, firmness))
        elif (low is not None and low > 0) or (high is not None and high < 0):
            self._contradictions.append(Unmet(because, max(low or 0, -(high or 0))))

    def prefer(self, subject: Sum, low: int | None, high: int | None, *, cost: int, because: str) -> None:
        """Ask that a sum keeps within bounds; each unit beyond them costs."""
        if subject.is_constant:
            return
        excess = self.unknown(0, self.reach(subject), cost=cost)
        if low is not None:
            self.require(subject + excess, low, None, because)
        if high is not None:
            self.require(subject - excess, None, high, because)

    def reach(self, subject: Sum) -> int:
        """The largest distance between two values the sum can take, at least 1."""
        return max(1, sum(abs(c) * (self.ranges[u][1] - self.ranges[u][0]) for u, c in subject.terms.items()))

    def highest(self, subject: Sum) -> int:
        """The largest value the unknowns' own ranges allow the sum."""
        return subject.constant + sum(c * self.ranges[u][1 if c > 0 else 0] for u, c in subject.terms.items())

    def all_of(self, switches: Sequence[Sum]) -> Sum:
        """Return a sum that is 1 where all the given 0-or-1 sums are 1, else 0."""
        open_ones = [s for s in switches if not (s.is_constant and s.constant == 1)]
        if any(s.is_constant for s in open_ones):
            return Sum()
        if not open_ones:
            return Sum(constant=1)
        if len(open_ones) == 1:
            return open_ones[0]
        both = self.switch()
        for one in open_ones:
            self.require(one - both, 0, None, "a conjunction")
        self.require(both - total(open_ones), 1 - len(open_ones), None, "a conjunction")
        return both

    def any_of(self, switches: Sequence[Sum]) -> Sum:
        """Return a sum that is 1 where at least one of the given 0-or-1 sums is 1, else 0."""
        if len(switches) == 1:
            return switches[0]
        either = self.switch()
        for one in switches:
            self.require(either - one, 0, None, "a choice among several")
        self.require(total(switches) - either, 0, None, "a choice among several")
        return either

    def solve(self) -> Solution:
        """Return the cheapest values that keep every bound. Raises InfeasibleError where there are none."""
        if self._contradictions:
            raise InfeasibleError(self._contradictions)
        values = [0] * len(self.ranges)
        for unknowns, bounds in self._parts():
            for unknown, value in zip(unknowns, self._solve_part(unknowns, bounds), strict=True):
                values[unknown] = value
        return Solution(values)

    def _parts(self) -> Iterable[tuple[list[int], list[Bound]]]:
        """Group unknowns that bounds tie together; small groups are joined up to the chunk size."""
        parent = list(range(len(self.ranges)))

        def root(unknown: int) -> int:
            while parent[unknown] != unknown:
                parent[unknown] = parent[parent[unknown]]
                unknown = parent[unknown]
            return unknown

        for bound in self.bounds:
            first, *others = bound.terms
            for other in others:
                parent[root(other)] = root(first)
        members: dict[int, list[int]] = defaultdict(list)
        for unknown in range(len(self.ranges)):
            members[root(unknown)].append(unknown)
        bounds: dict[int, list[Bound]] = defaultdict(list)
        for bound in self.bounds:
            bounds[root(next(iter(bound.terms)))].append(bound)
        chunk: tuple[list[int], list[Bound]] = ([], [])
        for key, unknowns in members.items():
            if chunk[0] and len(chunk[0]) + len(unknowns) > CHUNK_SIZE:
                yield chunk
                chunk = ([], [])
            chunk[0].extend(unknowns)
            chunk[1].extend(bounds[key])
        if chunk[0]:
            yield chunk

    def _solve_part(self, unknowns: list[int], bounds: list[Bound]) -> list[int]:
        ranges = [self.ranges[u] for u in unknowns]
        costs = [self.costs[u] for u in unknowns]
        place = {unknown: i for i, unknown in enumerate(unknowns)}
        rows = [({place[u]: c for u, c in b.terms.items()}, b.low, b.high) for b in bounds]
        values = _minimise(costs, ranges, rows)
        if values is None:
            raise InfeasibleError(_explain(ranges, rows, bounds))
        return values


@dataclass(frozen=True)
class Solution:
    """The value of every unknown."""

    values: Sequence[int]

    def __call__(self, subject: Sum) -> int:
        """Return the value of a sum."""
        return subject.constant + sum(c * self.values[u] for u, c in subject.terms.items())


def _minimise(costs: Sequence[int], ranges: Sequence[Range], rows: Sequence[Row]) -> list[int] | None:
    """Return the cheapest whole values, or None where there are none."""
    from pipeline.highs import Model

    return Model(costs, ranges, rows).minimise()


def _explain(ranges: Sequence[tuple[int, int]], rows: Sequence[Row], bounds: Sequence[Bound]) -> list[Unmet]:
    """Let every bound give way at a price and return those that do."""
    wide = list(ranges)
    costs = [0] * len(ranges)
    loose: list[Row] = []
    slacks: list[tuple[int, ...]] = []
    for (terms, low, high), bound in zip(rows, bounds, strict=True):
        own = dict(terms)
        slack = []
        for limit, sign in ((low, 1), (high, -1)):
            if limit is not None:
                own[len(wide)] = sign
                slack.append(len(wide))
                wide.append((0, 10**7))
                costs.append(bound.firmness)
        slacks.append(tuple(slack))
        loose.append((own, low, high))
    values = _minimise(costs, wide, loose)
    if values is None:
        return [Unmet("the bounds of single answers", 0)]
    return [
        Unmet(bound.because, amount)
        for bound, slack in zip(bounds, slacks, strict=True)
        if (amount := sum(values[s] for s in slack))
    ]
