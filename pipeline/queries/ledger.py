"""The history of every query: opened, sent, answered, closed, opened again; as in REDCap's data resolution workflow."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal

from pydantic import BaseModel, ConfigDict

from pipeline.chained import ChainedLine, append_lines, chain, read_chain
from pipeline.home import Home

QueryEventKind = Literal["opened", "issued", "answered", "repeated", "refused", "closed", "changed", "reopened"]
Reply = Literal["correct", "confirm", "unknown"]
Outcome = Literal["corrected", "confirmed", "resolved"]
TWICE = "query.twice"
"""The rule that a query is answered once, or always alike."""


class SheetRow(BaseModel):
    """A row of an issued sheet: which query it belongs to, and which answer of the form its value would be written into."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    row: int
    query_id: str
    question_id: str = ""
    row_no: int = 0
    option_code: str = ""
    entity_id: str = ""
    kind: Literal["answer", "dropped_row", "added_rows", "none"] = "none"


class QueryEvent(ChainedLine):
    """One line of the history. What does not belong to its kind is left out.

    opened, reopened, changed: the findings it asks about, the answers in their cells, and where the answers in doubt stand ·
    issued: one line a sheet, with its rows and the SHA-256 of its bytes · answered: one line a row, which it is and the reply · repeated: a
    sheet that says what was said before · refused: why a reply was not taken · closed: with what outcome.
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
    cells: tuple[str, ...] = ()
    issue: int = 0
    sheet: str = ""
    rows: tuple[SheetRow, ...] = ()
    reply: Reply | None = None
    value: str = ""
    reason: str = ""
    person: str = ""
    day: str = ""
    outcome: Outcome | None = None
    by: str = ""
    message: str = ""
    place: str = ""
    rule: str = ""


ASKING = ("opened", "reopened", "changed")
"""Events from which on a query asks what they say."""


@dataclass
class Query:
    """A query as its history tells it. `asked_seq` is the number of the event since which it asks what it does."""

    query_id: str
    municipality_code: str
    opened_at: str
    findings: tuple[str, ...] = ()
    texts: dict[str, str] = field(default_factory=dict)
    cells: tuple[str, ...] = ()
    question_id: str = ""
    is_error: bool = False
    asked_seq: int = 0
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
        elif event.event in ASKING:
            self.state, self.outcome, self.closed_at, self.replies = "open", None, None, []
            self.findings, self.texts, self.cells = event.findings, event.texts, event.cells
            self.question_id, self.is_error, self.asked_seq = event.question_id, event.is_error, event.seq


def read_history(home: Home, year: int) -> list[QueryEvent]:
    """All events of a year. Raises InputError for a damaged or edited line."""
    return read_chain(home.query_history(year), QueryEvent)


def drafted(history: Sequence[QueryEvent], year: int, drafts: Sequence[Mapping[str, object]]) -> list[QueryEvent]:
    """Drafts as the events that would follow a year's history; nothing is written."""
    return chain(history, [{"year": year, **draft} for draft in drafts], QueryEvent)


def record(home: Home, year: int, drafts: Sequence[Mapping[str, object]]) -> list[QueryEvent]:
    """Add events to a year's history."""
    events = drafted(read_history(home, year), year, drafts)
    append_lines(home.query_history(year), events)
    return events


def queries_of(events: Iterable[QueryEvent]) -> dict[str, Query]:
    """Every query by its id, in the order in which they were opened."""
    found: dict[str, Query] = {}
    for event in events:
        if event.event == "opened":
            found[event.query_id] = Query(event.query_id, event.municipality_code, event.at)
        if event.query_id in found:
            found[event.query_id].follow(event)
    return found


def open_refusals(history: Sequence[QueryEvent]) -> list[QueryEvent]:
    """The replies that were not taken and that nothing has settled since.

    Of one query, a later reply settles it, or that it is closed; where two replies differ, only by a person. Of a whole sheet,
    another sheet that was taken from the municipality does.
    """
    return [
        event for number, event in enumerate(history)
        if event.event == "refused" and not any(_settles(later, event) for later in history[number + 1 :])
    ]  # fmt: skip


def _settles(later: QueryEvent, refused: QueryEvent) -> bool:
    if later.municipality_code != refused.municipality_code:
        return False
    if not refused.query_id:
        return later.event == "answered" and later.sheet != refused.sheet
    if later.query_id != refused.query_id:
        return False
    is_person = later.event == "closed" and bool(later.by)
    if refused.rule == TWICE:
        return is_person or (later.event == "answered" and later.sheet != refused.sheet)
    return is_person or later.event in ("answered", "closed")


@dataclass(frozen=True)
class Confirmations:
    """What was confirmed to be right: the answers, by municipality and finding, and by municipality and rule."""

    by_finding: Mapping[tuple[str, str], Sequence[Mapping[str, str]]]
    by_rule: Mapping[tuple[str, str], Sequence[Mapping[str, str]]]

    def holds(self, code: str, finding: str, answers: Mapping[str, str]) -> bool:
        """Whether a finding doubts what was confirmed. Rows of a table may have moved; of no cell, it has to be the same one."""
        known = self.by_rule.get((code, _rule(finding)), ()) if answers else self.by_finding.get((code, finding), ())
        return any(all(before.get(name) == answer for name, answer in answers.items()) for before in known)


def read_confirmations(home: Home, year: int) -> Confirmations:
    """What was confirmed in a year and those before."""
    by_finding: dict[tuple[str, str], list[Mapping[str, str]]] = {}
    by_rule: dict[tuple[str, str], list[Mapping[str, str]]] = {}
    years = sorted(int(path.stem) for path in home.query_history(year).parent.glob("[0-9][0-9][0-9][0-9].jsonl"))
    for one in years:
        for query in queries_of(read_history(home, one)).values() if one <= year else ():
            if query.state == "closed" and query.outcome == "confirmed":
                for finding in query.findings:
                    by_finding.setdefault((query.municipality_code, finding), []).append(query.texts)
                    by_rule.setdefault((query.municipality_code, _rule(finding)), []).append(query.texts)
    return Confirmations(by_finding, by_rule)


def _rule(finding: str) -> str:
    """A finding's rule and whose answer it doubts, without the row."""
    return ":".join(finding.split(":")[:2])
