"""A program around what was observed: conclusions, values at another point, and who owns what."""

from __future__ import annotations

from itertools import product

from hypothesis import given
from hypothesis import strategies as st

from pipeline.localise.observed import ObservedProgram

TRUTHS = st.lists(st.booleans(), min_size=1, max_size=4)


@given(TRUTHS, st.lists(st.booleans(), min_size=4, max_size=4))
def test_a_conclusion_follows_what_it_is_drawn_from_at_any_point(observed: list[bool], other: list[bool]) -> None:
    program = ObservedProgram()
    switches = [program.seen(0, 1, int(truth)) for truth in observed]
    both, either = program.all_of(switches), program.any_of(switches)
    assert (program.value(both, {}), program.value(either, {})) == (all(observed), any(observed))
    values = {unknown: int(truth) for unknown, truth in zip(range(len(switches)), other, strict=False)}
    truths = [bool(value) for value in values.values()]
    assert (program.value(both, values), program.value(either, values)) == (all(truths), any(truths))


@given(TRUTHS)
def test_the_bounds_of_a_conclusion_allow_its_value_alone(observed: list[bool]) -> None:
    program = ObservedProgram()
    switches = [program.seen(0, 1, int(truth)) for truth in observed]
    for found, truth in ((program.all_of(switches), all(observed)), (program.any_of(switches), any(observed))):
        (unknown,) = found.terms
        own = program.bounds_of(program.owner_of(unknown))
        for value in (0, 1):
            values = [*map(int, observed)] + [value] * (len(program.observed) - len(observed))
            is_allowed = all(
                (bound.low is None or bound.low <= sum(c * values[u] for u, c in bound.terms.items()))
                and (bound.high is None or sum(c * values[u] for u, c in bound.terms.items()) <= bound.high)
                for bound in own
            )
            assert is_allowed == (value == truth or not own)


def test_a_conclusion_of_conclusions_is_known_at_any_point() -> None:
    program = ObservedProgram()
    one, two, three = (program.seen(0, 1, 0) for _ in range(3))
    found = program.any_of([program.all_of([one, two]), three])
    for values in product((0, 1), repeat=3):
        assert program.value(found, dict(enumerate(values))) == (values[0] and values[1]) or values[2]


def test_nothing_is_concluded_from_what_is_certain() -> None:
    program = ObservedProgram()
    switch = program.seen(0, 1, 1)
    assert program.all_of([switch]) == switch
    assert program.all_of([]).constant == 1
    assert program.any_of([]).is_constant
    assert len(program.observed) == 1


def test_a_conclusions_owners_are_those_of_all_that_it_is_made_of() -> None:
    program = ObservedProgram()
    with program.owner() as first:
        one = program.seen(0, 1, 1)
    with program.owner() as second:
        two = program.seen(0, 5, 3)
        program.require(two - one, 0, None, "two hangs on one")
    with program.owner() as third:
        three = program.seen(0, 1, 0)
    both = program.all_of([one, three])
    (unknown,) = both.terms
    assert program.owners_of(both) == {program.owner_of(unknown), first, third}
    assert program.owners_of(two) == {first, second}
    assert program.owned_by(second) == [next(iter(two.terms))]


def test_a_demand_that_nothing_can_break_is_left_out_and_one_that_nothing_can_meet_is_not() -> None:
    program = ObservedProgram()
    constant = program.all_of([])
    program.demand(["always"], constant, 1, 1)
    program.demand(["never"], constant, None, 0)
    program.demand(["perhaps"], program.seen(0, 1, 1), None, 0)
    assert [demand.findings for demand in program.demands] == [("never",), ("perhaps",)]
