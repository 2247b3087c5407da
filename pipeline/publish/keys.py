"""Which published tables refer to which: keys that hold in the tables as they are."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from pipeline.publish.open_data import Resource

OTHER_NAMES = {("rankings", "candidate_id"): "figure_id"}
"""Columns that bear the key of another table under a name of their own."""


@dataclass(frozen=True)
class ForeignKey:
    """Columns of a table, each value of which is a key of another one."""

    columns: tuple[str, ...]
    table: str
    keys: tuple[str, ...]


def foreign_keys(resource: Resource, resources: Sequence[Resource]) -> list[ForeignKey]:
    """The foreign keys of a table: its columns with the names of another table's primary key, where every row has its match.

    Of tables with the same key only the first is referred to, and a table with a key does not refer to one with the same.
    """
    found: dict[tuple[str, ...], ForeignKey] = {}
    for other in resources:
        if other is resource or not other.primary_key or set(other.primary_key) == set(resource.primary_key):
            continue
        for columns in _bearers(resource, other.primary_key):
            if columns not in found and _holds(resource, columns, other):
                found[columns] = ForeignKey(columns, other.name, other.primary_key)
    return list(found.values())


def _bearers(resource: Resource, key: tuple[str, ...]) -> list[tuple[str, ...]]:
    """The columns that bear a key, by its own names and by another name of one of them."""
    others = {name: known for (table, name), known in OTHER_NAMES.items() if table == resource.name}
    sets = [key, *(tuple(name if part == known else part for part in key) for name, known in others.items())]
    return [columns for columns in dict.fromkeys(sets) if set(columns) <= set(resource.table.columns)]


def _holds(resource: Resource, columns: tuple[str, ...], other: Resource) -> bool:
    own = resource.table.select(columns).unique()
    known = other.table.select(other.primary_key).rename(dict(zip(other.primary_key, columns, strict=True)))
    if own.schema != known.schema or own.is_empty():
        return False
    return own.null_count().sum_horizontal().item() == 0 and own.join(known, on=list(columns), how="anti").is_empty()
