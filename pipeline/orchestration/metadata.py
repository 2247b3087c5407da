"""Rows as Dagster's metadata tables."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from dagster import MetadataValue, TableColumn, TableMetadataValue, TableRecord, TableSchema

SHOWN_ROWS = 50


def table(rows: Sequence[Mapping[str, Any]], columns: Sequence[str] = ()) -> TableMetadataValue:
    """The first rows as a metadata table; columns are those given, or else those of the first row.

    What is neither text nor number nor truth is shown as text; null stays null.
    """
    names = list(columns or (rows[0] if rows else ()))
    return MetadataValue.table(
        records=[TableRecord({name: _shown(row[name]) for name in names}) for row in rows[:SHOWN_ROWS]],
        schema=TableSchema(columns=[TableColumn(name) for name in names]),
    )


def _shown(value: Any) -> str | int | float | bool | None:
    return value if value is None or isinstance(value, str | int | float | bool) else str(value)
