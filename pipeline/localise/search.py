"""The cheapest sets of fields whose change meets all demands: the first proven cheapest, others after it.

Fellegi and Holt (1976), as an integer program with the demands added that a solution breaks, until it breaks none: what the
demands at hand allow at the lowest cost, and breaks no other, is the cheapest under all of them.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from pipeline.highs import Solver
from pipeline.localise.observed import Demand, ObservedProgram
from pipeline.localise.part import Part, PartModel, Task
from pipeline.localise.possible import Possible, possible_of
from pipeline.localise.unknowns import ONE, FieldUnknowns
from pipeline.program import Sum

CAP = 5
"""Solutions that are listed of one contradiction."""
FARTHEST = 4
"""A solution is listed up to this many times the cost of the first."""
FINEST = 1e-9
"""The solver's tolerance: a number that somebody typed may have nine digits, and a switch beside it has one."""
FEW = 2
"""A demand between a member and its secretariat is on so many municipalities' answers; one over all returns, on more."""


@dataclass(frozen=True, slots=True)
class Solution:
    """Fields whose change meets all demands, in the order of the form, and what each could be then."""

    fields: tuple[FieldUnknowns, ...]
    weight: int
    possible: tuple[Possible, ...]


@dataclass(frozen=True, slots=True)
class Contradiction:
    """Demands that are broken together, the solutions from the cheapest on, and whether there are more than are listed.

    `besides` are demands between returns that are broken too, and are met once this and the other contradictions are mended.
    """

    demands: tuple[Demand, ...]
    besides: tuple[Demand, ...]
    forced: tuple[FieldUnknowns, ...]
    solutions: tuple[Solution, ...]
    has_more: bool


