"""Each kind of error in one return is found by its rule, at its cell, and costs no other return anything."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import openpyxl
import pytest

from pipeline.home import PROJECT_ROOT, Home
from schemas.form_layout import register_text
from schemas.survey import Survey, YearDeclarations
from tests.support.judging import answer, judge_returns, put_returns
from tests.support.workbooks import write_workbook

# 331007 answers "partial" with 12 plans; 332020 not_started; 332038 complete and joins network-tsuyama.
PLAIN, NOT_STARTED, MEMBER = "331007", "332020", "332038"


def state(declarations: YearDeclarations, code: str) -> str:
    return ("complete", "partial", "not_started")[int(code[2:5]) % 3]


TWO_STATES = {("plan_state", 1, "complete"): "○", ("plan_state", 1, "not_started"): "○"}
NONE_AND_MORE = {("measure", 1, "none"): "○", ("measure", 1, "visits"): "○"}
NO_OTHER = {("measure", 1, "other"): None, ("measure", 1, "visits"): "○"}
TWICE = {
    ("network", 2, None): register_text("津山圏域連携", "network-tsuyama"),
    ("drill_count", 2, None): 3,
}
CASES: list[tuple[str, str, dict[tuple[str, int, str | None], Any], str]] = [
    ("text where a number is asked", PLAIN, {("plan_count", 1, None): "多数"}, "type.plan_count"),
    ("a negative count", PLAIN, {("plan_count", 1, None): -1}, "range.plan_count"),
    ("a count above the range", PLAIN, {("plan_count", 1, None): 100_000}, "range.plan_count"),
    ("two answers where one is allowed", PLAIN, TWO_STATES, "single.plan_state"),
    ("no answer to a required question", PLAIN, {("plan_count", 1, None): None}, "answered.plan_count"),
    ("none together with another option", PLAIN, NONE_AND_MORE, "none.measure"),
    ("a name that is not in the register", MEMBER, {("network", 1, None): "津山圏域連携"}, "option.network"),
    ("a formula without a value", PLAIN, {("plan_count", 1, None): "=1+1"}, "type.plan_count"),
    ("a mark that is no tick", PLAIN, {("measure", 1, "visits"): "△"}, "type.measure"),
    (
        "the text of an option that is not chosen",
        PLAIN,
        {**NO_OTHER, ("measure_other_text", 1, None): "放送"},
        "other.measure",
    ),
    ("the same entity twice", MEMBER, TWICE, "twice.network"),
]


@pytest.mark.parametrize(("name", "code", "edit", "rule_id"), CASES, ids=[case[0] for case in CASES])
def test_an_error_is_found_by_its_rule(
    home: Home, second_declarations: YearDeclarations, name: str, code: str, edit: Any, rule_id: str
) -> None:
    put_returns(home, second_declarations, {code: edit})
    findings, outcomes = judge_returns(home, second_declarations)
    found = [f for f in findings if f["rule_id"] == rule_id]
    assert found, f"{name}: {[f['rule_id'] for f in findings]}"
    assert {f["municipality_code"] for f in found} == {code}
    assert {f["severity"] for f in found} == {"error"}
    assert found[0]["cells"] != "[]"
    assert outcomes[rule_id]["fail_count"] == len(found)
    assert outcomes["return.missing"]["pass_count"] == 27


@pytest.mark.parametrize(
    ("edit", "verdict"),
    [
        ({("measure", 1, "other"): "○", ("measure_other_text", 1, None): "放送"}, None),
        ({**NO_OTHER, ("measure_other_text", 1, None): " "}, None),
        ({("measure", 1, "other"): "△", ("measure_other_text", 1, None): "放送"}, "unverifiable"),
    ],
    ids=["chosen", "no text", "unreadable"],
)
def test_a_text_is_judged_by_its_option(
    home: Home, second_declarations: YearDeclarations, edit: Any, verdict: str | None
) -> None:
    put_returns(home, second_declarations, {PLAIN: edit})
    findings, _ = judge_returns(home, second_declarations)
    assert [f["verdict"] for f in findings if f["rule_id"] == "other.measure"] == ([verdict] if verdict else [])


def test_a_mark_that_is_no_tick_is_named_alone(home: Home, second_declarations: YearDeclarations) -> None:
    put_returns(home, second_declarations, {PLAIN: {("measure", 1, "training"): "○", ("measure", 1, "visits"): "△"}})
    findings, _ = judge_returns(home, second_declarations)
    (found,) = [f for f in findings if f["rule_id"] == "type.measure"]
    visits = next(s for s in second_declarations.layout.slots if (s.question_id, s.choice) == ("measure", "visits"))
    assert [cell.split("!")[-1] for cell in json.loads(found["cells"])] == [visits.address]
    assert "「△」" in found["message"]


def test_an_answer_to_a_question_that_was_not_asked_is_kept_and_found(
    home: Home, second_declarations: YearDeclarations
) -> None:
    code = next(
        m.code for m in second_declarations.municipalities if state(second_declarations, m.code) == "not_started"
    )
    put_returns(home, second_declarations, {code: {("plan_count", 1, None): 5}})
    findings, _ = judge_returns(home, second_declarations)
    assert [f["rule_id"] for f in findings] == ["routing.plan_count"]
    (kept,) = answer(home, second_declarations, code, "plan_count")
    assert (kept["status"], kept["value_number"], kept["is_asked"]) == ("answered", 5, False)


def test_a_question_behind_an_unreadable_one_is_unverifiable_and_not_an_error_of_its_own(
    home: Home, second_declarations: YearDeclarations
) -> None:
    blank = {("plan_state", 1, option): None for option in ("complete", "partial", "not_started")}
    put_returns(home, second_declarations, {PLAIN: {**blank, ("plan_count", 1, None): None}})
    findings, _ = judge_returns(home, second_declarations)
    verdicts = {f["rule_id"]: f["verdict"] for f in findings}
    assert verdicts["answered.plan_state"] == "fail"
    assert verdicts["answered.plan_count"] == "unverifiable"


def test_nothing_ticked_is_no_answer_and_one_tick_makes_the_others_not_chosen(
    home: Home, second_declarations: YearDeclarations
) -> None:
    options = [o.code for o in second_declarations.questionnaire.questions["measure"].choices]
    put_returns(home, second_declarations, {PLAIN: {("measure", 1, code): None for code in options}})
    findings, _ = judge_returns(home, second_declarations)
    assert [(f["rule_id"], f["severity"]) for f in findings] == [("answered.measure", "warning")]
    assert {a["status"] for a in answer(home, second_declarations, PLAIN, "measure")} == {"missing"}
    ticked = {a["status"] for a in answer(home, second_declarations, MEMBER, "measure")}
    assert ticked == {"answered", "not_chosen"}


def test_one_returns_missing_value_hides_no_other_returns_failure(
    home: Home, second_declarations: YearDeclarations
) -> None:
    put_returns(
        home, second_declarations, {PLAIN: {("plan_count", 1, None): None}, MEMBER: {("plan_count", 1, None): -3}}
    )
    findings, _ = judge_returns(home, second_declarations)
    assert {"answered.plan_count", "range.plan_count"} <= {f["rule_id"] for f in findings} or state(
        second_declarations, MEMBER
    ) == "not_started"
    assert any(f["municipality_code"] == PLAIN for f in findings)
    assert any(f["municipality_code"] == MEMBER for f in findings)


def test_an_empty_form_goes_through_with_findings(home: Home, second_declarations: YearDeclarations) -> None:
    every_cell = {(s.question_id, s.row_no, s.choice): None for s in second_declarations.layout.slots}
    put_returns(home, second_declarations, {PLAIN: every_cell})
    findings, outcomes = judge_returns(home, second_declarations)
    assert "answered.plan_state" in {f["rule_id"] for f in findings}
    assert outcomes["return.missing"]["pass_count"] == 27


def test_a_sheet_that_is_gone_leaves_its_questions_unverified_and_not_unanswered(
    home: Home, second_declarations: YearDeclarations
) -> None:
    put_returns(home, second_declarations, {})
    path = home.inbox(second_declarations.year) / f"{PLAIN}.xlsx"
    book = openpyxl.load_workbook(path)
    del book["計画"]
    book.save(path)
    findings, _ = judge_returns(home, second_declarations)
    own = {f["rule_id"]: f for f in findings if f["municipality_code"] == PLAIN}
    gone = own.pop("return.sheets")
    assert "（シート" not in gone["message"]
    assert json.loads(gone["cells"])[0].split("!")[1] == "計画"
    answered = [f for rule, f in own.items() if rule.startswith("answered.")]
    assert answered
    assert {f["verdict"] for f in answered} == {"unverifiable"}
    assert {f["follows_from"] for f in answered} == {json.dumps([f"return.sheets:{PLAIN}:計画"])}
    assert all("シート「計画」がないため" in f["message"] for f in answered if f["question_id"] == "plan_state")


def test_none_together_with_others_names_none_first(home: Home, second_declarations: YearDeclarations) -> None:
    put_returns(home, second_declarations, {PLAIN: NONE_AND_MORE})
    findings, _ = judge_returns(home, second_declarations)
    (found,) = [f for f in findings if f["rule_id"] == "none.measure"]
    slots = {s.choice: s.address for s in second_declarations.layout.slots if s.question_id == "measure"}
    assert json.loads(found["cells"])[0].split("!")[-1] == slots["none"]


def test_two_columns_in_a_row_of_a_matrix_name_that_row_alone(tmp_path: Path) -> None:
    declarations, home = Survey(PROJECT_ROOT).load_year(2024), Home(tmp_path / "home")
    question = "wider_area_issue"
    ticked = ["workforce.prefecture_wide", "medical_care.prefecture_wide", "medical_care.regional"]
    answers = {(question, 1, code): "○" for code in ticked}
    code = declarations.municipalities[5].code
    home.inbox(2024).mkdir(parents=True)
    (home.inbox(2024) / "回答.xlsx").write_bytes(write_workbook(declarations, code, answers))
    findings, _ = judge_returns(home, declarations)
    (found,) = [f for f in findings if f["rule_id"] == f"scope.{question}"]
    slots = {s.choice: s.address for s in declarations.layout.slots if s.question_id == question}
    assert [cell.split("!")[-1] for cell in json.loads(found["cells"])] == [slots[name] for name in ticked[1:]]
    assert "「医療的ケア」に複数の区分" in found["message"]
