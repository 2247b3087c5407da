"""Letters that were lost, or that only the sender sees, are kept and told."""

from __future__ import annotations

import pytest

from pipeline.home import Home
from pipeline.validate.letters import is_garbled
from schemas.survey import YearDeclarations
from tests.support.judging import answer, judge_returns, put_returns

CODE = "331007"


@pytest.mark.parametrize("text", ["岡山\ufffd市", "外字\ue000", "\U000f0001", "繝・せ繝\ufffd", "繧ｫ"])
def test_a_lost_letter_is_garbled(text: str) -> None:
    assert is_garbled(text)


@pytest.mark.parametrize("text", ["あいう", "髙﨑①㈱", "繧繝縁", "plain", "ｱｲｳ", "🙂", ""])
def test_a_rare_letter_is_not_garbled(text: str) -> None:
    assert not is_garbled(text)


@pytest.mark.parametrize("lost", ["\ufffd", "\ue000"])
def test_a_garbled_answer_is_kept_and_told_with_its_cell(
    home: Home, second_declarations: YearDeclarations, lost: str
) -> None:
    question = next(q for q in second_declarations.questionnaire.questions.values() if q.type == "text")
    slot = next(slot for slot in second_declarations.layout.slots if slot.question_id == question.id)
    put_returns(home, second_declarations, {CODE: {(question.id, 1, None): f"高{lost}市"}})
    findings, outcomes = judge_returns(home, second_declarations)
    (finding,) = [row for row in findings if row["rule_id"] == "form.garbled"]
    assert (finding["severity"], finding["municipality_code"]) == ("warning", CODE)
    assert f"シート「{slot.sheet}」" in finding["message"]
    assert slot.address in finding["message"]
    assert [row["value_text"] for row in answer(home, second_declarations, CODE, question.id)] == [f"高{lost}市"]
    assert outcomes["form.garbled"]["fail_count"] == 1
