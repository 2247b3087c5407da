"""Last year's answers, from the tables that the read stage kept."""

from __future__ import annotations

from datetime import date
from typing import Any

from pipeline.forms.previous import load_previous
from pipeline.home import Home
from pipeline.tables import TABLES, frame, save
from tests.pipeline.forms.sample import CODE, ELSEWHERE, OTHER_CODE, OWN, SAMPLE

LAST_YEAR = SAMPLE.year - 1


def answer(
    question_id: str, value: object, *, row_no: int = 1, code: str = CODE, status: str = "answered"
) -> tuple[Any, ...]:
    """A row of the table of answers, whose value stands in the column of its type."""
    kind = {str: "value_code", int: "value_number", date: "value_date"}.get(type(value), "value_text")
    given = {
        "year": LAST_YEAR, "question_id": question_id, "row_no": row_no, "municipality_code": code, "status": status,
        kind: value,
    }  # fmt: skip
    return tuple(given.get(column) for column in TABLES["answers"])


def keep(home: Home, *rows: tuple[Any, ...], year: int = LAST_YEAR) -> None:
    save(home, year, {"answers": frame("answers", list(rows))})


def test_there_are_none_before_the_first_year(home: Home) -> None:
    assert load_previous(home, SAMPLE) == {}


def test_an_option_is_a_circle_beside_it_and_its_label(home: Home) -> None:
    keep(home, answer("state", "bad"), answer("topic", "song"), answer("topic", "other"), answer("kind", "good"))
    found = load_previous(home, SAMPLE)[CODE]
    ticked = {(question, choice) for question, _, choice in found if choice}
    assert ticked == {("state", "bad"), ("topic", "song"), ("topic", "other"), ("kind", "good")}
    assert (found["state", 1, None], found["kind", 1, None]) == ("悪い", "良い")


def test_numbers_days_and_names_are_words(home: Home) -> None:
    keep(
        home, answer("person_count", 0), answer("start", date(2030, 4, 1)), answer("club", OWN, row_no=2),
        answer("club", "not_listed", row_no=3), answer("main_club", "club-gone", code=OTHER_CODE),
    )  # fmt: skip
    found = load_previous(home, SAMPLE)
    assert found[CODE]["person_count", 1, None] == "0"
    assert found[CODE]["start", 1, None] == "2030-04-01"
    assert found[CODE]["club", 2, None] == "近くの会"
    assert found[CODE]["club", 3, None] == "not_listed"
    assert found[OTHER_CODE] == {("main_club", 1, None): "club-gone"}


def test_what_is_asked_no_more_and_what_was_no_answer_are_left_out(home: Home) -> None:
    keep(
        home, answer("gone", "good"), answer("state", "gone"), answer("person_count", 3, status="unreadable"),
        answer("topic", "song", status="not_chosen"), answer("main_club", ELSEWHERE),
    )  # fmt: skip
    assert load_previous(home, SAMPLE) == {CODE: {("main_club", 1, None): "よその会"}}


def test_only_the_year_before_counts(home: Home) -> None:
    keep(home, answer("state", "bad"), year=LAST_YEAR - 1)
    assert load_previous(home, SAMPLE) == {}
