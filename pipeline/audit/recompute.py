"""A figure once more, from nothing but what its trace lists: no SQL, and no number of the warehouse."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from schemas.figures import Figure


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


NOTHING_RANKED = "なし"
"""What a ranking displays where nobody chose anything."""


def recompute(figure: Figure, entities: Sequence[Counted], terms: Sequence[Term]) -> tuple[float | None, str]:
    """The raw value and how it is displayed. A ratio over zero has no value; a ranking's is how many are printed."""
    if figure.operation == "ratio":
        values = {term.figure_id: term.recomputed for term in terms}
        return figure.rounding.ratio(values[str(figure.numerator)], values[str(figure.denominator)])
    if figure.operation == "ranking":
        places = {figure_id: place for place, figure_id in enumerate(figure.candidates)}
        ranked = sorted(terms, key=lambda term: (-(term.recomputed or 0), places[term.figure_id]))[: figure.top]
        printed = [term.label for term in ranked if term.recomputed]
        return float(len(printed)), "".join(f"「{label}」" for label in printed) or NOTHING_RANKED
    total = sum(entity.value for entity in entities if entity.is_counted)
    return float(total), str(total)
