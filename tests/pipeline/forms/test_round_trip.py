"""What is written into a form is read back, and a form that nobody filled in reads as nothing at all."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.collect.recognise import Identity, Recogniser
from pipeline.forms.write import write_form
from pipeline.read.answers import Answer, ReturnAnswers
from pipeline.read.returns_reader import form_reader
from pipeline.workbooks.opening import open_workbook
from schemas.form_layout import NOT_LISTED_TEXT, Slot, register_text, ticks
from schemas.questionnaire import NOT_LISTED, block_questions
from schemas.survey import YearDeclarations
from tests.pipeline.forms.sample import CLUBS, FORMULA, MUNICIPALITY, SAMPLE, filled

READER = form_reader(SAMPLE)
CODELIKE = st.sampled_from(
    ["=1+1", "+81-86", "-", "@SUM(A1)", "<b>", "&amp;", "_x0041_", "{=A1}", "http://example.jp", FORMULA]
)
TEXTS = st.one_of(CODELIKE, st.text("ア亜Ａa1 ー（）\n<>&'\"=", min_size=1, max_size=300)).filter(
    lambda text: text.strip() != ""
)


def typed(slot: Slot) -> st.SearchStrategy[tuple[Any, Any]]:
    """What may be typed into a cell, and the value that it means."""
    question = SAMPLE.questionnaire.questions[slot.question_id]
    if slot.choice is not None:
        return st.just(("○", True))
    match question.type:
        case "count":
            return st.integers(0, 99_999).map(lambda number: (number, number))
        case "date":
            return st.dates(date(1990, 1, 1), date(2099, 12, 31)).map(lambda day: (day, day))
        case "single":
            return st.sampled_from([(option.label.ja, option.code) for option in question.options])
        case "register":
            known = [(register_text(name, club), club) for club, (_, name, _) in CLUBS.items()]
            return st.sampled_from([*known, (NOT_LISTED_TEXT, NOT_LISTED)])
        case _:
            return TEXTS.map(lambda text: (text, text.strip()))


@st.composite
def typed_slots(draw: st.DrawFn) -> dict[Slot, tuple[Any, Any]]:
    slots = draw(st.lists(st.sampled_from(SAMPLE.layout.slots), unique=True, max_size=25))
    return {slot: draw(typed(slot)) for slot in slots}


def read(content: bytes) -> ReturnAnswers:
    return READER.read(open_workbook(content), MUNICIPALITY.code)


def expected(typed: dict[Slot, tuple[Any, Any]]) -> dict[tuple[str, int, str], Any]:
    """The values by question, row and option, which says all where several are allowed; two ticks of one are no value."""
    found: dict[tuple[str, int, str], Any] = {}
    ticked: dict[tuple[str, int], list[str]] = {}
    for slot, (_, value) in typed.items():
        question = SAMPLE.questionnaire.questions[slot.question_id]
        if slot.choice is None:
            found[slot.question_id, slot.row_no, ""] = value
        elif question.is_multiple:
            found[slot.question_id, slot.row_no, slot.choice] = None
        else:
            ticked.setdefault((slot.question_id, slot.row_no), []).append(slot.choice)
    return found | {(*place, ""): codes[0] for place, codes in ticked.items() if len(codes) == 1}


@settings(max_examples=40, deadline=None)
@given(typed_slots())
def test_every_typed_value_is_read_back(slots: dict[Slot, tuple[Any, Any]]) -> None:
    answers = read(write_form(SAMPLE, MUNICIPALITY, fill={slot: cell for slot, (cell, _) in slots.items()})).answers
    answered = {(a.question.id, a.row_no, a.option_code): a.value for a in answers if a.status == "answered"}
    assert answered == expected(slots)
    assert {a.problem for a in answers if a.status == "unreadable"} <= {"two_answers"}


def test_every_cell_can_be_filled_at_once() -> None:
    """The continuation sheet included."""
    cells: dict[Slot, Any] = {}
    for slot in SAMPLE.layout.slots:
        question = SAMPLE.questionnaire.questions[slot.question_id]
        by_type = {"count": 3, "date": date(2031, 4, 1), "single": "良い", "register": NOT_LISTED_TEXT, "text": "文"}
        is_second = slot.choice is not None and not question.is_multiple and slot.choice != question.options[0].code
        if not is_second:
            cells[slot] = "○" if slot.choice else by_type[question.type]
    answers = read(write_form(SAMPLE, MUNICIPALITY, fill=cells)).answers
    assert {answer.status for answer in answers} == {"answered"}
    rows = [a.row_no for a in answers if a.question.id == "club"]
    assert rows == [1, 2, 3, 4]


@pytest.mark.parametrize("is_synthetic", [False, True])
def test_a_form_says_whose_it_is(is_synthetic: bool) -> None:
    for municipality in SAMPLE.municipalities:
        workbook = open_workbook(write_form(SAMPLE, municipality, is_synthetic=is_synthetic))
        assert Recogniser(SAMPLE).identify(workbook) == Identity(municipality.code, is_synthetic)


def test_a_blank_form_reads_as_no_answer() -> None:
    result = read(write_form(SAMPLE, MUNICIPALITY))
    assert {answer.status for answer in result.answers} == {"missing"}
    assert {answer.block.id for answer in result.answers} == {"answers"}
    assert {fill.block.id: fill.row_count for fill in result.blocks} == {"answers": 1, "clubs": 0, "events": 0}


def test_a_question_that_does_not_apply_is_not_asked() -> None:
    answers = read(write_form(SAMPLE, MUNICIPALITY, fill=filled({("state", 1, "else"): "○"}))).answers
    assert status_of(answers, "kind") == "not_asked"


def status_of(answers: list[Answer], question_id: str) -> str:
    return next(answer.status for answer in answers if answer.question.id == question_id)


def test_last_years_answers_are_not_taken_for_this_years() -> None:
    previous = {(slot.question_id, slot.row_no, slot.choice): "○" for slot in SAMPLE.layout.slots}
    result = read(write_form(SAMPLE, MUNICIPALITY, previous=previous))
    assert {answer.status for answer in result.answers} == {"missing"}


def test_the_second_survey_has_forms_too(second_declarations: YearDeclarations) -> None:
    reader = form_reader(second_declarations)
    for municipality in second_declarations.municipalities[:3]:
        workbook = open_workbook(write_form(second_declarations, municipality))
        assert Recogniser(second_declarations).identify(workbook) == Identity(municipality.code, is_synthetic=False)
        assert {a.status for a in reader.read(workbook, municipality.code).answers} <= {"missing", "not_asked"}


def test_the_sample_asks_in_every_way() -> None:
    """Else the tests above would show less than they say."""
    asked = [(block, question) for block in SAMPLE.questionnaire.blocks for question in block_questions(block)]
    kinds = {(block.is_table, question.type, ticks(question)) for block, question in asked}
    types = {"single", "multiple", "count", "date", "text", "register"}
    assert {(is_table, kind) for is_table, kind, _ in kinds} >= {(t, kind) for t in (False, True) for kind in types}
    assert {(False, "single", True), (False, "single", False), (False, "matrix", True)} <= kinds
