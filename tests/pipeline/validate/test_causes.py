"""What cannot be verified follows from the finding about the answer that decides who is asked."""

from __future__ import annotations

import json
from typing import Any

from pipeline.home import Home
from schemas.survey import YearDeclarations
from tests.support.judging import Edits, judge_returns, put_returns
from tests.support.workbooks import STATES

CODE = "331007"


def test_a_doubtful_routing_answer_is_the_cause_of_what_it_decides(
    home: Home, second_declarations: YearDeclarations
) -> None:
    two_ticks: Edits = {CODE: {("plan_state", 1, "complete"): "○", ("plan_state", 1, "not_started"): "○"}}
    put_returns(home, second_declarations, two_ticks)
    findings, _ = judge_returns(home, second_declarations)
    own = {row["finding_id"]: row for row in findings if row["municipality_code"] == CODE}
    cause = f"single.plan_state:{CODE}"
    assert own[cause]["verdict"] == "fail"
    assert json.loads(own[cause]["follows_from"]) == []
    unverifiable = [row for row in own.values() if row["verdict"] == "unverifiable"]
    assert {row["question_id"] for row in unverifiable} == {"plan_count"}
    for row in unverifiable:
        assert json.loads(row["follows_from"]) == [cause]
        assert "回答の対象かどうか確認できません" in row["message"]
        assert "「個別避難計画の作成」" in row["message"]


def test_two_ticks_that_both_lead_to_a_question_leave_no_doubt_that_it_is_asked(
    home: Home, second_declarations: YearDeclarations
) -> None:
    two_ticks: Edits = {CODE: {("plan_state", 1, "complete"): "○", ("plan_state", 1, "partial"): "○"}}
    put_returns(home, second_declarations, two_ticks)
    findings, _ = judge_returns(home, second_declarations)
    assert [row["finding_id"] for row in findings if row["municipality_code"] == CODE] == [f"single.plan_state:{CODE}"]


def test_a_wrong_answer_to_a_question_that_was_surely_asked_stands_by_itself(
    home: Home, second_declarations: YearDeclarations
) -> None:
    state: dict[tuple[str, int, str | None], Any] = {("plan_state", 1, name): None for name in STATES}
    edits: Edits = {CODE: {**state, ("plan_state", 1, "complete"): "○", ("plan_count", 1, None): -1}}
    put_returns(home, second_declarations, edits)
    findings, _ = judge_returns(home, second_declarations)
    (own,) = [row for row in findings if row["municipality_code"] == CODE and row["question_id"] == "plan_count"]
    assert (own["rule_id"], json.loads(own["follows_from"])) == ("range.plan_count", [])