class Search:
    """Searches the contradictions of a program; `fields` are all that may be changed, in the order of the form."""

    def __init__(self, program: ObservedProgram, fields: Sequence[FieldUnknowns]) -> None:
        self.program = program
        self._solver = Solver(FINEST)
        self._field_of = {one.owner: one for one in fields}
        self._order = {one.owner: number for number, one in enumerate(fields)}
        self._demands_on: dict[int, list[Demand]] = defaultdict(list)
        self._broken_at_a_price: dict[int, list[Demand]] = defaultdict(list)
        self._owners: dict[Demand, frozenset[int]] = {}
        for demand in program.demands:
            self._owners[demand] = program.owners_of(demand.subject)
            is_at_a_price = demand.penalty is not None and self._is_broken(demand, {})
            for owner in self._owners[demand]:
                self._demands_on[owner].append(demand)
                if is_at_a_price:
                    self._broken_at_a_price[owner].append(demand)

    def contradictions(self, broken: Iterable[Demand], forced: Iterable[FieldUnknowns]) -> list[Contradiction]:
        """Find what explains the broken demands, and the fields that cannot stay as they are."""
        narrow, wide = _by_width(broken, self._municipalities)
        solved = self._solved(narrow, wide, forced)
        together = {unknown: value for one in solved for unknown, value in one.values.items()}
        changed = [one for part in solved for one in self._changed(part.part, part.values)]
        found = [
            self._explain(one.part, changed, members, together, one.unreadable, wide)
            for one in solved for members in self._clusters(one.part, self._changed(one.part, one.values))
        ]  # fmt: skip
        return sorted(found, key=lambda one: self._order[one.solutions[0].fields[0].owner])

    def _municipalities(self, demand: Demand) -> int:
        """On how many municipalities' answers a demand is."""
        own = (self._field_of[owner] for owner in self._owners[demand] if owner in self._field_of)
        return len({one.key.municipality_code for one in own})

    def _solved(
        self, narrow: Iterable[Demand], wide: Sequence[Demand], forced: Iterable[FieldUnknowns]
    ) -> list[_Solved]:
        """The cheapest values of each part; parts that meet are one: in an owner, or in a demand that they break together.

        A wide demand is met by the way, more often than not: it is no part unless the others' values leave it broken.
        """
        program = self.program
        parts = [_Solved(Part(set(self._owners[demand]), {demand: None}), []) for demand in narrow]
        parts += [_Solved(Part(set(program.made_of({one.owner})), {}), [one]) for one in forced]
        while True:
            parts = _joined(parts)
            for one in parts:
                if not one.is_solved:
                    one.values, one.is_solved = self._cheapest(one.part, Task(), later=wide) or {}, True
            if len(_joined(parts)) < len(parts):
                continue
            together = {unknown: value for one in parts for unknown, value in one.values.items()}
            known = {demand for one in parts for demand in (*one.part.demands, *one.part.soft)}
            changed = sorted({program.owner_of(u) for u, value in together.items() if value != program.observed[u]})
            on_changed = {demand: None for owner in changed for demand in self._demands_on[owner]} | dict.fromkeys(wide)
            clashes = [d for d in on_changed if d not in known and self._is_broken(d, together)]
            if not clashes:
                return [one for one in parts if one.values]
            parts += [_Solved(Part(set(self._owners[d]), {d: None} if d.penalty is None else {}), []) for d in clashes]

    def _fields(self, owners: Collection[int]) -> list[FieldUnknowns]:
        own = (self._field_of[owner] for owner in owners if owner in self._field_of)
        return sorted(own, key=lambda one: self._order[one.owner])

    def _changed(self, part: Part, values: Mapping[int, int]) -> list[FieldUnknowns]:
        return [one for one in self._fields(part.owners) if self._is_changed(one, values)]

    def _is_changed(self, one: FieldUnknowns, values: Mapping[int, int]) -> bool:
        return self.program.value(one.change, values) > 0

    def _cheapest(self, part: Part, task: Task, later: Collection[Demand] = ()) -> dict[int, int] | None:
        """The values of a part's unknowns that do a task at the lowest cost and meet all demands; None where there are none.

        Demands that they break are added to the part until they break none but those that are looked at later.
        """
        while True:
            self._add_soft(part)
            fields = self._fields(part.owners)
            values = PartModel(self.program, part, fields, task).cheapest(self._solver)
            if values is None:
                return None
            for one in fields:
                if one.companions and self._is_changed(one, values):
                    for gone in one.companions:
                        values |= gone.blank
            touched = {self.program.owner_of(u) for u, value in values.items() if value != self.program.observed[u]}
            touched |= {one.owner for one in fields if self._is_changed(one, values)}
            touched |= task.mended_owners & part.owners
            values = {**task.mended, **values}
            broken = [demand for demand in self._broken(part, values, touched) if demand not in later]
            if not broken:
                return values
            for demand in broken:
                part.demands[demand] = None
                part.owners |= self._owners[demand]

    def _add_soft(self, part: Part) -> None:
        """Rules that are broken at a price, and share a field with the part, may be mended by it."""
        new = part.owners - part.seen
        part.seen |= new
        for owner in sorted(new & self._field_of.keys()):
            for demand in self._broken_at_a_price[owner]:
                part.soft[demand] = None
                part.owners |= self._owners[demand]

    def _is_broken(self, demand: Demand, values: Mapping[int, int]) -> bool:
        return not demand.is_met(self.program.value(demand.subject, values))

    def _broken(self, part: Part, values: Mapping[int, int], owners: Collection[int]) -> list[Demand]:
        """Demands on these owners that the values break and that the part does not know of; of those with a price, none that it counts."""
        touched = {demand: None for owner in sorted(owners) for demand in self._demands_on[owner]}
        broken = [
            d for d in touched if d not in part.demands and d not in part.soft and self._is_broken(d, values)
        ]  # fmt: skip
        for demand in broken:
            if demand.penalty is not None:
                part.soft[demand] = None
                part.owners |= self._owners[demand]
        return broken

    def _clusters(self, part: Part, changed: Sequence[FieldUnknowns]) -> list[list[FieldUnknowns]]:
        """Changed fields that meet in a demand belong together."""
        shown = [one for one in changed if one.field.weight]
        group = {one.owner: {one.owner} for one in shown}
        for demand in part.demands:
            members = [one.owner for one in shown if one.owner in self._owners[demand]]
            for other in members[1:]:
                merged = group[members[0]] | group[other]
                for owner in merged:
                    group[owner] = merged
        return [
            [self._field_of[owner] for owner in sorted(owners, key=self._order.__getitem__)]
            for owners in dict.fromkeys(frozenset(group[one.owner]) for one in shown)
        ]

    def _explain(
        self, part: Part, changed: Sequence[FieldUnknowns], members: list[FieldUnknowns], values: Mapping[int, int],
        unreadable: Sequence[FieldUnknowns], wide: Iterable[Demand],
    ) -> Contradiction:  # fmt: skip
        """The solutions of one contradiction, while all others are mended as in the cheapest of all."""
        shown = {one.owner for one in members}
        others = {one.owner for one in changed if one.owner not in shown}
        gone = {o for one in changed if one.owner in others for o in _owners(one)}
        mended = {u: values[u] for owner in gone for u in self.program.owned_by(owner) if u in values}
        solutions = [self._solution(part, members, mended, values)]
        cuts: list[Sequence[FieldUnknowns]] = [members]
        limit = FARTHEST * solutions[0].weight
        has_more = False
        is_alone = self._is_in_every_solution(part, members)
        while not is_alone:
            task = Task(free=others, cuts=cuts, limit=limit, mended=mended, mended_owners=frozenset(gone))
            found = self._cheapest(part, task)
            if found is None:
                break
            fields = [one for one in self._changed(part, found) if one.owner not in others and one.field.weight]
            if not fields:
                break
            if len(solutions) == CAP:
                has_more = True
                break
            solutions.append(self._solution(part, fields, mended, found))
            cuts.append(fields)
        demands = [d for d in part.demands if self._owners[d] & shown and self._is_broken(d, {})]
        gone_or_changed = {owner for one in members for owner in _owners(one)}
        forced = tuple(one for one in unreadable if one.owner in gone_or_changed)
        own = {u: values[u] for one in members for u in self.program.owned_by(one.owner)}
        besides = [d for d in wide if d not in part.demands and self._is_moved(d, own)]
        return Contradiction(tuple(demands), tuple(besides), forced, tuple(solutions), has_more)

    def _is_in_every_solution(self, part: Part, members: Sequence[FieldUnknowns]) -> bool:
        """Whether all that changes has to: it cannot stay in any case, or nothing else is in what is broken."""
        return all(one.change == ONE for one in members) or self._fields(part.owners) == members[:1]

    def _is_moved(self, demand: Demand, values: Mapping[int, int]) -> bool:
        return self.program.value(demand.subject, values) != self.program.value(demand.subject, {})

    def _solution(
        self, part: Part, fields: Sequence[FieldUnknowns], mended: Mapping[int, int], values: Mapping[int, int]
    ) -> Solution:
        settled = {unknown: (values[unknown],) * 2 for unknown in mended}
        others = frozenset(self.program.owner_of(unknown) for unknown in mended)

        def solve(
            fixed: Mapping[int, tuple[int, int]], may_change: Collection[int], aim: Sum | None
        ) -> Mapping[int, int] | None:
            only = frozenset((*may_change, *others))
            ranges = {**settled, **fixed}
            task = Task(
                free=only, fixed=ranges, only=only, changed=fields, aim=aim, mended=mended, mended_owners=others
            )
            return self._cheapest(part, task)

        possible = tuple(
            possible_of(self.program, one, fields, values, self._demands_on[one.owner], solve) for one in fields
        )
        return Solution(tuple(fields), _weight(fields, self.program, values), possible)


