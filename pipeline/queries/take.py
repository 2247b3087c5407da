"""Taking replies: from archived query sheets to corrections and history. What cannot be taken is told, and nothing is lost."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any

import polars as pl

from pipeline.chained import append_lines
from pipeline.clock import Clock, now
from pipeline.collect.archive import archived_bytes, open_return
from pipeline.collect.ledger import Receipt, read_ledger
from pipeline.collect.recognise import roster_names
from pipeline.home import Home
from pipeline.japanese import era_date, normalise
from pipeline.queries.apply import CellChange, ReplyApplier, ReplyFaultError, ReturnCells
from pipeline.queries.ledger import ASKING, TWICE, Query, QueryEvent, SheetRow, drafted, queries_of, read_history
from pipeline.queries.places import YearPlaces
from pipeline.queries.recorded import append_decisions
from pipeline.queries.replies import Fault, RowReply, SheetReply, read_reply, value_place
from pipeline.read.read import read_returns
from pipeline.workbooks.opening import open_workbook
from schemas.corrections import Correction, load_corrections
from schemas.passwords import load_passwords
from schemas.survey import YearDeclarations

IN_FORCE = timedelta(days=366)
"""How long a correction that a municipality replied holds before somebody has to look at it again."""
REPLIED = "reply"
"""The event of the receipt of a query sheet that came back."""
LOOKED_AT = ("answered", "repeated", "refused")
"""Events that tell what came of a sheet."""


@dataclass
class Taken:
    """What came of one sheet."""

    events: list[dict[str, Any]] = field(default_factory=list)
    corrections: list[Correction] = field(default_factory=list)


@dataclass(frozen=True)
class _Return:
    """A municipality's return as it counts now: its cells, and what they answer as sent and as corrected, by their names."""

    cells: ReturnCells
    places: YearPlaces
    sent: dict[str, str]
    read: dict[str, str]


def take_replies(home: Home, declarations: YearDeclarations, *, clock: Clock = now) -> list[QueryEvent]:
    """Look at every query sheet that came back and was not looked at yet; returns the new events of the history.

    Corrections go into the file of corrections, each with who replied when; replies that cannot be taken become events
    `refused`, from which `validate` makes findings. The caller holds the home's writer lock.
    """
    year = declarations.year
    history = read_history(home, year)
    seen = {event.sheet for event in history if event.event in LOOKED_AT}
    receipts = {r.sha256: r for r in reversed(read_ledger(home.ledger)) if r.year == year and r.event == REPLIED}
    waiting = [receipt for sha256, receipt in reversed(receipts.items()) if sha256 not in seen]
    if not waiting:
        return []
    taker = ReplyTaker(home, declarations, history, clock)
    corrections: list[Correction] = []
    for receipt in waiting:
        corrections += taker.take(receipt)
    append_decisions(home.corrections(year), year, "corrections", [_entry(one) for one in corrections])
    events = taker.history[len(history) :]
    append_lines(home.query_history(year), events)
    return events


