"""The sentences of a form."""

from __future__ import annotations

import pytest

from pipeline.forms.wording import (
    condition_sentence,
    number_questions,
    option_letter,
    previous_header,
    previous_text,
    reference_phrase,
    section_subtitle,
)
from schemas.questionnaire import Condition
from tests.pipeline.forms.sample import QUESTIONNAIRE, SAMPLE

ASKED = SAMPLE.questionnaire
NUMBERS = number_questions(ASKED)


def condition(question: str, *codes: str) -> Condition:
    return Condition.model_validate({"question": question, "in": codes})


def test_questions_are_counted_through_and_a_table_counts_as_one() -> None:
    assert list(NUMBERS.questions.items())[:3] == [("state", "問１"), ("kind", "問２"), ("topic", "問３")]
    assert NUMBERS.questions["remark"] == "問９"
    assert NUMBERS.tables == {"clubs": "問１０", "events": "問１１"}


def test_who_answers_is_said_by_the_number_of_the_question() -> None:
    one = [condition("state", "good", "bad")]
    assert condition_sentence(ASKED, NUMBERS, one) == "問１で「良い」「悪い」と答えた場合に回答してください。"
    both = [*one, condition("kind", "else")]
    assert (
        condition_sentence(ASKED, NUMBERS, both, is_heading=True)
        == "問１で「良い」「悪い」、かつ問２で「その他」と答えた場合"
    )
    assert condition_sentence(ASKED, NUMBERS, []) is None


def test_a_column_of_a_table_is_named_not_numbered() -> None:
    words = condition_sentence(ASKED, NUMBERS, [condition("club_kind", "good")], is_heading=True)
    assert words == "「団体の区分」で「良い」と答えた場合"


def test_a_reference_is_said_where_it_is_not_the_surveys_own() -> None:
    assert reference_phrase(ASKED, "survey") is None
    assert reference_phrase(ASKED, "2031-01-01") == "令和１３年１月１日現在"
    assert reference_phrase(ASKED, "period:shows") == "令和１２年度"


def test_a_sheet_names_the_periods_that_it_asks_about() -> None:
    lists, tables = ASKED.sections
    assert section_subtitle(ASKED, [lists]) == "調査基準日：令和１３年４月１日"
    assert (
        section_subtitle(ASKED, [tables])
        == "調査基準日：令和１３年４月１日　／　対象期間：令和１２年度（期間を示した設問）"
    )


@pytest.mark.parametrize(
    ("question", "text", "words"),
    [
        ("seat_count", "7", "７席"), ("person_count", "7", "７"), ("start", "2030-04-01", "令和１２年４月１日"),
        ("start", "未定", "未定"), ("main_club", "not_listed", "一覧にない"), ("remark", "not_listed", "not_listed"),
    ],
)  # fmt: skip
def test_last_years_answer_in_words(question: str, text: str, words: str) -> None:
    assert previous_text(ASKED.questions[question], text) == words


def test_last_year_is_named_in_the_era() -> None:
    assert previous_header(ASKED) == "前回（令和１２年度）の回答"
    assert QUESTIONNAIRE["reference_date"].year == ASKED.year


def test_options_have_letters_and_go_on_as_numbers() -> None:
    assert [option_letter(i) for i in (0, 1, 19, 20)] == ["ア", "イ", "ト", "（２１）"]
