"""What the questionnaires' calendars say is due on a day: pure decisions for the daily schedule."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime

from pipeline.clock import JAPAN
from schemas.questionnaire import Calendar

EVENTS = ("forms_out", "reminder", "deadline", "release_candidate")


@dataclass(frozen=True, order=True)
class Due:
    """Something that a survey year's calendar puts on a day (a day of Japan's time)."""

    day: date
    year: int
    event: str

    @property
    def run_key(self) -> str:
        """Names the run, so that a day that is evaluated twice starts it once."""
        return f"{self.year}-{self.event}-{self.day.isoformat()}"


def japanese_day(moment: datetime) -> date:
    """The day that an instant belongs to in Japan."""
    return moment.astimezone(JAPAN).date()


def due_on(day: date, calendars: Mapping[int, Calendar]) -> list[Due]:
    """Everything due on this day, by year, then in the order of the survey year."""
    return [due for due in _all(calendars) if due.day == day]


def next_due(day: date, calendars: Mapping[int, Calendar]) -> Due | None:
    """The first thing due after this day; None when every declared calendar has passed."""
    return min((due for due in _all(calendars) if due.day > day), default=None, key=lambda due: due.day)


def skip_reason(day: date, calendars: Mapping[int, Calendar]) -> str:
    """Why nothing runs on a day on which nothing is due."""
    coming = next_due(day, calendars)
    if coming is None:
        return f"nothing is due on {day}; the calendars of all declared years have passed"
    return f"nothing is due on {day}; next is {coming.event} of {coming.year} on {coming.day}"


def _all(calendars: Mapping[int, Calendar]) -> list[Due]:
    return [Due(getattr(calendars[year], event), year, event) for year in sorted(calendars) for event in EVENTS]
