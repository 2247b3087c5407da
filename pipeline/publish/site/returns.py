"""The returns as they were sent, for auditors: what most have in common once, and of each return what it has besides."""

from __future__ import annotations

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
    columns = ["municipality_code", "sheet", "address", "text", pl.col("is_declared").cast(pl.Int8), "corrected_text"]
    table = book.scan_cells().filter(pl.col("address").str.contains(r"^[A-Z]+[0-9]+$")).select(columns).collect()
    counts = table.group_by(SheetCell._fields, maintain_order=True).len()
    returns = table.partition_by("municipality_code", include_key=False, as_dict=True)
    in_most = counts.filter(2 * pl.col("len") > len(returns)).drop("len")
    common = [SheetCell._make(cell) for cell in in_most.iter_rows()]
    number = {cell: place for place, cell in enumerate(common)}

    def sent() -> Iterator[SentReturn]:
        for (code,), frame in returns.items():
            own = [SheetCell._make(cell) for cell in frame.iter_rows()]
            known = set(own)
            yield SentReturn(
                str(code),
                [cell for cell in own if cell not in number],
                [n for cell, n in number.items() if cell not in known],
            )

    return common, sent()
