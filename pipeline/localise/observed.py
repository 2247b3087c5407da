"""An integer program around what was observed: which demands the observed values break, and which of it belongs together.

Unknowns and the bounds that make them what they are belong to an owner: one answer, or one conclusion drawn from others.
So a part of the program can be solved alone: a demand, the owners of its unknowns, and what they are made of.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from math import prod

from pipeline.program import Bound, Program, Sum


@dataclass(frozen=True, eq=False, slots=True)
class Demand:
    """A sum must keep within bounds; `findings` are told where it does not.

    A demand with a penalty may be broken at that price; one without may not.
    """

    findings: tuple[str, ...]
    subject: Sum
    low: int | None
    high: int | None
    penalty: int | None = None

    def is_met(self, value: int) -> bool:
        """Whether the demand is met where the sum has this value."""
        return (self.low is None or self.low <= value) and (self.high is None or value <= self.high)


class _Owning:
    """While it is entered, an owner has what is added to a program."""

    def __init__(self, program: ObservedProgram, number: int) -> None:
        self._program, self._number = program, number

    def __enter__(self) -> int:
        self._before = self._program.own(self._number)
        return self._number

    def __exit__(self, *_: object) -> None:
        self._program.own(self._before)


class ObservedProgram(Program):
    """Unknowns with their observed values, owners, and demands.

    A conclusion (`all_of`, `any_of`) has the value that follows from what it is drawn from.
    """

    def __init__(self) -> None:
        super().__init__()
        self.observed: list[int] = []
        self.demands: list[Demand] = []
        self.never_told: set[str] = set()
        self._owners: list[int] = []
        self._owner = 0
        self._bounds_of: dict[int, list[Bound]] = defaultdict(list)
        self._conclusions: dict[int, tuple[bool, Sequence[Sum]]] = {}
        self._owned_by: dict[int, list[int]] = defaultdict(list)
        self._made_of: dict[int, frozenset[int]] = {}

    def owner(self, number: int | None = None) -> _Owning:
        """Let an owner, a new one unless its number is given, have what is added meanwhile; gives its number."""
        own = number or len(self._owned_by) + 1
        self._owned_by.setdefault(own, [])
        return _Owning(self, own)

    def own(self, number: int) -> int:
        """Let an owner have what is added from now on; gives the one that had it before."""
        before, self._owner = self._owner, number
        return before

    def seen(self, low: int, high: int, observed: int) -> Sum:
        """Add an unknown whole number between two bounds whose value was observed."""
        found = self.unknown(low, high)
        self.observed[-1] = observed
        return found

    def unknown(self, low: int, high: int, *, cost: int = 0) -> Sum:
        """Add an unknown of the owner at hand."""
        found = super().unknown(low, high, cost=cost)
        self._owned_by[self._owner].append(len(self.observed))
        self._owners.append(self._owner)
        self.observed.append(0)
        return found

    def require(self, subject: Sum, low: int | None, high: int | None, because: str, *, firmness: int = 100) -> None:
        """Bound what the owner at hand is made of."""
        count = len(self.bounds)
        super().require(subject, low, high, because, firmness=firmness)
        self._bounds_of[self._owner] += self.bounds[count:]

    def demand(
        self, findings: Sequence[str], subject: Sum, low: int | None, high: int | None, *, penalty: int | None = None
    ) -> None:
        """Demand that a sum keeps within bounds; of one that holds whatever is answered, only the findings are kept."""
        demand = Demand(tuple(findings), subject, low, high, penalty)
        if subject.terms or not demand.is_met(subject.constant):
            self.demands.append(demand)
        else:
            self.never_told.update(findings)

    def all_of(self, switches: Sequence[Sum]) -> Sum:
        """Return a sum that is 1 where all the given 0-or-1 sums are 1, else 0."""
        return self._conclude(switches, is_all=True)

    def any_of(self, switches: Sequence[Sum]) -> Sum:
        """Return a sum that is 1 where at least one of the given 0-or-1 sums is 1, else 0."""
        return self._conclude(switches, is_all=False) if switches else Sum()

    def _conclude(self, switches: Sequence[Sum], *, is_all: bool) -> Sum:
        count = len(self.observed)
        with self.owner() as owner:
            found = super().all_of(switches) if is_all else super().any_of(switches)
        if len(self.observed) == count:
            del self._owned_by[owner]
            return found
        self._conclusions[count] = is_all, switches
        self.observed[count] = self._concluded(count, {})
        return found

    def _concluded(self, unknown: int, values: Mapping[int, int]) -> int:
        is_all, switches = self._conclusions[unknown]
        told = (self.value(switch, values) for switch in switches)
        return prod(told) if is_all else max(told)

    def value(self, subject: Sum, values: Mapping[int, int]) -> int:
        """The value of a sum where unknowns have these values, and all others the observed ones."""
        found = subject.constant
        if not values:
            return found + sum([times * self.observed[unknown] for unknown, times in subject.terms.items()])
        for unknown, times in subject.terms.items():
            if unknown in self._conclusions:
                found += times * self._concluded(unknown, values)
            else:
                found += times * values.get(unknown, self.observed[unknown])
        return found

    def owners_of(self, subject: Sum) -> frozenset[int]:
        """The owners of a sum's unknowns, and of all that they are made of."""
        return self.made_of({self._owners[unknown] for unknown in subject.terms})

    def made_of(self, owners: Iterable[int]) -> frozenset[int]:
        """Owners, and those of all that their unknowns are made of."""
        found: set[int] = set()
        for owner in owners:
            if owner not in self._made_of:
                own, open_owners = {owner}, [owner]
                while open_owners:
                    of = self._bounds_of.get(open_owners.pop(), ())
                    new = {self._owners[u] for bound in of for u in bound.terms} - own
                    own |= new
                    open_owners += new
                self._made_of[owner] = frozenset(own)
            found |= self._made_of[owner]
        return frozenset(found)

    def owner_of(self, unknown: int) -> int:
        """The owner of an unknown."""
        return self._owners[unknown]

    def owned_by(self, owner: int) -> Sequence[int]:
        """The unknowns of an owner."""
        return self._owned_by[owner]

    def bounds_of(self, owner: int) -> Sequence[Bound]:
        """The bounds that make an owner's unknowns what they are."""
        return self._bounds_of[owner]

    def lowest(self, subject: Sum) -> int:
        """The smallest value the unknowns' own ranges allow the sum."""
        return -self.highest(subject * -1)
