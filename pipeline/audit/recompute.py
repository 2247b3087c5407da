"""A figure once more, from nothing but what its trace lists: no SQL, and no number of the warehouse."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import ROUND_DOWN, ROUND_HALF_EVEN, ROUND_HALF_UP, Decimal
from typing import Protocol

from schemas.figures import Figure, Rounding

MODES = {"half_up": ROUND_HALF_UP, "half_even": ROUND_HALF_EVEN, "down": ROUND_DOWN}
OVER_NOTHING = "－"


class Counted(Protocol):
    """An entity of a figure's population."""

    @property
    def value(self) -> int:
        """What it adds where it is counted."""

    @property
    def is_counted(self) -> bool:
        """Whether it adds."""


class Term(Protocol):
    """A figure that a ratio or ranking uses."""

    @property
    def figure_id(self) -> str:
        """Its stable id."""

    @property
    def label(self) -> str:
        """Its label in Japanese."""

    @property
    def recomputed(self) -> float | None:
        """Its raw value, recomputed."""


def recompute(figure: Figure, entities: Sequence[Counted], terms: Sequence[Term]) -> tuple[float | None, str]:
    """The raw value and how it is displayed. A ratio over zero has no value; a ranking's is how many are printed."""
    if figure.operation == "ratio":
        return _ratio({term.figure_id: term.recomputed for term in terms}, figure)
    if figure.operation == "ranking":
        places = {figure_id: place for place, figure_id in enumerate(figure.candidates)}
        ranked = sorted(terms, key=lambda term: (-(term.recomputed or 0), places[term.figure_id]))[: figure.top]
        return float(len(ranked)), "、".join(term.label for term in ranked)
    total = sum(entity.value for entity in entities if entity.is_counted)
    return float(total), str(total)


def _ratio(values: dict[str, float | None], figure: Figure) -> tuple[float | None, str]:
    numerator, denominator = values[str(figure.numerator)], values[str(figure.denominator)]
    if numerator is None or not denominator:
        return None, OVER_NOTHING
    return numerator / denominator, _rounded(Decimal(numerator) / Decimal(denominator), figure.rounding)


def _rounded(value: Decimal, rounding: Rounding) -> str:
    return str(value.quantize(Decimal(1).scaleb(-rounding.digits), rounding=MODES[rounding.mode]))
