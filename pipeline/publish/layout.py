"""What renderings on paper have in common: how wide the columns of a table are."""

from __future__ import annotations

from pipeline.publish.document import Table

LONGEST, PADDING = 16, 2
"""In characters: a column that holds more wraps; and what stands beside a cell's text."""


def column_shares(table: Table) -> list[float]:
    """The share of a table's width that each of its columns takes: as it says, else by the longest text in it; together 1."""
    if table.shares:
        return list(table.shares)
    lines = [table.header, *table.rows]
    lengths = [min(max(len(row[column].text) for row in lines), LONGEST) for column in range(len(table.header))]
    return [(length + PADDING) / sum(length + PADDING for length in lengths) for length in lengths]
