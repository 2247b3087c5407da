"""The returns as they were sent, for auditors: what most have in common once, and of each return what it has besides."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator
from typing import NamedTuple

import polars as pl

from pipeline.publish.site.book import SiteBook


class SheetCell(NamedTuple):
    """A cell of a sheet; `is_declared` is 1 where an answer is expected. What is read in its place, None where it is read as sent."""

    sheet: str
    address: str
    text: str
    is_declared: int
    corrected_text: str | None


class SentReturn(NamedTuple):
    """A municipality's cells beyond those in common, and the places in the common list of those that it lacks."""

    municipality_code: str
    cells: list[SheetCell]
    without: list[int]


def split_returns(book: SiteBook) -> tuple[list[SheetCell], Iterator[SentReturn]]:
    """(what more than half of the returns have in common, each return besides); remarks have no cell and are left out."""
    table = book.cells().filter(pl.col("address").str.contains(r"^[A-Z]+[0-9]+$"))
    columns = ["municipality_code", "sheet", "address", "text", pl.col("is_declared").cast(pl.Int8), "corrected_text"]
    cells: dict[str, list[SheetCell]] = defaultdict(list)
    for code, *cell in table.select(columns).iter_rows():
        cells[code].append(SheetCell._make(cell))
    counts = Counter(cell for own in cells.values() for cell in own)
    common = [cell for cell, count in counts.items() if 2 * count > len(cells)]
    number = {cell: place for place, cell in enumerate(common)}

    def sent() -> Iterator[SentReturn]:
        for code, own in cells.items():
            known = set(own)
            yield SentReturn(
                code,
                [cell for cell in own if cell not in number],
                [n for cell, n in number.items() if cell not in known],
            )

    return common, sent()
