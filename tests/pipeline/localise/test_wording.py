"""What a field could be, in the words of the form."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from pipeline.localise.fields import EPOCH, Field, FieldKey
from pipeline.localise.possible import Possible
from pipeline.localise.wording import field_words, possible_words
from schemas.questionnaire import NOT_LISTED
from schemas.survey import Survey, YearDeclarations
from tests.conftest import DEMO_YEAR, PROJECT_ROOT

DEMO: YearDeclarations = Survey(PROJECT_ROOT).load_year(DEMO_YEAR)
DAY = (DEMO.questionnaire.reference_date - EPOCH).days


def field_of(question_id: str, option: str = "", **more: Any) -> Field:
    question, block = DEMO.questionnaire.questions[question_id], DEMO.questionnaire.block_of[question_id]
    one = Field(FieldKey("112038", question_id, 1, option), block, question, "112038", None, True, 10, ())
    return replace(one, **more)


COUNCIL = next(e for e in DEMO.reference.register if e.entity_kind == "council")


@pytest.mark.parametrize(("question", "possible", "words"), [
    ("establishment", Possible(("single", "joint"), is_blank=True), ["単独設置", "共同設置", "（空欄）"]),
    ("plenary_meeting_count", Possible(numbers=(3, 3)), ["3回"]),
    ("plenary_meeting_count", Possible(numbers=(0, 7), is_blank=True), ["0～7回", "（空欄）"]),
    ("plenary_meeting_count", Possible(numbers=(3, None)), ["3回以上"]),
    ("plenary_meeting_count", Possible(numbers=(None, 3)), ["3回以下"]),
    ("core_center_planned_date", Possible(numbers=(DAY, DAY)), ["令和6年9月30日"]),
    ("core_center_planned_date", Possible(numbers=(DAY, None)), ["令和6年9月30日以後"]),
    ("core_center_planned_date", Possible(numbers=(None, DAY)), ["令和6年9月30日以前"]),
    ("core_center_planned_date", Possible(numbers=(None, None), is_blank=True), ["（記入が必要）", "（空欄）"]),
    ("council", Possible((COUNCIL.entity_id, NOT_LISTED)), [f"{COUNCIL.name}〔{COUNCIL.entity_id}〕", "一覧にない"]),
    ("agenda_topic_other_text", Possible(is_text=True), ["（記入が必要）"]),
    ("agenda_topic_other_text", Possible(is_blank=True), ["（空欄）"]),
])  # fmt: skip
def test_possible_answers_are_told_as_they_would_be_written(
    question: str, possible: Possible, words: list[str]
) -> None:
    assert possible_words(field_of(question), possible, DEMO) == words


def test_a_choice_of_a_multiple_answer_is_a_tick_or_none() -> None:
    choice = DEMO.questionnaire.questions["agenda_topic"].choices[0]
    one = field_of("agenda_topic", choice.code)
    assert field_words(one) == f"{one.question.label.ja}：{choice.label.ja}"
    assert possible_words(one, Possible(("ticked",), is_blank=True), DEMO) == ["○", "（空欄）"]


def test_rows_are_told_by_their_table() -> None:
    one = field_of("council", kind="dropped_row")
    assert field_words(one) == f"「{one.block.label.ja}」の1行目"
    assert possible_words(one, Possible(is_blank=True), DEMO) == ["行の削除"]
    added = replace(one, kind="added_rows", key=one.key._replace(row_no=0))
    assert field_words(added) == f"「{one.block.label.ja}」の行"
    assert possible_words(added, Possible(numbers=(2, 2)), DEMO) == ["行の追加（2行）"]
    assert (
        field_words(field_of("plenary_meeting_count")) == DEMO.questionnaire.questions["plenary_meeting_count"].label.ja
    )
