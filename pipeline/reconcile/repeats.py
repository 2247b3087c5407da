"""Numbers that a document prints again under the same headings, as where a report or a section of it stands in it twice."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence

from pipeline.reconcile.numbers import Number

LEAST_SHARED, COMPARED = 2, 3
"""How much must stand above both, and how much of it is compared, what leads to the number included: one wording alone
stands in many places, and what stands farther above is the end of what came before."""


def fold_repeats(numbers: Sequence[Number]) -> tuple[list[Number], dict[int, list[Number]]]:
    """The numbers without those said again, and by the order of the first what is said again with another value.

    A term of a calculation says again what is said elsewhere.
    """
    said = {number.value for number in numbers if not number.is_term}
    kept: dict[tuple[object, ...], list[Number]] = defaultdict(list)
    first: list[Number] = []
    otherwise: dict[int, list[Number]] = defaultdict(list)
    for number in numbers:
        if number.is_term and number.value in said:
            continue
        alike = kept[number.leads, number.unit]
        before = next((one for one in alike if _is_same_place(one, number)), None)
        if before is None:
            alike.append(number)
            first.append(number)
        elif before.value != number.value:
            otherwise[before.order].append(number)
    return first, dict(otherwise)


def _is_same_place(one: Number, other: Number) -> bool:
    """Whether what stands nearest above both is the same, as far as there is any above either."""
    shared = min(len(one.context), len(other.context), COMPARED)
    return shared >= LEAST_SHARED and one.context[:shared] == other.context[:shared]
