"""The integer program: cheapest values within bounds, and the fewest demands to blame where there are none."""

from __future__ import annotations

from itertools import product

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline import program as program_module
from pipeline.program import InfeasibleError, Program, Sum, total

COSTS = st.lists(st.integers(-1000, 1000), min_size=4, max_size=4, unique=True)
WEIGHTS = st.lists(st.integers(-3, 3), min_size=4, max_size=4)


@settings(max_examples=40, deadline=None)
@given(COSTS, WEIGHTS, WEIGHTS, st.integers(-4, 4))
def test_the_cheapest_of_all_switch_positions_is_found(
    costs: list[int], first: list[int], second: list[int], limit: int
) -> None:
    program = Program()
    switches = [program.switch(cost=cost) for cost in costs]
    program.require(total(s * w for s, w in zip(switches, first, strict=True)), limit, None, "first")
    program.require(total(s * w for s, w in zip(switches, second, strict=True)), None, 4, "second")

    def dot(values: tuple[int, ...], weights: list[int]) -> int:
        return sum(v * w for v, w in zip(values, weights, strict=True))

    allowed = [v for v in product((0, 1), repeat=4) if dot(v, first) >= limit and dot(v, second) <= 4]
    if not allowed:
        with pytest.raises(InfeasibleError):
            program.solve()
        return
    solution = program.solve()
    found = tuple(solution(switch) for switch in switches)
    assert found in allowed
    assert dot(found, costs) == min(dot(values, costs) for values in allowed)


@pytest.mark.parametrize("values", list(product((0, 1), repeat=3)))
def test_conjunctions_and_choices_follow_their_switches(values: tuple[int, ...]) -> None:
    program = Program()
    switches = [program.switch() for _ in values]
    for switch, value in zip(switches, values, strict=True):
        program.require(switch, value, value, "given")
    both, either = program.all_of(switches), program.any_of(switches)
    solution = program.solve()
    assert solution(both) == min(values)
    assert solution(either) == max(values)


def test_a_conjunction_of_nothing_holds_and_one_with_an_impossible_part_does_not() -> None:
    program = Program()
    assert program.all_of([]) == Sum(constant=1)
    assert program.all_of([program.switch(), Sum()]) == Sum()


def test_a_preference_gives_way_to_a_demand_at_its_price() -> None:
    program = Program()
    number = program.unknown(0, 9)
    program.prefer(number, 2, 3, cost=5, because="taste")
    program.require(number, 7, None, "demand")
    assert program.solve()(number) == 7


def test_the_least_firm_of_contradicting_demands_is_blamed() -> None:
    program = Program()
    number = program.unknown(0, 9)
    program.require(number, None, 4, "structure")
    program.require(number, 6, 6, "target", firmness=1)
    with pytest.raises(InfeasibleError, match=r"target \(by 2\)"):
        program.solve()
    empty = Program()
    empty.require(Sum(constant=3), 5, 5, "a constant")
    with pytest.raises(InfeasibleError, match=r"a constant \(by 2\)"):
        empty.solve()


def test_the_solution_does_not_depend_on_how_parts_are_joined(monkeypatch: pytest.MonkeyPatch) -> None:
    def solve() -> list[int]:
        program = Program()
        numbers = [program.unknown(0, 5, cost=(-1) ** i * (i + 3)) for i in range(30)]
        for left, right in zip(numbers[::3], numbers[1::3], strict=True):
            program.require(left + right, 2, 6, "pair")
        solution = program.solve()
        return [solution(number) for number in numbers]

    whole = solve()
    monkeypatch.setattr(program_module, "CHUNK_SIZE", 3)
    assert solve() == whole


def test_the_solver_says_nothing(capfd: pytest.CaptureFixture[str]) -> None:
    program = Program()
    program.require(program.switch() + program.switch(), 1, None, "one of two")
    program.solve()
    assert capfd.readouterr() == ("", "")
