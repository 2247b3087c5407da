"""Judging replies: what could not be taken is a finding until something settles it."""

from __future__ import annotations

from typing import Any

import pytest

from pipeline.chained import chain
from pipeline.queries.ledger import QueryEvent
from pipeline.validate.judged import Judgements
from pipeline.validate.replies import judge_replies

CODE = "331007"
REFUSED: dict[str, Any] = {
    "event": "refused", "rule": "query.value", "sheet": "a", "message": "数ではありません。", "place": "返送.xlsx!照会票!H9",
}  # fmt: skip


def judged(*drafts: dict[str, Any]) -> Judgements:
    whole = [{"at": "2025-06-24T09:00:00+09:00", "year": 2025, "municipality_code": CODE, **draft} for draft in drafts]
    into = Judgements(2025, "pandera")
    judge_replies(chain([], whole, QueryEvent), into)
    return into


def test_without_replies_nothing_is_judged() -> None:
    into = judged()
    assert into.doubts == []
    assert into.outcomes()["pass_count"].to_list() == [0]


def test_a_refused_reply_is_a_finding_that_names_file_sheet_and_cell() -> None:
    (finding,) = judged({**REFUSED, "query_id": "q"}).findings().to_dicts()
    assert (finding["rule_id"], finding["severity"], finding["verdict"]) == ("query.value", "error", "fail")
    assert finding["message"] == "ファイル「返送.xlsx」：数ではありません。（シート「照会票」H9）"
    assert finding["cells"] == '["返送.xlsx!照会票!H9"]'


@pytest.mark.parametrize(
    ("rule", "severity"),
    [("query.day", "warning"), ("query.outside", "warning"), ("query.empty", "warning"), ("query.file_name", "warning"),
     ("query.altered", "error"), ("query.twice", "error"), ("query.person", "error")],
)  # fmt: skip
def test_what_stops_nothing_is_a_warning(rule: str, severity: str) -> None:
    (finding,) = judged({**REFUSED, "rule": rule}).findings().to_dicts()
    assert finding["severity"] == severity


@pytest.mark.parametrize(
    ("rule", "later", "is_settled"),
    [
        ("query.value", {"event": "answered", "query_id": "q", "sheet": "b"}, True),
        ("query.value", {"event": "closed", "query_id": "q"}, True),
        ("query.value", {"event": "answered", "query_id": "r", "sheet": "b"}, False),
        ("query.value", {"event": "reopened", "query_id": "q"}, False),
        ("query.value", {"event": "closed", "query_id": "q", "municipality_code": "332020"}, False),
        ("query.twice", {"event": "closed", "query_id": "q"}, False),
        ("query.twice", {"event": "closed", "query_id": "q", "by": "山田"}, True),
        ("query.twice", {"event": "answered", "query_id": "q", "sheet": "b"}, True),
        ("query.twice", {"event": "answered", "query_id": "q", "sheet": "a"}, False),
    ],
)
def test_a_refused_reply_to_one_query_is_settled_by_what_comes_of_that_query(
    rule: str, later: dict[str, Any], is_settled: bool
) -> None:
    into = judged({**REFUSED, "rule": rule, "query_id": "q"}, later)
    assert (into.doubts == []) == is_settled


@pytest.mark.parametrize(("sheet", "is_settled"), [("a", False), ("b", True)])
def test_a_refused_sheet_is_settled_by_another_sheet_that_is_taken(sheet: str, is_settled: bool) -> None:
    into = judged({**REFUSED, "rule": "query.altered"}, {"event": "answered", "query_id": "q", "sheet": sheet})
    assert (into.doubts == []) == is_settled


def test_what_was_taken_before_settles_nothing() -> None:
    into = judged({"event": "answered", "query_id": "q", "sheet": "b"}, {**REFUSED, "query_id": "q"})
    assert len(into.doubts) == 1