class ReplyTaker:
    """Judges replies one after another beside the history of the queries and the returns that count."""

    def __init__(self, home: Home, declarations: YearDeclarations, history: list[QueryEvent], clock: Clock) -> None:
        self._home = home
        self._declarations = declarations
        self.history = list(history)
        self._queries = queries_of(history)
        self._issued = {(e.municipality_code, e.issue): e for e in history if e.event == "issued"}
        self._applier = ReplyApplier(declarations)
        self._returns: dict[str, _Return] = {}
        self._now = clock()
        known = load_corrections(home.corrections(declarations.year), declarations, on=None)
        self._sent_with = known
        self._corrected = {(c.municipality, c.sheet, c.cell): c for c in known}
        self._ids = {c.id for c in known}

    def take(self, receipt: Receipt) -> list[Correction]:
        """Take one sheet; returns the corrections that it asks for. What came of it is added to the history."""
        taken = Taken()
        self._take_sheet(receipt, taken)
        if not taken.events:
            taken.events.append(self._event(receipt, "repeated"))
        events = drafted(self.history, self._declarations.year, taken.events)
        self.history += events
        for event in events:
            if event.event == "answered":
                self._queries[event.query_id].follow(event)
        return taken.corrections

    def _take_sheet(self, receipt: Receipt, into: Taken) -> None:
        workbook = open_return(self._home, receipt, load_passwords(self._home.passwords))
        code, issue = str(receipt.municipality_code), int(receipt.issue or 0)
        event = self._issued.get((code, issue))
        if event is None:
            told = f"第{issue}回の照会票は、この保存先から送ったものではありません。送付した照会票か確認してください。"
            self._refuse(receipt, into, Fault("query.unknown", told, ""))
            return
        reply = read_reply(workbook, open_workbook(archived_bytes(self._home, event.sheet)), event)
        received = date.fromisoformat(receipt.received_at[:10])
        if reply.day and reply.day > received:
            told = f"回答日（{era_date(reply.day)}）が受付日より後の日付です。受付日を回答日としています。"
            reply.faults.append(Fault("query.day", told, ""))
            reply.day = None
        names = roster_names(self._declarations)
        named = names.named(receipt.file_name)
        if named and code not in named:
            others = "、".join(names.names[other] for other in sorted(named))
            told = f"ファイル名は{others}の名称ですが、中の照会票は{names.names[code]}のものです。間違いないか確認してください。"
            reply.faults.append(Fault("query.file_name", told, ""))
        for fault in reply.faults:
            self._refuse(receipt, into, fault)
        for query_id, rows in reply.rows.items():
            if refusal := self._take_query(self._queries[query_id], rows, event, reply, receipt, into):
                self._refuse(receipt, into, refusal)
        if not reply.rows and not reply.faults:
            self._refuse(receipt, into, Fault("query.empty", "照会票に回答の記入がありません。", ""))

    def _take_query(
        self, query: Query, rows: list[RowReply], issued: QueryEvent, reply: SheetReply, receipt: Receipt, into: Taken
    ) -> Fault | None:
        """Take the reply to one query, all of its rows or none; returns why it is not taken."""
        told = {_said(row.row, row.reply, row.value) for row in rows}
        before = {_said(event.rows[0], event.reply, event.value) for event in query.replies}
        is_confirming = all(row.reply != "correct" for row in rows)
        if told == before or (query.state == "closed" and not query.replies and is_confirming):
            return None

        def fault(rule: str, message: str, place: str = rows[0].place) -> Fault:
            return Fault(rule, f"照会{query.query_id}{message}", place, query.query_id)

        if query.state != "open" and query.replies:
            return fault(TWICE, "には、すでに別の回答を受け付けています。どちらが正しいか確認してください。")
        if query.state == "closed":
            return fault("query.outdated", "は、すでに終了しています。回答の内容を確認してください。")
        if issued.seq < query.asked_seq and (is_confirming or not self._is_asked_still(query, issued)):
            return fault(
                "query.outdated",
                f"は、第{issued.issue}回の照会票の後に内容が変わっています。新しい照会票に記入してもらってください。",
            )
        present = self._return_of(query.municipality_code)
        if moved := self._moved(query, rows, present):
            return fault(
                "query.outdated",
                f"の後に回答が差し替えられ、対象の回答（{moved}）が変わっています。新しい回答を確認してください。",
            )
        try:
            changes = self._changes(query, rows, present.cells)
        except ReplyFaultError as error:
            first = next(row for row in rows if row.reply == "correct")
            return fault("query.value", f"：{error}", value_place(first))
        on = reply.day or date.fromisoformat(receipt.received_at[:10])
        into.corrections += [self._correction(query, change, rows, reply.person, on) for change in changes]
        into.events += [self._answered(query, row, reply.person, on, receipt) for row in rows]
        return None

    def _is_asked_still(self, query: Query, issued: QueryEvent) -> bool:
        """Whether the municipality's own answers that a sheet asked about are asked about as they were.

        Another's answer may have changed the query since: what is corrected of one's own holds all the same, but what was
        confirmed was another doubt.
        """
        asked = [e for e in self.history if e.query_id == query.query_id and e.seq < issued.seq and e.event in ASKING]
        own = f"{query.municipality_code}/"
        return all(
            query.texts.get(name, text) == text for name, text in asked[-1].texts.items() if name.startswith(own)
        )

    def _return_of(self, code: str) -> _Return:
        """The return that counts now, which may be newer than the last run."""
        if code not in self._returns:
            own = [c for c in self._sent_with if c.municipality == code]
            tables = read_returns(self._home, self._declarations, own, codes=[code])
            cells, answers = tables["cells"], tables["answers"]
            places = YearPlaces(self._declarations, cells, answers)
            as_sent = YearPlaces(
                self._declarations, cells.with_columns(corrected_text=pl.lit(None, dtype=pl.String)), answers
            )
            self._returns[code] = _Return(
                ReturnCells.of(cells, code), places, as_sent.answers_of(code), places.answers_of(code)
            )
        return self._returns[code]

    def _moved(self, query: Query, rows: list[RowReply], present: _Return) -> str:
        """In words, an answer of the municipality's own that is not what was asked about; empty where all are."""
        code = query.municipality_code
        for name, text in query.texts.items():
            if name.startswith(f"{code}/") and text not in (present.sent.get(name, ""), present.read.get(name, "")):
                return self._words(name.removeprefix(f"{code}/"))
        for row in (reply.row for reply in rows):
            if row.question_id and row.entity_id != present.places.entity(code, row.question_id, row.row_no):
                return self._words(row.question_id)
        return ""

    def _words(self, name: str) -> str:
        question = self._declarations.questionnaire.questions.get(name.partition("/")[0].partition("@")[0])
        return question.label.ja if question else name

    def _changes(self, query: Query, rows: list[RowReply], cells: ReturnCells) -> list[CellChange]:
        """What is to be corrected; nothing where the file of corrections says just that already."""
        found: dict[tuple[str, str], CellChange] = {}
        for row in rows:
            for change in self._applier.changes(row, cells) if row.reply == "correct" else ():
                place = (change.sheet, change.address)
                known = self._corrected.get((query.municipality_code, *place))
                if known and known.to != change.to:
                    raise ReplyFaultError(
                        f"{change.sheet} {change.address}には、別の値にする訂正「{known.id}」がすでにあります。"
                    )
                if found.setdefault(place, change) != change:
                    raise ReplyFaultError(f"同じ欄（{change.sheet} {change.address}）に異なる値が記入されています。")
        if any(row.reply == "correct" for row in rows) and not found:
            raise ReplyFaultError("「正しい値」が、送られた回答と同じです。")
        return [change for place, change in found.items() if (query.municipality_code, *place) not in self._corrected]

    def _correction(self, query: Query, change: CellChange, rows: list[RowReply], person: str, on: date) -> Correction:
        number = 1
        while (name := f"query-{query.query_id}-{number}") in self._ids:
            number += 1
        granted = self._now.date()
        correction = Correction(
            id=name, municipality=query.municipality_code, sheet=change.sheet, cell=change.address, expect=change.expect,
            to=change.to, reason=next((row.reason for row in rows if row.reason), "") or "疑義照会に対する回答による",
            authority=f"照会{query.query_id}への回答（{person}、{era_date(on)}）", granted=granted, expires=granted + IN_FORCE,
        )  # fmt: skip
        self._ids.add(name)
        self._corrected[query.municipality_code, change.sheet, change.address] = correction
        return correction

    def _answered(self, query: Query, row: RowReply, person: str, on: date, receipt: Receipt) -> dict[str, Any]:
        return self._event(receipt, "answered") | {
            "query_id": query.query_id, "rows": [row.row], "reply": row.reply, "value": row.value, "reason": row.reason,
            "person": person, "day": on.isoformat(),
        }  # fmt: skip

    def _refuse(self, receipt: Receipt, into: Taken, fault: Fault) -> None:
        place = f"{receipt.file_name}!{fault.place}" if fault.place else receipt.file_name
        into.events.append(self._event(receipt, "refused") | {
            "message": fault.message, "place": place, "rule": fault.rule, "query_id": fault.query_id,
        })  # fmt: skip

    def _event(self, receipt: Receipt, event: str) -> dict[str, Any]:
        return {
            "at": self._now.isoformat(), "municipality_code": str(receipt.municipality_code), "event": event, "sheet": receipt.sha256,
        }  # fmt: skip


def _entry(correction: Correction) -> dict[str, Any]:
    """A correction as people write it: what is corrected, then why, by whom and until when."""
    keys = ("id", "municipality", "sheet", "cell", "expect", "to", "reason", "authority", "granted", "expires")
    return {key: getattr(correction, key) for key in keys}


def _said(row: SheetRow, reply: str | None, value: str) -> tuple[str, ...]:
    """What a row of any sheet says of an answer, to be compared."""
    return (row.question_id, str(row.row_no), row.option_code, row.kind, str(reply), normalise(value))
