"""Ranks as a table prints them."""

from __future__ import annotations

from collections.abc import Sequence


def ranks(values: Sequence[float | None]) -> list[int]:
    """The rank, from 1, of each of the values, which stand from the greatest on: equal ones share the first's."""
    return [values.index(value) + 1 for value in values]
