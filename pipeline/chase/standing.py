"""How every municipality stands: not sent, rejected, withdrawn, received, in query or agreed; how late; and how it came to that."""

from __future__ import annotations

from collections import Counter, defaultdict
from dataclasses import dataclass, field
from datetime import date
from typing import Literal

import polars as pl

from pipeline.collect.ledger import Receipt, current_returns, read_ledger
from pipeline.home import Home
from pipeline.queries.ledger import Query, QueryEvent, queries_of, read_history
from pipeline.queries.settle import confirmed_findings
from pipeline.tables import is_written, load
from pipeline.validate.receipts import rejected_files
from pipeline.validate.replies import MINOR
from schemas.reference import Municipality
from schemas.survey import YearDeclarations

State = Literal["not_sent", "rejected", "withdrawn", "received", "in_query", "agreed"]


@dataclass(frozen=True)
class Step:
    """One step of a municipality's history: when, what, and what about."""

    at: str
    event: str
    about: str


@dataclass
class Standing:
    """A municipality's standing in a year. `days_late` counts from the deadline, 0 where nothing is late.

    `rejected` is the last file of it that was not accepted.
    """

    municipality: Municipality
    state: State
    receipt: Receipt | None
    rejected: Receipt | None
    return_count: int
    days_late: int
    open_query_count: int
    counts: Counter[str] = field(default_factory=Counter)
    history: list[Step] = field(default_factory=list)


def standings(home: Home, declarations: YearDeclarations, *, today: date) -> list[Standing]:
    """The standing of every surveyed municipality on a day, by code."""
    year = declarations.year
    ledger = [receipt for receipt in read_ledger(home.ledger) if receipt.year == year]
    events = read_history(home, year)
    current = current_returns(ledger, year)
    rejected = rejected_files(ledger, declarations)
    findings = load(home, year, "findings").filter(pl.col("waiver_id").is_null())
    counts: dict[str, Counter[str]] = defaultdict(Counter)
    settled = confirmed_findings(home, declarations)
    for code, finding, severity in findings.select("municipality_code", "finding_id", "severity").iter_rows():
        if severity == "error" or (code, finding) not in settled:
            counts[code][severity] += 1
    queries: dict[str, list[Query]] = defaultdict(list)
    for query in queries_of(events).values():
        queries[query.municipality_code].append(query)
    read = dict(load(home, year, "returns").select("municipality_code", "return_id").iter_rows())
    is_judged = is_written(home, year, "findings")
    found = []
    for municipality in declarations.municipalities:
        code = municipality.code
        receipt = current.get(code)
        own = [r for r in ledger if r.municipality_code == code]
        open_queries = [query for query in queries[code] if query.state != "closed"]
        is_read = is_judged and receipt is not None and read.get(code) == receipt.sha256
        found.append(Standing(
            municipality, _state(receipt, own, code in rejected, open_queries, counts[code], is_read=is_read), receipt,
            rejected.get(code), sum(r.event == "accepted" for r in own), _days_late(own, receipt, declarations, today), len(open_queries),
            counts[code], _history(own, [e for e in events if e.municipality_code == code]),
        ))  # fmt: skip
    return found


def _state(
    receipt: Receipt | None, own: list[Receipt], is_rejected: bool, open_queries: list[Query], counts: Counter[str], *,
    is_read: bool,
) -> State:  # fmt: skip
    if receipt is None:
        if any(r.event == "withdrawn" for r in own):
            return "withdrawn"
        return "rejected" if is_rejected else "not_sent"
    if open_queries:
        return "in_query"
    return "agreed" if is_read and not counts["error"] and not counts["warning"] else "received"


def _days_late(own: list[Receipt], receipt: Receipt | None, declarations: YearDeclarations, today: date) -> int:
    """Days from the deadline to the first return that was accepted and not withdrawn; where none counts, to this day."""
    withdrawn = max((r.seq for r in own if r.event == "withdrawn"), default=0)
    first = next((r for r in own if r.event == "accepted" and r.seq > withdrawn), None)
    came = date.fromisoformat(first.received_at[:10]) if first and receipt else today
    return max(0, (came - declarations.questionnaire.calendar.deadline).days)


def _history(own: list[Receipt], events: list[QueryEvent]) -> list[Step]:
    steps = [Step(r.received_at, "superseding" if r.supersedes else r.event, r.file_name) for r in own]
    steps += [
        Step(e.at, f"query_{e.event}", e.query_id or f"第{e.issue}回")
        if e.event != "refused"
        else Step(e.at, "query_noted" if e.rule in MINOR else "query_refused", e.message)
        for e in events
    ]
    return sorted(steps, key=lambda step: step.at)
