"""The history of every query: opened, sent, answered, closed, opened again; as in REDCap's data resolution workflow."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Literal

from pydantic import BaseModel, ConfigDict

from pipeline.chained import ChainedLine, append_lines, chain, read_chain
from pipeline.home import Home

QueryEventKind = Literal["opened", "issued", "answered", "refused", "closed", "reopened"]
Reply = Literal["correct", "confirm", "unknown"]
Outcome = Literal["corrected", "confirmed", "resolved"]


class SheetRow(BaseModel):
    """A row of an issued sheet: which query it belongs to, and which answer of the form its value would be written into."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    row: int
    query_id: str
    question_id: str = ""
    row_no: int = 0
    option_code: str = ""
    kind: Literal["answer", "dropped_row", "added_rows", "none"] = "none"


class QueryEvent(ChainedLine):
    """One line of the history. What does not belong to its kind is left out.

    opened: the findings it asks about and the texts of their cells · issued: one line a sheet, with its rows and the SHA-256
    of its bytes · answered: one line a row, with the reply · refused: why a reply was not taken · closed: with what outcome.
    """

    at: str
    year: int
    municipality_code: str
    event: QueryEventKind
    query_id: str = ""
    findings: tuple[str, ...] = ()
    texts: dict[str, str] = {}
    question_id: str = ""
    is_error: bool = False
    cell_count: int = 0
    issue: int = 0
    sheet: str = ""
    rows: tuple[SheetRow, ...] = ()
    row: int = 0
    reply: Reply | None = None
    value: str = ""
    reason: str = ""
    person: str = ""
    day: str = ""
    outcome: Outcome | None = None
    by: str = ""
    message: str = ""
    place: str = ""


@dataclass
class Query:
    """A query as its history tells it."""

    query_id: str
    municipality_code: str
    findings: tuple[str, ...]
    texts: dict[str, str]
    question_id: str
    is_error: bool
    cell_count: int
    opened_at: str
    state: Literal["open", "answered", "closed"] = "open"
    outcome: Outcome | None = None
    answered_at: str | None = None
    closed_at: str | None = None
    replies: list[QueryEvent] = field(default_factory=list)

    def follow(self, event: QueryEvent) -> None:
        """Take the next event of its history."""
        if event.event == "answered":
            self.replies.append(event)
            self.answered_at = event.at
            if event.reply != "unknown":
                self.state = "answered"
        elif event.event == "closed":
            self.state, self.outcome, self.closed_at = "closed", event.outcome, event.at
        elif event.event == "reopened":
            self.state, self.outcome, self.closed_at = "open", None, None
            self.findings, self.texts = event.findings, event.texts
            self.replies = []


def read_history(home: Home, year: int) -> list[QueryEvent]:
    """All events of a year. Raises InputError for a damaged or edited line."""
    return read_chain(home.query_history(year), QueryEvent)


def record(home: Home, year: int, drafts: Sequence[dict[str, object]]) -> list[QueryEvent]:
    """Add events to a year's history."""
    before = read_history(home, year)
    events = chain(before, [{"year": year, **draft} for draft in drafts], QueryEvent)
    append_lines(home.query_history(year), events)
    return events


def queries_of(events: Iterable[QueryEvent]) -> dict[str, Query]:
    """Every query by its id, in the order in which they were opened."""
    found: dict[str, Query] = {}
    for event in events:
        if event.event == "opened":
            found[event.query_id] = Query(
                event.query_id, event.municipality_code, event.findings, event.texts, event.question_id, event.is_error,
                event.cell_count, event.at,
            )  # fmt: skip
        elif event.query_id in found:
            found[event.query_id].follow(event)
    return found


def confirmed(events: Iterable[QueryEvent]) -> dict[str, dict[str, str]]:
    """The texts that were confirmed to be right, by the finding that doubted them."""
    found: dict[str, dict[str, str]] = {}
    for query in queries_of(events).values():
        if query.state == "closed" and query.outcome == "confirmed":
            found |= dict.fromkeys(query.findings, query.texts)
    return found
