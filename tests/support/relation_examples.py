"""The worked cases of relations as rows, so that they are judged by the very suite that judges the figures."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

from schemas.relations import RelationRow, Term

SLACK = Decimal("0.000000001")


def example_row(row: RelationRow, values: Mapping[str, Any]) -> dict[str, Any] | None:
    """A relation's row filled from a case: `figure` or `figure#measure` to a number.

    None where the case names none of the terms on the row's left: a case may show one row of several.
    """
    if not any(_key(term) in values for term in row.left):
        return None
    left, right = _side(row.left, values), _side(row.right, values)
    right = None if right is None else right + row.constant
    if left is None or right is None:
        left = right = None
    tolerance = row.tolerance + row.tolerance_share * abs(right or 0) + SLACK
    lower = None if right is None or row.operator == "<=" else right - tolerance
    upper = None if right is None or row.operator == ">=" else right + tolerance
    return {
        "relation_id": row.relation_id, "row_no": row.row_no,
        "left_value": _float(left), "right_value": _float(right),
        "lower_bound": _float(lower), "upper_bound": _float(upper),
    }  # fmt: skip


def _key(term: Term) -> str:
    return term.figure if term.measure == "value" else f"{term.figure}#{term.measure}"


def _side(terms: Sequence[Term], values: Mapping[str, Any]) -> Decimal | None:
    numbers = [values.get(_key(term)) for term in terms]
    if any(number is None for number in numbers):
        return None
    return sum((Decimal(str(n)) * t.times for n, t in zip(numbers, terms, strict=True)), Decimal(0))


def _float(value: Decimal | None) -> float | None:
    return None if value is None else float(value)
