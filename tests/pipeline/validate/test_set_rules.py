"""Rules over the set of returns: completeness, agreement, totals, and what was rejected."""

from __future__ import annotations

from pipeline.home import Home
from schemas.survey import YearDeclarations
from tests.support.judging import judge_returns, put_returns
from tests.support.workbooks import evacuation_answers, write_workbook

SECRETARIAT, MEMBER = "332038", "336068"  # 津山市 and 鏡野町, both of network-tsuyama


def test_members_agree_with_their_secretariat(home: Home, second_declarations: YearDeclarations) -> None:
    put_returns(home, second_declarations, {})
    findings, outcomes = judge_returns(home, second_declarations)
    assert findings == []
    assert outcomes["drills-agree"]["pass_count"] == 16


def test_a_member_that_differs_is_an_error_of_that_member(home: Home, second_declarations: YearDeclarations) -> None:
    put_returns(home, second_declarations, {MEMBER: {("drill_count", 1, None): 4}})
    findings, _ = judge_returns(home, second_declarations)
    assert [(f["rule_id"], f["municipality_code"], f["verdict"]) for f in findings] == [
        ("drills-agree", MEMBER, "fail")
    ]
    assert "「4」" in findings[0]["message"]
    assert "「3」" in findings[0]["message"]


def test_without_the_secretariats_answer_nothing_can_be_verified(
    home: Home, second_declarations: YearDeclarations
) -> None:
    put_returns(home, second_declarations, {}, without=(SECRETARIAT,))
    findings, outcomes = judge_returns(home, second_declarations)
    assert outcomes["drills-agree"]["unverifiable_count"] == 6
    assert outcomes["drills-agree"]["fail_count"] == 0
    assert {f["municipality_code"] for f in findings if f["rule_id"] == "return.missing"} == {SECRETARIAT}


def test_the_total_is_unverifiable_while_a_return_is_missing(home: Home, second_declarations: YearDeclarations) -> None:
    put_returns(home, second_declarations, {}, without=("331007",))
    _, outcomes = judge_returns(home, second_declarations)
    assert outcomes["plan-states-total"]["unverifiable_count"] == 1
    assert outcomes["return.missing"]["fail_count"] == 1


def test_the_total_fails_when_an_answer_cannot_be_read(home: Home, second_declarations: YearDeclarations) -> None:
    both = {
        ("plan_state", 1, "complete"): "○",
        ("plan_state", 1, "partial"): "○",
        ("plan_state", 1, "not_started"): "○",
    }
    put_returns(home, second_declarations, {"331007": both})
    _, outcomes = judge_returns(home, second_declarations)
    assert outcomes["plan-states-total"]["fail_count"] == 1


def test_a_file_that_could_not_be_taken_is_a_warning(home: Home, second_declarations: YearDeclarations) -> None:
    put_returns(home, second_declarations, {}, without=("331007",))
    (home.inbox(2025) / "空.xlsx").write_bytes(b"")
    findings, _ = judge_returns(home, second_declarations)
    rejected = [f for f in findings if f["rule_id"] == "collect.empty-file"]
    assert [(f["severity"], "空.xlsx" in f["message"]) for f in rejected] == [("warning", True)]


def test_a_form_of_this_year_that_could_not_be_taken_is_an_error_until_the_municipality_sends_another(
    home: Home, second_declarations: YearDeclarations
) -> None:
    put_returns(home, second_declarations, {})
    judge_returns(home, second_declarations)
    municipality = next(m for m in second_declarations.municipalities if m.code == "331007")
    answers = {**evacuation_answers(second_declarations, municipality), ("plan_count", 1, None): 13}
    (home.inbox(2025) / "修正.xlsx").write_bytes(
        write_workbook(second_declarations, "331007", answers, version="2025-0")
    )
    (home.inbox(2025) / "去年.xlsx").write_bytes(write_workbook(second_declarations, "331007", answers, year="2024"))
    findings, _ = judge_returns(home, second_declarations)
    assert {(f["rule_id"], f["severity"], f["municipality_code"]) for f in findings} == {
        ("collect.wrong-version", "error", "331007"), ("collect.wrong-year", "warning", "331007"),
    }  # fmt: skip
    (home.inbox(2025) / "修正（再送）.xlsx").write_bytes(write_workbook(second_declarations, "331007", answers))
    findings, _ = judge_returns(home, second_declarations)
    assert {(f["rule_id"], f["severity"]) for f in findings} == {
        ("collect.wrong-version", "warning"),
        ("collect.wrong-year", "warning"),
        ("return.superseded", "info"),
    }
