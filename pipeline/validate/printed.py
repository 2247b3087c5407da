"""Which cells of the returns hold what the form printed there, told for all cells at once."""

from __future__ import annotations

from collections.abc import Mapping

import polars as pl

from pipeline.forms.blank import Place
from pipeline.japanese import plain_text

_TEXT = ["sheet", "address", "text"]


def mark_printed(cells: pl.DataFrame, fixed: Mapping[Place, str]) -> pl.DataFrame:
    """The cells with the column `is_printed`: whether a cell holds, in plain letters, what `fixed` has in its place.

    The same text in the same place, which most municipalities send, is looked at once.
    """
    distinct = cells.select(_TEXT).unique()
    printed = [fixed.get((sheet, address)) == plain_text(text) for sheet, address, text in distinct.iter_rows()]
    told = distinct.with_columns(is_printed=pl.Series(printed, dtype=pl.Boolean))
    return cells.join(told, on=_TEXT, how="left", maintain_order="left")
