"""A table of answers as CSV that was cut while it was copied: it is never taken for a whole one without a word."""

from __future__ import annotations

from typing import Any

import polars as pl
import pytest

from pipeline.collect.collect import collect
from pipeline.collect.ledger import Receipt
from pipeline.home import Home
from pipeline.read.read import read_returns
from pipeline.tables import save
from pipeline.validate.validate import validate_returns
from schemas.survey import YearDeclarations
from tests.conftest import SECOND_YEAR
from tests.support.answer_tables import as_csv, filled_lines


def taken(home: Home, declarations: YearDeclarations, content: bytes) -> list[Receipt]:
    path = home.inbox(SECOND_YEAR) / "回答.csv"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)
    return collect(home, declarations)


def test_a_csv_that_was_cut_is_refused_and_taken_when_it_is_whole(
    home: Home, second_declarations: YearDeclarations
) -> None:
    lines = filled_lines(second_declarations)
    whole = as_csv(lines, "cp932")
    head = as_csv(lines[:1], "cp932")
    in_a_head, in_a_value, before_the_end = len(head) - 20, len(as_csv(lines[:5], "cp932")) + 30, len(whole) - 2
    for size in (in_a_head, in_a_value, before_the_end):
        (receipt,) = taken(home, second_declarations, whole[:size])
        assert (receipt.event, receipt.reason) == ("rejected", "cut-table"), size
        assert "途中で切れている可能性" in (receipt.message or "")
    receipts = taken(home, second_declarations, whole)
    assert [receipt.event for receipt in receipts] == ["unpacked"] + ["accepted"] * (len(lines) - 2)
    assert receipts[0].reason is None


@pytest.mark.parametrize(("kept", "told"), [(27, None), (26, "1団体の行がありません（"), (2, "ほか15団体）")])
def test_a_csv_that_was_cut_behind_a_row_lacks_municipalities_which_are_told(
    home: Home, second_declarations: YearDeclarations, kept: int, told: str | None
) -> None:
    lines = filled_lines(second_declarations)[: kept + 2]
    receipts = taken(home, second_declarations, as_csv(lines))
    assert [receipt.event for receipt in receipts] == ["unpacked"] + ["accepted"] * kept
    assert (told or "件の回答を取り出しました。") in (receipts[0].message or "")
    found = lacking_rows(home, second_declarations)
    assert [row["severity"] for row in found] == ["warning"] * bool(told)
    assert all(told in row["message"] for row in found if told)
    taken(home, second_declarations, as_csv(filled_lines(second_declarations)))
    assert lacking_rows(home, second_declarations) == []


def lacking_rows(home: Home, declarations: YearDeclarations) -> list[dict[str, Any]]:
    save(home, SECOND_YEAR, read_returns(home, declarations))
    findings = validate_returns(home, declarations)["findings"]
    return findings.filter(pl.col("rule_id") == "collect.rows-lacking").to_dicts()
