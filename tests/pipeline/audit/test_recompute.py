"""Figures recomputed from what a trace lists: sums, rounding at the boundary, ratios over nothing, ties."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.audit.recompute import recompute
from schemas.figures import Figure, Rounding
from schemas.labels import Label


@dataclass(frozen=True)
class Entity:
    value: int
    is_counted: bool


@dataclass(frozen=True)
class Term:
    figure_id: str
    label: str
    recomputed: float | None


def figure(operation: str, **more: object) -> Figure:
    base = {
        "id": "f", "published_id": None, "section": "s", "label": Label(ja="数"), "operation": operation, "unit": "u",
        "grain": "municipality", "question": None, "options": (), "numerator": None, "denominator": None,
        "candidates": (), "top": None, "rounding": Rounding(), "reference": "2024-09-30", "order": 1, "family": "f",
    }  # fmt: skip
    return Figure.model_validate({**base, **more})


def ratio(numerator: float | None, denominator: float | None, mode: str, digits: int) -> tuple[float | None, str]:
    declared = figure("ratio", numerator="n", denominator="d", rounding={"mode": mode, "digits": digits})
    return recompute(declared, [], [Term("n", "n", numerator), Term("d", "d", denominator)])


def test_only_what_is_counted_is_added() -> None:
    assert recompute(figure("sum"), [Entity(3, True), Entity(0, True), Entity(9, False)], []) == (3.0, "3")
    assert recompute(figure("count"), [], []) == (0.0, "0")


@pytest.mark.parametrize(
    ("numerator", "denominator", "mode", "digits", "shown"),
    [
        (180, 37, "half_up", 1, "4.9"),
        (1, 8, "half_up", 2, "0.13"),
        (1, 8, "half_even", 2, "0.12"),
        (1, 8, "down", 2, "0.12"),
        (5, 2, "half_up", 0, "3"),
        (4, 2, "half_up", 1, "2.0"),
    ],
)
def test_a_ratio_is_rounded_as_declared(numerator: int, denominator: int, mode: str, digits: int, shown: str) -> None:
    assert ratio(numerator, denominator, mode, digits) == (numerator / denominator, shown)


@pytest.mark.parametrize(("numerator", "denominator"), [(3, 0), (None, 3), (3, None)])
def test_a_ratio_over_nothing_is_a_dash(numerator: float | None, denominator: float | None) -> None:
    assert ratio(numerator, denominator, "half_up", 1) == (None, "－")


@given(st.integers(0, 10_000), st.integers(1, 5_000), st.integers(0, 3))
def test_half_up_is_the_nearest_step_and_the_greater_of_two(numerator: int, denominator: int, digits: int) -> None:
    _, shown = ratio(numerator, denominator, "half_up", digits)
    step = Fraction(1, 10**digits)
    distance = Fraction(shown) - Fraction(numerator, denominator)
    assert -step / 2 < distance <= step / 2


def test_a_ranking_descends_and_ties_keep_the_order_of_the_form() -> None:
    declared = figure("ranking", candidates=("a", "b", "c", "d"), top=3)
    terms = [Term("d", "四", 7), Term("c", "三", 5), Term("b", "二", 5), Term("a", "一", 1)]
    assert recompute(declared, [], terms) == (3.0, "「四」「二」「三」")
    assert recompute(declared, [], terms[:2]) == (2.0, "「四」「三」")


def test_what_nobody_chose_is_not_ranked() -> None:
    declared = figure("ranking", candidates=("a", "b"), top=2)
    assert recompute(declared, [], [Term("a", "一", 0), Term("b", "二", 1)]) == (1.0, "「二」")
    assert recompute(declared, [], [Term("a", "一", 0), Term("b", "二", 0)]) == (0.0, "なし")
