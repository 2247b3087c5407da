"""Relations between figures that contradict one another, follow from others or can never find anything are told."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.home import PROJECT_ROOT
from pipeline.rulebook.relations import examine_relations
from schemas.relations import RelationRow, Term
from schemas.survey import Survey
from tests.conftest import DEMO_YEAR


def row(name: str, left: str, operator: Any, right: str = "", **more: Any) -> RelationRow:
    sides = ([Term(figure=figure) for figure in side.split()] for side in (left, right))
    return RelationRow(relation_id=name, row_no=1, left=next(sides), operator=operator, right=next(sides), **more)


PARTS = row("parts", "single joint", "=", "all")
AT_MOST = row("at-most", "single", "<=", "all")
ALL = row("all", "all", "=", constant=Decimal(63))
FEW = row("few", "single", "<=", constant=Decimal(3))
MANY = row("many", "single", ">=", constant=Decimal(4))
ALREADY = row("already", "single", ">=")


def test_a_part_that_is_no_more_than_the_whole_follows_from_the_sum_of_the_parts() -> None:
    found = examine_relations([PARTS, AT_MOST])
    assert (dict(found.implied), found.never, found.contradicting) == ({"at-most": ["parts"]}, frozenset(), ())
    assert examine_relations([AT_MOST]).implied == {}


def test_relations_that_no_figures_meet_are_told_without_those_that_are_sound() -> None:
    assert examine_relations([PARTS, ALL, FEW, MANY]).contradicting == ("few", "many")
    # At the bound one number is left.
    at_bound = row("at-bound", "single", ">=", constant=Decimal(3))
    assert examine_relations([PARTS, ALL, FEW, at_bound]).contradicting == ()


def test_what_no_count_can_break_never_finds_anything() -> None:
    assert examine_relations([ALREADY]).never == {"already"}
    assert examine_relations([row("above-nothing", "single", ">=", constant=Decimal(1))]).never == frozenset()


def test_a_difference_that_is_let_pass_widens_what_is_met() -> None:
    exact = row("exact", "single", "=", "all")
    near = row("near", "single", "=", "all", tolerance=Decimal("0.5"))
    share = row("share", "single", "=", "all", tolerance_share=Decimal("0.25"))
    assert set(examine_relations([exact, near]).implied) == {"exact", "near"}
    assert dict(examine_relations([exact, share]).implied) == {"share": ["exact"]}
    wide = row("wide", "single", "=", "all", tolerance=Decimal("1.5"))
    assert dict(examine_relations([exact, wide]).implied) == {"wide": ["exact"]}


def test_two_that_say_the_same_imply_one_another() -> None:
    twice = row("twice", "all", "=", "joint single")
    assert dict(examine_relations([PARTS, twice]).implied) == {"parts": ["twice"], "twice": ["parts"]}


@given(st.lists(st.tuples(st.sampled_from(["<=", ">="]), st.integers(0, 6)), min_size=1, max_size=4))
@settings(deadline=None, max_examples=60)
def test_bounds_on_one_number_are_examined_as_by_trying_every_number(bounds: list[tuple[Any, int]]) -> None:
    rows = [row(f"bound-{n}", "single", op, constant=Decimal(end)) for n, (op, end) in enumerate(bounds)]

    def breaks(number: int, bound: tuple[str, int]) -> bool:
        return number > bound[1] if bound[0] == "<=" else number < bound[1]

    def found_by(own: int) -> bool:
        others = [bound for n, bound in enumerate(bounds) if n != own]
        return any(breaks(x, bounds[own]) and not any(breaks(x, other) for other in others) for x in range(9))

    found = examine_relations(rows)
    if not any(not any(breaks(x, bound) for bound in bounds) for x in range(9)):
        assert found.contradicting
        return
    assert found.never == {f"bound-{n}" for n, (op, end) in enumerate(bounds) if (op, end) == (">=", 0)}
    implied = {f"bound-{n}" for n in range(len(bounds)) if not found_by(n)} - found.never
    assert set(found.implied) == implied


def test_the_relations_of_the_survey_are_sound() -> None:
    found = examine_relations(Survey(PROJECT_ROOT).load_year(DEMO_YEAR).relation_rows)
    assert (found.contradicting, found.never) == ((), frozenset())


def test_sides_that_are_the_same_contradict_where_they_must_differ_and_never_find_anything_where_not() -> None:
    apart = row("apart", "all", "=", "all", constant=Decimal(2))
    assert examine_relations([apart, PARTS]).contradicting == ("apart",)
    assert examine_relations([row("alike", "all", "=", "all"), AT_MOST]).never == {"alike"}
    assert examine_relations([row("less", "all", "<=", "all", constant=Decimal(-1))]).contradicting == ("less",)
