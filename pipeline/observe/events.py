"""Everything that a run can say, and what it looks like as a line: stable words, numbers and codes, never a text of a return."""

from __future__ import annotations

import re
from typing import Literal

Event = Literal[
    "run_started", "home_is_busy", "stage_started", "stage_ended", "return_taken", "return_refused", "file_recorded", "tables_read",
    "findings_of_return", "findings_found", "contradictions_found", "models_built", "gate_judged", "nothing_changed", "release_made",
    "queries_written", "reminders_written", "failed", "run_ended",
]  # fmt: skip
Detail = str | int | float | bool | None

MESSAGES: dict[Event, str] = {
    "run_started": "{job} of {year} began, started by {started_by}",
    "home_is_busy": "another run is writing to this home; waiting up to {seconds} s",
    "stage_started": "{stage} began",
    "stage_ended": "{stage} took {seconds} s",
    "return_taken": "return of {municipality_code} taken, receipt {receipt}",
    "return_refused": "file refused: {reason}, receipt {receipt}",
    "file_recorded": "file recorded: {kind}, receipt {receipt}",
    "tables_read": "{returns} returns read, {cells} cells, {answers} answers",
    "findings_of_return": "{error} errors, {warning} warnings, {info} notes about {municipality_code}",
    "findings_found": "{error} errors, {warning} warnings, {info} notes",
    "contradictions_found": "{contradiction_count} contradictions, {doubtful_answer_count} answers in doubt",
    "models_built": "{model_count} models and {test_count} tests on {engine}; {failed_count} tests failed",
    "gate_judged": "gate {verdict}: {returns_received} of {returns_expected} returns, {blocking} findings block a release",
    "nothing_changed": "nothing has changed since the last run; no stage was executed",
    "release_made": "release {release}",
    "queries_written": "{sheet_count} query sheets written, {accepted_count} queries accepted",
    "reminders_written": "{letter_count} reminders written",
    "failed": "failed: {error}",
    "run_ended": "{outcome} after {seconds} s",
}
"""What each event says in words; every detail that it names is a key of the line as well."""

_WORD = re.compile(r"[\w./:+-]{1,200}", re.ASCII)
WITHHELD = "withheld"


def as_detail(value: Detail) -> Detail:
    """A number, a truth, null, or a stable word as it is; `withheld` for any other text, since it might be one of a return."""
    return value if not isinstance(value, str) or _WORD.fullmatch(value) else WITHHELD