@dataclass(eq=False)
class _Solved:
    """A part, its fields that cannot stay, and its cheapest values once it is solved; none where nothing meets its demands."""

    part: Part
    unreadable: list[FieldUnknowns]
    values: Mapping[int, int] = field(default_factory=dict)
    is_solved: bool = False


def _by_width(demands: Iterable[Demand], width: Callable[[Demand], int]) -> tuple[list[Demand], list[Demand]]:
    """Demands between few municipalities, and those over many."""
    narrow: list[Demand] = []
    wide: list[Demand] = []
    for demand in demands:
        (narrow if width(demand) <= FEW else wide).append(demand)
    return narrow, wide


def _joined(parts: Iterable[_Solved]) -> list[_Solved]:
    """Let parts that share an owner be one, which is to be solved again."""
    joined: list[_Solved] = []
    for one in parts:
        meeting = [other for other in joined if other.part.owners & one.part.owners]
        if meeting:
            members = [*meeting, one]
            part = Part(
                set().union(*(member.part.owners for member in members)),
                {demand: None for member in members for demand in member.part.demands},
                {demand: None for member in members for demand in member.part.soft},
            )  # fmt: skip
            joined = [other for other in joined if other not in meeting]
            joined.append(_Solved(part, [field for member in members for field in member.unreadable]))
        else:
            joined.append(one)
    return joined


def _owners(one: FieldUnknowns) -> list[int]:
    return [one.owner, *(gone.owner for gone in one.companions)]


def _weight(fields: Sequence[FieldUnknowns], program: ObservedProgram, values: Mapping[int, int]) -> int:
    return sum(program.value(one.cost, values) for one in fields)
