"""Which queries are to be opened, closed or opened again, as the findings of the last run stand beside the history."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from pipeline.queries.asked import Asked
from pipeline.queries.ledger import Query


@dataclass(frozen=True)
class Settled:
    """The queries that stand after a run, each with its doubt, and the events that lead there."""

    open: list[tuple[str, Asked]]
    events: list[dict[str, Any]]


def settle(
    items: Sequence[Asked], queries: Mapping[str, Query], confirmed: Mapping[str, Mapping[str, str]], *, at: str
) -> Settled:
    """Set the doubts that stand beside the queries that there are.

    A doubt with a query of its own keeps it. One whose query is closed opens that again, unless what it doubts was confirmed and
    stands as it was confirmed; `confirmed` has the texts that were, of this year and those before, by finding. A query whose doubt
    is gone is closed: by a correction, where one was replied, else because the return at hand raises it no more.
    """
    by_key = {(query.municipality_code, query.findings[0]): query for query in queries.values()}
    numbers = Counter(query.municipality_code for query in queries.values())
    standing: list[tuple[str, Asked]] = []
    events: list[dict[str, Any]] = []
    seen: set[str] = set()
    for item in items:
        query = by_key.get((item.municipality_code, item.key))
        if query:
            seen.add(query.query_id)
        if _is_confirmed(item, confirmed):
            if query and query.state != "closed":
                events.append(_closed(query, "confirmed", at))
            continue
        if query is None:
            numbers[item.municipality_code] += 1
            query_id = f"{item.municipality_code}-{numbers[item.municipality_code]}"
            events.append(_opened(query_id, item, "opened", at))
        else:
            query_id = query.query_id
            if query.state == "answered" and _is_confirming(query) and not query.is_error:
                events.append(_closed(query, "confirmed", at))
                continue
            if query.state == "answered" and _is_confirming(query):
                continue
            if query.state != "open" or query.texts != item.texts:
                events.append(_opened(query_id, item, "reopened", at))
        standing.append((query_id, item))
    for query in queries.values():
        if query.query_id not in seen and query.state != "closed":
            outcome = "corrected" if any(event.reply == "correct" for event in query.replies) else "resolved"
            events.append(_closed(query, outcome, at))
    return Settled(standing, events)


def _is_confirmed(item: Asked, confirmed: Mapping[str, Mapping[str, str]]) -> bool:
    """Whether every finding was confirmed with the texts that stand there now."""
    return all(name in confirmed and _agrees(confirmed[name], item.texts) for name in item.findings)


def _agrees(before: Mapping[str, str], now: Mapping[str, str]) -> bool:
    return all(before.get(place) == text for place, text in now.items())


def _is_confirming(query: Query) -> bool:
    return bool(query.replies) and all(event.reply == "confirm" for event in query.replies)


def _opened(query_id: str, item: Asked, event: str, at: str) -> dict[str, Any]:
    question = next((one.field.question_id for one in item.fields), "")
    return {
        "at": at, "municipality_code": item.municipality_code, "event": event, "query_id": query_id, "findings": item.findings,
        "texts": dict(item.texts), "question_id": question, "is_error": item.is_error,
        "cell_count": len({cell for one in item.fields for cell in one.cells}),
    }  # fmt: skip


def _closed(query: Query, outcome: str, at: str) -> dict[str, Any]:
    return {
        "at": at, "municipality_code": query.municipality_code, "event": "closed", "query_id": query.query_id,
        "outcome": outcome,
    }  # fmt: skip


def merge_confirmed(confirmed: Iterable[Mapping[str, Mapping[str, str]]]) -> dict[str, Mapping[str, str]]:
    """The confirmed texts of several years in one, a later year's before an earlier one's."""
    found: dict[str, Mapping[str, str]] = {}
    for year in confirmed:
        found |= year
    return found
