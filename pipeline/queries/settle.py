"""Which queries are to be opened, closed or opened again, as the findings of the last run stand beside the history."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from pipeline.clock import Clock, now
from pipeline.home import Home
from pipeline.queries.asked import Asked, AskedOfYear
from pipeline.queries.ledger import Confirmations, Query, queries_of, read_confirmations, read_history, record
from schemas.survey import YearDeclarations


@dataclass(frozen=True)
class Settled:
    """The queries that stand after a run, each with its doubt, and the events that lead there."""

    open: list[tuple[str, Asked]]
    events: list[dict[str, Any]]


def close_settled(home: Home, declarations: YearDeclarations, *, clock: Clock = now) -> None:
    """Close the queries whose doubt is gone at a run; what is to be opened or changed waits until sheets are issued."""
    history = read_history(home, declarations.year)
    if not any(query.state != "closed" for query in queries_of(history).values()):
        return
    items = AskedOfYear(home, declarations).items()
    confirmed = read_confirmations(home, declarations.year)
    settled = settle(items, queries_of(history), confirmed, at=clock().isoformat())
    record(home, declarations.year, [event for event in settled.events if event["event"] == "closed"])


def settle(items: Sequence[Asked], queries: Mapping[str, Query], confirmed: Confirmations, *, at: str) -> Settled:
    """Set the doubts that stand beside the queries that there are.

    What was confirmed and stands as it was confirmed, this year or before, is not asked. A doubt keeps the query that asks about
    one of its findings; one that is closed or answered is opened again by it, unless a person has still to accept the answer. A
    query whose doubt is gone is closed: by a correction, where one was replied, else because the return at hand raises it no more.
    """
    doubts = [(item, unconfirmed(item, confirmed)) for item in items]
    claimed = _claims([item for item, _ in doubts], queries)
    numbers = Counter(query.municipality_code for query in queries.values())
    standing: list[tuple[str, Asked]] = []
    events: list[dict[str, Any]] = []
    for number, (item, left) in enumerate(doubts):
        query = claimed.get(number)
        if left is None:
            if query and query.state != "closed":
                events.append(_closed(query, "confirmed", at))
            continue
        if query is None:
            numbers[item.municipality_code] += 1
            query_id = f"{item.municipality_code}-{numbers[item.municipality_code]}"
            events.append(_opened(query_id, left, "opened", at))
        else:
            query_id = query.query_id
            is_same = query.texts == left.texts and set(query.findings) == set(left.findings)
            if is_same and query.state == "answered" and _is_confirming(query):
                if not left.is_error:
                    events.append(_closed(query, "confirmed", at))
                continue
            if query.state != "open":
                events.append(_opened(query_id, left, "reopened", at))
            elif not is_same:
                events.append(_opened(query_id, left, "changed", at))
        standing.append((query_id, left))
    kept = {query.query_id for query in claimed.values()}
    for query in queries.values():
        if query.query_id not in kept and query.state != "closed":
            outcome = "corrected" if any(event.reply == "correct" for event in query.replies) else "resolved"
            events.append(_closed(query, outcome, at))
    return Settled(standing, events)


def confirmed_findings(home: Home, declarations: YearDeclarations) -> set[tuple[str, str]]:
    """The findings of the last run that doubt what was confirmed, each with the municipality that did."""
    confirmed = read_confirmations(home, declarations.year)
    if not confirmed.by_finding:
        return set()
    found = set()
    for item in AskedOfYear(home, declarations).items():
        left = unconfirmed(item, confirmed)
        found |= {(item.municipality_code, name) for name in item.findings if left is None or name not in left.findings}
    return found


def unconfirmed(item: Asked, confirmed: Confirmations) -> Asked | None:
    """The doubt without what was confirmed and stands as it was confirmed; None where nothing is left of it."""
    left = tuple(
        reason for reason in item.reasons
        if not confirmed.holds(item.municipality_code, reason.finding, {name: item.texts[name] for name in reason.places})
    )  # fmt: skip
    return replace(item, reasons=left) if left else None


def _claims(items: Sequence[Asked], queries: Mapping[str, Query]) -> dict[int, Query]:
    """The query of each doubt, by the doubt's number: the one that began with its first finding, else one that has a finding of it."""
    found: dict[int, Query] = {}
    taken: set[str] = set()
    by_age = sorted(queries.values(), key=lambda query: query.state == "closed")
    for is_first in (True, False):
        for number, item in enumerate(items):
            for query in by_age if number not in found else ():
                findings = query.findings[:1] if is_first else query.findings
                wanted = {item.key} if is_first else set(item.findings)
                if (
                    query.municipality_code == item.municipality_code
                    and wanted & set(findings)
                    and query.query_id not in taken
                ):
                    found[number] = query
                    taken.add(query.query_id)
                    break
    return found


def _is_confirming(query: Query) -> bool:
    return bool(query.replies) and all(event.reply == "confirm" for event in query.replies)


def _opened(query_id: str, item: Asked, event: str, at: str) -> dict[str, Any]:
    question = next((one.field.question_id for one in item.fields), "")
    return {
        "at": at, "municipality_code": item.municipality_code, "event": event, "query_id": query_id, "findings": item.findings,
        "texts": dict(item.texts), "question_id": question, "is_error": item.is_error, "cells": item.cells,
    }  # fmt: skip


def _closed(query: Query, outcome: str, at: str) -> dict[str, Any]:
    return {
        "at": at, "municipality_code": query.municipality_code, "event": "closed", "query_id": query.query_id,
        "outcome": outcome,
    }  # fmt: skip
