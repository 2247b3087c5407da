"""Judging the query sheets that came back: a reply that could not be taken stands until a later one is."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence

from pipeline.queries.ledger import QueryEvent, open_refusals
from pipeline.validate.judged import Judged, Judgements
from schemas.labels import Severity

STATEMENT = "返送された照会票の回答を反映できる"
MINOR = ("query.day", "query.outside", "query.empty", "query.file_name")
"""What is told and stops nothing."""


def judge_replies(history: Sequence[QueryEvent], into: Judgements) -> None:
    """Judge every reply of a year: taken, or refused with a reason and nothing taken since that settles it."""
    taken = sum(event.event == "answered" for event in history)
    into.count("query.reply", "error", STATEMENT, ["pass"] * taken)
    for event in open_refusals(history):
        severity: Severity = "warning" if event.rule in MINOR else "error"
        into.count(event.rule, severity, STATEMENT, ["fail"])
        key = hashlib.sha256(f"{event.sheet}\0{event.place}\0{event.message}".encode()).hexdigest()[:8]
        into.doubt(Judged(
            event.rule, severity, 1, STATEMENT, "fail", f"ファイル「{event.place.partition('!')[0]}」：{event.message}",
            event.municipality_code, None, None, [event.place], key,
        ))  # fmt: skip
