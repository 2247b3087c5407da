"""What answers name from the register: members pass, strangers fail, what is not listed cannot be told apart."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import pytest

from pipeline.home import Home
from schemas.form_layout import NOT_LISTED_TEXT, register_text
from schemas.survey import Survey, YearDeclarations
from tests.conftest import SECOND_YEAR as YEAR
from tests.support.judging import Edits, judge_returns, put_returns

MEMBER, STRANGER = "332038", "331007"
ID, NAME = ("network", 1, None), ("network_unlisted_name", 1, None)
DRILLS = ("drill_count", 1, None)
TSUYAMA = register_text("津山圏域連携", "network-tsuyama")


def judged(home: Home, declarations: YearDeclarations, edits: Edits) -> tuple[list[dict[str, Any]], dict[str, Any]]:
    put_returns(home, declarations, edits)
    findings, outcomes = judge_returns(home, declarations)
    return [row for row in findings if row["rule_id"].startswith(("member.", "unlisted."))], outcomes


def test_members_that_name_what_they_are_members_of_pass(home: Home, second_declarations: YearDeclarations) -> None:
    findings, outcomes = judged(home, second_declarations, {})
    assert findings == []
    assert outcomes["member.network"]["pass_count"] == outcomes["unlisted.network"]["pass_count"] > 0


def test_a_municipality_that_names_what_it_is_no_member_of_is_an_error_with_its_cell(
    home: Home, second_declarations: YearDeclarations
) -> None:
    ((finding,), outcomes) = judged(home, second_declarations, {STRANGER: {ID: TSUYAMA, DRILLS: 3}})
    assert (finding["rule_id"], finding["severity"], finding["verdict"]) == ("member.network", "error", "fail")
    assert finding["municipality_code"] == STRANGER
    assert TSUYAMA in finding["message"]
    assert "!広域連携!" in finding["cells"]
    assert outcomes["member.network"]["fail_count"] == 1


def test_what_is_not_listed_is_an_error_since_nobody_can_tell_what_it_is(
    home: Home, second_declarations: YearDeclarations
) -> None:
    edits = {code: {ID: NOT_LISTED_TEXT, NAME: "県北連携", DRILLS: 1} for code in (STRANGER, "332011")}
    findings, outcomes = judged(home, second_declarations, edits)
    known = {municipality.code for municipality in second_declarations.municipalities}
    assert {row["municipality_code"] for row in findings} == set(edits) & known
    assert {row["rule_id"] for row in findings} == {"unlisted.network"}
    assert outcomes["unlisted.network"]["fail_count"] == len(findings) > 0


def test_without_any_name_there_is_nothing_to_judge(home: Home, second_declarations: YearDeclarations) -> None:
    nothing: dict[tuple[str, int, str | None], Any] = {
        (question, row, None): None for question in ("network", "drill_count") for row in (1, 2)
    }
    edits = {municipality.code: nothing for municipality in second_declarations.municipalities}
    findings, outcomes = judged(home, second_declarations, edits)
    assert findings == []
    assert {outcomes["member.network"][f"{word}_count"] for word in ("pass", "fail", "unverifiable")} == {0}


@pytest.mark.parametrize("on_roster_today", [True, False])
def test_membership_is_that_of_the_reference_date(
    home: Home, second_declarations: YearDeclarations, on_roster_today: bool
) -> None:
    reference = second_declarations.reference
    day = second_declarations.questionnaire.reference_date
    ended = [
        member.model_copy(update={"valid_to": day if on_roster_today else day.replace(year=day.year - 1)})
        if member.code == MEMBER
        else member
        for member in reference.register_members
    ]
    changed = type(reference)(reference.municipalities, reference.groupings, reference.register, tuple(ended))
    declarations = type(second_declarations)(
        **{
            **{name: getattr(second_declarations, name) for name in second_declarations.__dataclass_fields__},
            "reference": changed,
        }
    )
    findings, _ = judged(home, declarations, {MEMBER: {ID: TSUYAMA, DRILLS: 3}})
    assert [row["municipality_code"] for row in findings] == ([] if on_roster_today else [MEMBER])


def named(home: Home, declarations: YearDeclarations, edits: Edits) -> tuple[list[dict[str, Any]], dict[str, Any]]:
    put_returns(home, declarations, edits)
    findings, outcomes = judge_returns(home, declarations)
    return [row for row in findings if row["rule_id"] == "named_assumed.network"], outcomes["named_assumed.network"]


def test_members_that_name_all_that_the_register_says_pass(home: Home, second_declarations: YearDeclarations) -> None:
    findings, outcome = named(home, second_declarations, {})
    assert findings == []
    assert outcome["pass_count"] > 0


def test_a_member_that_does_not_name_what_it_is_assumed_to_be_a_member_of_is_asked(
    home: Home, second_declarations: YearDeclarations
) -> None:
    (finding,), outcome = named(home, second_declarations, {MEMBER: {ID: None, DRILLS: None}})
    assert (finding["severity"], finding["verdict"], finding["municipality_code"]) == ("warning", "fail", MEMBER)
    assert "登録簿では「津山圏域連携」の構成市町村ですが" in finding["message"]
    assert finding["cells"]
    assert outcome["fail_count"] == 1


@pytest.mark.parametrize("written", [NOT_LISTED_TEXT, "津山の連携", None])
def test_what_is_asked_about_first_is_not_asked_about_twice(
    home: Home, second_declarations: YearDeclarations, written: str | None
) -> None:
    findings, _ = named(home, second_declarations, {MEMBER: {ID: written, DRILLS: 3}})
    assert findings == []


def test_a_confirmed_member_that_does_not_name_it_is_an_error(
    home: Home, second_survey: Survey, tmp_path: Path
) -> None:
    shutil.copytree(second_survey.root, tmp_path / "survey")
    path = tmp_path / "survey" / "data" / "reference" / "register_members.csv"
    path.write_text(path.read_text(encoding="utf-8").replace(",assumed,", ",confirmed,"), encoding="utf-8")
    declarations = Survey(tmp_path / "survey").load_year(YEAR)
    put_returns(home, declarations, {MEMBER: {ID: None, DRILLS: None}})
    findings, outcomes = judge_returns(home, declarations)
    (finding,) = [row for row in findings if row["rule_id"] == "named.network"]
    assert (finding["severity"], finding["municipality_code"]) == ("error", MEMBER)
    assert outcomes["named_assumed.network"]["pass_count"] == 0
