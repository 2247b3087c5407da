"""Judging the query sheets that came back: a reply that could not be taken stands until a later one is."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence

from pipeline.queries.ledger import QueryEvent
from pipeline.validate.judged import Judged, Judgements
from schemas.labels import Severity

STATEMENT = "返送された照会票の回答を反映できる"
MINOR = ("query.day", "query.outside", "query.empty")
"""What is told and stops nothing."""


def judge_replies(history: Sequence[QueryEvent], into: Judgements) -> None:
    """Judge every reply of a year: taken, or refused with a reason and nothing taken since that settles it."""
    taken = sum(event.event == "answered" for event in history)
    into.count("query.reply", "error", STATEMENT, ["pass"] * taken)
    for number, event in enumerate(history):
        if event.event == "refused" and not _is_settled(event, history[number + 1 :]):
            severity: Severity = "warning" if event.by in MINOR else "error"
            into.count(event.by, severity, STATEMENT, ["fail"])
            key = hashlib.sha256(f"{event.sheet}\0{event.place}\0{event.message}".encode()).hexdigest()[:8]
            into.doubt(Judged(
                event.by, severity, 1, STATEMENT, "fail", f"ファイル「{event.place.partition('!')[0]}」：{event.message}",
                event.municipality_code, None, None, [event.place], key,
            ))  # fmt: skip


def _is_settled(refused: QueryEvent, later: Sequence[QueryEvent]) -> bool:
    """Whether a later sheet was taken from the municipality or, of one query, that query was answered or closed since."""
    own = [event for event in later if event.municipality_code == refused.municipality_code]
    if refused.query_id:
        return any(e.query_id == refused.query_id and e.event in ("answered", "closed") for e in own)
    return any(event.event == "answered" and event.sheet != refused.sheet for event in own)
