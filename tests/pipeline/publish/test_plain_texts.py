"""What respondents typed, as tables for machines have it."""

from __future__ import annotations

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.publish.plain_texts import plain_text, plain_texts
from pipeline.publish.standards.texts import is_spaced_out


@pytest.mark.parametrize(
    ("typed", "plain"),
    [
        ("第①部会", "第1部会"), ("㈱甲", "(株)甲"), (" 甲　", "甲"), ("甲会\n乙会", "甲会 乙会"), ("協　議　会", "協議会"),
        ("甲　　乙会", "甲 乙会"), ("山田　太郎", "山田　太郎"), ("髙﨑市", "髙﨑市"), ("own council", "own council"), ("", ""),
    ],
)  # fmt: skip
def test_a_text_is_plain(typed: str, plain: str) -> None:
    assert plain_text(typed) == plain


@given(st.text(alphabet="甲乙 　\n\ta①", max_size=8))
def test_what_is_plain_is_not_spaced_out_and_stays(typed: str) -> None:
    plain = plain_text(typed)
    assert not is_spaced_out(plain)
    assert plain_text(plain) == plain


def test_only_texts_change_and_a_blank_one_is_none() -> None:
    table = pl.DataFrame({"code": ["01", "02", None], "name": ["甲①", "　", "乙"], "count": [1, 2, 3]})
    made = plain_texts(table)
    assert made.to_dict(as_series=False) == {
        "code": ["01", "02", None],
        "name": ["甲1", None, "乙"],
        "count": [1, 2, 3],
    }
    assert made.schema == table.schema
