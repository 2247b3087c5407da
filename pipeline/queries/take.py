"""Taking replies: from archived query sheets to corrections and history. What cannot be taken is told, and nothing is lost."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any

from pipeline.clock import Clock, now
from pipeline.collect.archive import archived_bytes
from pipeline.collect.ledger import Receipt, read_ledger
from pipeline.home import Home
from pipeline.japanese import era_date
from pipeline.queries.apply import CellChange, ReplyApplier, ReplyFaultError, ReturnCells
from pipeline.queries.ledger import Query, QueryEvent, queries_of, read_history, record
from pipeline.queries.recorded import append_decisions
from pipeline.queries.replies import RowReply, SheetReply, read_reply
from pipeline.tables import load
from pipeline.workbooks.opening import open_workbook
from schemas.corrections import CorrectionFile
from schemas.parsing import parse_model
from schemas.survey import YearDeclarations
from schemas.yaml_source import read_yaml

IN_FORCE = timedelta(days=366)
"""How long a correction that a municipality replied holds before somebody has to look at it again."""
REPLIED = "reply"
"""The event of the receipt of a query sheet that came back."""


@dataclass
class Taken:
    """What came of the replies to a year's queries that had not been looked at."""

    events: list[dict[str, Any]] = field(default_factory=list)
    corrections: list[dict[str, Any]] = field(default_factory=list)


def take_replies(home: Home, declarations: YearDeclarations, *, clock: Clock = now) -> list[QueryEvent]:
    """Look at every query sheet that came back and was not looked at yet; returns the new events of the history.

    Corrections go into the file of corrections, each with who replied when; replies that cannot be taken become events
    `refused`, from which `validate` makes findings. The caller holds the home's writer lock.
    """
    year = declarations.year
    history = read_history(home, year)
    seen = {event.sheet for event in history if event.event in ("answered", "refused") and event.sheet}
    receipts = [r for r in read_ledger(home.ledger) if r.year == year and r.event == REPLIED and r.sha256 not in seen]
    if not receipts:
        return []
    taker = ReplyTaker(home, declarations, history, clock)
    taken = Taken()
    for receipt in receipts:
        taker.take(receipt, taken)
    append_decisions(home.corrections(year), year, "corrections", taken.corrections)
    return record(home, year, taken.events)


