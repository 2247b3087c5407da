"""A cell that holds what the form printed there is known at once, whoever sent it."""

from __future__ import annotations

import polars as pl
from hypothesis import given
from hypothesis import strategies as st

from pipeline.japanese import plain_text
from pipeline.validate.printed import mark_printed

SHEETS, ADDRESSES, TEXTS = ("計画", "広域"), ("A1", "B2"), ("名称", " 名 称", "ｎａｍｅ", "name", "")
CELLS = st.lists(st.tuples(st.sampled_from(SHEETS), st.sampled_from(ADDRESSES), st.sampled_from(TEXTS)), max_size=12)
PLACES = st.tuples(st.sampled_from(SHEETS), st.sampled_from(ADDRESSES))


@given(cells=CELLS, fixed=st.dictionaries(PLACES, st.sampled_from(TEXTS).map(plain_text)))
def test_each_cell_is_told_in_its_order(cells: list[tuple[str, str, str]], fixed: dict[tuple[str, str], str]) -> None:
    schema = dict.fromkeys(("sheet", "address", "text"), pl.String)
    told = mark_printed(pl.DataFrame(cells, schema=schema, orient="row"), fixed)
    expected = [(*cell, fixed.get(cell[:2]) == plain_text(cell[2])) for cell in cells]
    assert told.rows() == expected
