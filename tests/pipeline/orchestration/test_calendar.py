"""The daily schedule's decisions, at the boundaries of days and years."""

from __future__ import annotations

from datetime import date, datetime

import pytest

from pipeline.orchestration.calendar import EVENTS, Due, due_on, japanese_day, next_due, skip_reason
from schemas.questionnaire import Calendar

CALENDARS = {
    2031: Calendar(
        forms_out=date(2031, 5, 1), reminder=date(2031, 5, 20), deadline=date(2031, 5, 30),
        release_candidate=date(2031, 6, 30),
    ),
    2030: Calendar(
        forms_out=date(2030, 5, 1), reminder=date(2030, 5, 20), deadline=date(2030, 5, 20),
        release_candidate=date(2031, 5, 20),
    ),
}  # fmt: skip


def test_the_events_are_those_that_a_questionnaire_declares() -> None:
    assert tuple(Calendar.model_fields) == EVENTS


@pytest.mark.parametrize(
    ("instant", "day"),
    [
        ("2031-04-30T14:59:59+00:00", date(2031, 4, 30)),
        ("2031-04-30T15:00:00+00:00", date(2031, 5, 1)),
        ("2031-05-01T00:00:00+09:00", date(2031, 5, 1)),
        ("2031-05-01T23:59:59+09:00", date(2031, 5, 1)),
    ],
)
def test_a_day_is_a_day_in_japan(instant: str, day: date) -> None:
    assert japanese_day(datetime.fromisoformat(instant)) == day


@pytest.mark.parametrize(
    ("day", "expected"),
    [
        (date(2031, 4, 30), []),
        (date(2031, 5, 1), [(2031, "forms_out")]),
        (date(2031, 5, 2), []),
        (date(2031, 5, 20), [(2030, "release_candidate"), (2031, "reminder")]),
        (date(2030, 5, 20), [(2030, "reminder"), (2030, "deadline")]),
        (date(2031, 6, 30), [(2031, "release_candidate")]),
    ],
)
def test_everything_due_on_a_day_is_found(day: date, expected: list[tuple[int, str]]) -> None:
    assert [(due.year, due.event) for due in due_on(day, CALENDARS)] == expected


def test_a_due_day_names_its_run_once_and_for_all() -> None:
    assert Due(date(2031, 5, 1), 2031, "forms_out").run_key == "2031-forms_out-2031-05-01"


def test_the_next_thing_due_is_later_than_the_day_itself() -> None:
    coming = next_due(date(2031, 5, 20), CALENDARS)
    assert coming is not None
    assert (coming.year, coming.event) == (2031, "deadline")
    assert next_due(date(2031, 6, 30), CALENDARS) is None


def test_a_day_without_anything_due_says_why_and_what_comes_next() -> None:
    assert skip_reason(date(2031, 5, 21), CALENDARS).endswith("next is deadline of 2031 on 2031-05-30")
    assert skip_reason(date(2031, 7, 1), CALENDARS).endswith("the calendars of all declared years have passed")
    assert skip_reason(date(2031, 7, 1), {}).startswith("nothing is due on 2031-07-01")
