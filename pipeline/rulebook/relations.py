"""Whether the relations between figures make sense together, as linear comparisons of numbers that could be anything.

A relation can find something where some numbers break one of its comparisons; where that breaks another relation too, others
find all that it finds.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from math import lcm

from pipeline.highs import Model, Row, Solver
from schemas.relations import RelationRow, Term

MOST = 999_999_999
"""The highest number of nine digits: what an answer may have."""
Name = tuple[str, str]
"""A number: a figure and its measure."""


@dataclass(frozen=True)
class RelationHealth:
    """Relations that can `never` find anything, that others imply, and those that no numbers meet together.

    Each of `implied` has the relations without one of which it would find something; none where several find the same.
    """

    never: frozenset[str] = frozenset()
    implied: Mapping[str, Sequence[str]] = field(default_factory=dict)
    contradicting: tuple[str, ...] = ()


@dataclass(frozen=True)
class _Comparison:
    """What a row demands: each number times a whole number adds up to no less than low and no more than high."""

    terms: dict[Name, int]
    low: int | None
    high: int | None


def examine_relations(rows: Iterable[RelationRow]) -> RelationHealth:
    """Examine relations by their comparisons; `rows` are those of all relations of a year."""
    demanded: dict[str, list[_Comparison]] = defaultdict(list)
    for row in rows:
        demanded[row.relation_id] += _comparisons(row)
    solver = Solver()
    if not _has_values([one for own in demanded.values() for one in own], solver):
        return RelationHealth(contradicting=_smallest_conflict(demanded, solver))
    never: set[str] = set()
    implied: dict[str, list[str]] = {}
    for name, own in demanded.items():
        others = [other for other in demanded if other != name]
        if not any(_has_values([end], solver) for one in own for end in _broken(one)):
            never.add(name)
        elif not _could_find(own, others, demanded, solver):
            numbers = {number for one in own for number in one.terms}
            near = [o for o in others if any(numbers & one.terms.keys() for one in demanded[o])]
            implied[name] = [
                o for o in near if _could_find(own, [other for other in others if other != o], demanded, solver)
            ]
    return RelationHealth(frozenset(never), implied)


def _could_find(
    own: Sequence[_Comparison], others: Sequence[str], demanded: Mapping[str, Sequence[_Comparison]], solver: Solver
) -> bool:
    """Whether numbers that meet all others break one of a relation's own comparisons."""
    kept = [one for other in others for one in demanded[other]]
    return any(_has_values([*_near(end, kept), end], solver) for one in own for end in _broken(one))


def _comparisons(row: RelationRow) -> list[_Comparison]:
    """A row as comparisons in whole numbers: a share of the right side is let pass on both sides of it."""
    spread = row.tolerance_share
    ends: list[tuple[dict[Name, Decimal], Decimal | None, Decimal | None]] = []
    if row.operator in ("=", "<="):
        ends.append((_difference(row, 1 + spread), None, row.constant + row.tolerance))
    if row.operator in ("=", ">="):
        ends.append((_difference(row, 1 - spread), row.constant - row.tolerance, None))
    return [_whole(terms, low, high) for terms, low, high in ends]


def _difference(row: RelationRow, times_right: Decimal) -> dict[Name, Decimal]:
    terms: dict[Name, Decimal] = defaultdict(Decimal)
    for side, factor in ((row.left, Decimal(1)), (row.right, -times_right)):
        for term in side:
            terms[_name(term)] += term.times * factor
    return {name: times for name, times in terms.items() if times}


def _name(term: Term) -> Name:
    return term.figure, term.measure


def _whole(terms: dict[Name, Decimal], low: Decimal | None, high: Decimal | None) -> _Comparison:
    numbers = [*terms.values(), *(end for end in (low, high) if end is not None)]
    scale = lcm(*(number.as_integer_ratio()[1] for number in numbers)) if numbers else 1
    return _Comparison(
        {name: int(times * scale) for name, times in terms.items()},
        None if low is None else int(low * scale),
        None if high is None else int(high * scale),
    )


def _broken(one: _Comparison) -> list[_Comparison]:
    """The ways to break a comparison by as little as whole numbers can."""
    ends = []
    if one.low is not None:
        ends.append(_Comparison(one.terms, None, one.low - 1))
    if one.high is not None:
        ends.append(_Comparison(one.terms, one.high + 1, None))
    return ends


def _near(start: _Comparison, others: Sequence[_Comparison]) -> list[_Comparison]:
    """The comparisons that share a number with one, directly or through others."""
    names, left = set(start.terms), list(others)
    found: list[_Comparison] = []
    while near := [one for one in left if names & one.terms.keys()]:
        found += near
        left = [one for one in left if one not in near]
        names |= {name for one in near for name in one.terms}
    return found


def _has_values(demanded: Collection[_Comparison], solver: Solver) -> bool:
    if not all((one.low or 0) <= 0 <= (one.high or 0) for one in demanded if not one.terms):
        return False  # Both sides are the same, but for a constant that they may not differ by.
    place = {name: number for number, name in enumerate(dict.fromkeys(n for one in demanded for n in one.terms))}
    rows: list[Row] = [({place[n]: times for n, times in one.terms.items()}, one.low, one.high) for one in demanded]
    return Model([0] * len(place), [(0, MOST)] * len(place), rows, solver).minimise() is not None


def _smallest_conflict(demanded: Mapping[str, Sequence[_Comparison]], solver: Solver) -> tuple[str, ...]:
    """Relations that contradict one another, of which none can be left out: each that is not needed goes, one after another."""
    kept = dict(demanded)
    for name in demanded:
        without = {other: own for other, own in kept.items() if other != name}
        if not _has_values([one for own in without.values() for one in own], solver):
            kept = without
    return tuple(sorted(kept))