class ReplyTaker:
    """Judges replies beside the history of the queries and the returns that count."""

    def __init__(self, home: Home, declarations: YearDeclarations, history: list[QueryEvent], clock: Clock) -> None:
        self._home = home
        self._declarations = declarations
        self._queries = queries_of(history)
        self._issued = {(e.municipality_code, e.issue): e for e in history if e.event == "issued"}
        self._applier = ReplyApplier(declarations)
        self._cells = load(home, declarations.year, "cells")
        self._now = clock()
        path = home.corrections(declarations.year)
        known = parse_model(read_yaml(path), CorrectionFile).corrections if path.exists() else ()
        self._corrected = {(c.municipality, c.sheet, c.cell): c.id for c in known}
        self._ids = {c.id for c in known}

    def take(self, receipt: Receipt, into: Taken) -> None:
        """Take one sheet."""
        workbook = open_workbook(archived_bytes(self._home, receipt.sha256))
        code, issue = str(receipt.municipality_code), int(receipt.issue or 0)
        event = self._issued.get((code, issue))
        if event is None:
            self._refuse(
                receipt, into, "query.unknown", f"第{issue}回の照会票は、この保存先から送ったものではありません。", ""
            )
            return
        issued = open_workbook(archived_bytes(self._home, event.sheet))
        reply = read_reply(workbook, issued, event)
        for rule, message, place in reply.faults:
            self._refuse(receipt, into, rule, message, place)
        by_query: dict[str, list[RowReply]] = {}
        for row in reply.rows:
            by_query.setdefault(row.row.query_id, []).append(row)
        for query_id, rows in by_query.items():
            self._take_query(self._queries[query_id], rows, reply, receipt, into)
        if not reply.rows and not reply.faults:
            self._refuse(receipt, into, "query.empty", "照会票に回答の記入がありません。", "")

    def _take_query(self, query: Query, rows: list[RowReply], reply: SheetReply, receipt: Receipt, into: Taken) -> None:
        """Take the reply to one query, all of its rows or none."""
        before = {(event.row, event.reply, event.value) for event in query.replies}
        told = {(row.row.row, row.reply, row.value) for row in rows}
        if query.state != "open" and told == before:
            return
        if query.state != "open":
            self._refuse(
                receipt, into, "query.twice",
                f"照会{query.query_id}には、すでに別の回答を受け付けています。どちらが正しいか確認してください。", rows[0].place,
                query.query_id,
            )  # fmt: skip
            return
        cells = ReturnCells.of(self._cells, query.municipality_code)
        now_texts = {f"{sheet}!{address}": cells.texts[key] for key, (sheet, address) in cells.places.items()}
        moved = [place for place, text in query.texts.items() if place in now_texts and now_texts[place] != text
                 and (query.municipality_code, *place.split("!")) not in self._corrected]  # fmt: skip
        if moved:
            self._refuse(
                receipt, into, "query.outdated",
                f"照会{query.query_id}の後に回答が差し替えられ、対象の欄（{moved[0]}）の値が変わっています。新しい回答を"
                "確認してください。", rows[0].place, query.query_id,
            )  # fmt: skip
            return
        try:
            changes = self._changes(query, rows, cells)
        except ReplyFaultError as error:
            self._refuse(receipt, into, "query.value", f"照会{query.query_id}：{error}", rows[0].place, query.query_id)
            return
        on = reply.day or date.fromisoformat(receipt.received_at[:10])
        into.corrections += [self._correction(query, change, rows, reply.person, on) for change in changes]
        into.events += [self._answered(query, row, reply.person, on, receipt) for row in rows]

    def _changes(self, query: Query, rows: list[RowReply], cells: ReturnCells) -> list[CellChange]:
        found: dict[tuple[str, str], CellChange] = {}
        asked = [row for row in rows if row.reply == "correct"]
        for row in asked:
            for change in self._applier.changes(row, cells):
                place = (change.sheet, change.address)
                if found.setdefault(place, change) != change:
                    raise ReplyFaultError(f"同じ欄（{change.sheet} {change.address}）に異なる値が記入されています。")
                if known := self._corrected.get((query.municipality_code, *place)):
                    raise ReplyFaultError(f"{change.sheet} {change.address}には訂正「{known}」がすでにあります。")
        if asked and not found:
            raise ReplyFaultError("「正しい値」が、送られた回答と同じです。")
        return list(found.values())

    def _correction(
        self, query: Query, change: CellChange, rows: list[RowReply], person: str, on: date
    ) -> dict[str, Any]:
        reason = next((row.reason for row in rows if row.reason), "") or "疑義照会に対する回答による"
        number = 1
        while (name := f"query-{query.query_id}-{number}") in self._ids:
            number += 1
        self._ids.add(name)
        self._corrected[query.municipality_code, change.sheet, change.address] = name
        granted = self._now.date()
        return {
            "id": name, "municipality": query.municipality_code, "sheet": change.sheet, "cell": change.address,
            "expect": change.expect, "to": change.to, "reason": reason,
            "authority": f"照会{query.query_id}への回答（{person}、{era_date(on)}）", "granted": granted, "expires": granted + IN_FORCE,
        }  # fmt: skip

    def _answered(self, query: Query, row: RowReply, person: str, on: date, receipt: Receipt) -> dict[str, Any]:
        return {
            "at": self._now.isoformat(), "municipality_code": query.municipality_code, "event": "answered",
            "query_id": query.query_id, "sheet": receipt.sha256, "row": row.row.row, "reply": row.reply, "value": row.value,
            "reason": row.reason, "person": person, "day": on.isoformat(),
        }  # fmt: skip

    def _refuse(self, receipt: Receipt, into: Taken, rule: str, message: str, place: str, query_id: str = "") -> None:
        into.events.append({
            "at": self._now.isoformat(), "municipality_code": str(receipt.municipality_code), "event": "refused",
            "sheet": receipt.sha256, "message": message, "place": f"{receipt.file_name}!{place}" if place else receipt.file_name,
            "by": rule, "query_id": query_id,
        })  # fmt: skip
