"""Reading a query sheet that came back: whose and which it is, what was replied, and what else was changed on it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import NamedTuple

from openpyxl.utils import get_column_letter

from pipeline.japanese import era_date, normalise, plain_text
from pipeline.queries.ledger import QueryEvent, Reply, SheetRow
from pipeline.read.problems import PROBLEM_TEXTS
from pipeline.read.values import cell_problem, parse_date
from pipeline.workbooks.remarks import PAGE_FOOT
from pipeline.workbooks.workbook import Cell, Workbook
from schemas.query_sheet import (
    COLUMNS,
    DAY_CELL,
    PERSON_CELL,
    QUERY_SHEET,
    REASON,
    REPLIES,
    REPLY,
    VALUE,
)


@dataclass(frozen=True)
class RowReply:
    """What was replied in a row: the kind, the value and reason as written, and where."""

    row: SheetRow
    reply: Reply
    value: str
    reason: str
    place: str


class Fault(NamedTuple):
    """What is wrong with a reply: the rule, in words, where; of one query, or of the whole sheet."""

    rule: str
    message: str
    place: str
    query_id: str = ""


@dataclass
class SheetReply:
    """A whole sheet that came back: the replies that can be taken, query by query, and what is wrong with others."""

    person: str = ""
    day: date | None = None
    rows: dict[str, list[RowReply]] = field(default_factory=dict)
    faults: list[Fault] = field(default_factory=list)


def read_reply(workbook: Workbook, issued: Workbook, event: QueryEvent) -> SheetReply:
    """Read the reply to an issued sheet, which is compared with it cell by cell outside the columns of replies.

    A query of which one row cannot be taken is not taken at all.
    """
    found = SheetReply()
    if QUERY_SHEET not in workbook.sheets:
        message = f"シート「{QUERY_SHEET}」がありません。照会票を送り直してもらってください。"
        found.faults.append(Fault("query.altered", message, QUERY_SHEET))
        return found
    altered, outside = _differing(workbook, issued, event.rows)
    if altered:
        shown = "、".join(altered[:3]) + (f"ほか{len(altered) - 3}か所" if len(altered) > 3 else "")
        found.faults.append(Fault(
            "query.altered",
            f"照会票の記入欄の外が書き換えられています（{shown}）。どの照会への回答か確かめられないため、反映していません。"
            "記入欄だけに記入して送り直してもらってください。", f"{QUERY_SHEET}!{altered[0]}",
        ))  # fmt: skip
        return found
    found.faults += _outside(workbook, issued, outside)
    person = workbook.cell(QUERY_SHEET, PERSON_CELL[0] + 1, PERSON_CELL[1] + 1)
    found.person = "" if cell_problem(person) else person.text.strip()
    _read_day(workbook, event, found)
    by_query: dict[str, list[SheetRow]] = {}
    for row in event.rows:
        by_query.setdefault(row.query_id, []).append(row)
    for query_id, rows in by_query.items():
        _read_query(workbook, query_id, rows, found)
    if found.rows and not found.person:
        found.faults.append(Fault(
            "query.person", "回答者の記入がありません。誰の回答か分からないため、反映していません。記入して送り直してもらってください。",
            _place(*PERSON_CELL),
        ))  # fmt: skip
        found.rows = {}
    return found


def _read_query(workbook: Workbook, query_id: str, rows: Sequence[SheetRow], into: SheetReply) -> None:
    found: list[RowReply] = []
    faults: list[Fault] = []
    for row in rows:
        written = [workbook.cell(QUERY_SHEET, row.row, column + 1) for column in (REPLY, VALUE, REASON)]
        reply, value, reason = (cell.text.strip() for cell in written)
        if not (reply or value or reason):
            continue
        told = _told_wrong(written)
        if told:
            place = _place(row.row - 1, REPLY)
            faults.append(Fault("query.reply", f"照会{query_id}：{told}", place, query_id))
        else:
            found.append(RowReply(row, REPLIES[normalise(reply)], value, reason, _place(row.row - 1, REPLY)))
    if found and not faults and len(found) < len(rows) and not any(one.reply == "correct" for one in found):
        faults.append(Fault(
            "query.reply", f"照会{query_id}：一部の行にだけ回答があります。修正する行がない場合は、すべての行に回答してもらってください。",
            found[0].place, query_id,
        ))  # fmt: skip
    into.faults += faults
    if found and not faults:
        into.rows[query_id] = found


def _told_wrong(written: Sequence[Cell]) -> str:
    """What is wrong with a row's reply, value and reason; empty where nothing is."""
    for cell in written:
        if problem := cell_problem(cell):
            return f"「{cell.text}」は、{PROBLEM_TEXTS[problem]}"
    reply = normalise(written[0].text)
    choose = f"「{'」「'.join(REPLIES)}」から選んでもらってください。"
    if not reply:
        return f"「正しい値」又は「理由・備考」の記入がありますが、「回答区分」が選ばれていません。{choose}"
    return "" if reply in REPLIES else f"「{reply}」は一覧にない回答区分です。{choose}"


def _read_day(workbook: Workbook, event: QueryEvent, into: SheetReply) -> None:
    day = parse_date(workbook.cell(QUERY_SHEET, DAY_CELL[0] + 1, DAY_CELL[1] + 1))
    if day.problem:
        told = "回答日を日付として読み取れません。受付日を回答日としています。"
        into.faults.append(Fault("query.day", told, _place(*DAY_CELL)))
    elif day.value and day.value < date.fromisoformat(event.at[:10]):
        told = f"回答日（{era_date(day.value)}）が照会票の送付より前の日付です。受付日を回答日としています。"
        into.faults.append(Fault("query.day", told, _place(*DAY_CELL)))
    else:
        into.day = day.value


def _outside(workbook: Workbook, issued: Workbook, cells: Sequence[Cell]) -> list[Fault]:
    """What was written where nothing was asked: cells outside the table, comments, text boxes."""
    own = {(remark.sheet, remark.where, remark.text) for remark in issued.remarks}
    written = [(cell.address, cell.text) for cell in cells]
    written += [
        (remark.where, remark.text) for remark in workbook.remarks
        if remark.sheet == QUERY_SHEET and (remark.sheet, remark.where, remark.text) not in own
        and remark.where != PAGE_FOOT and not remark.where.endswith("数式")
    ]  # fmt: skip
    return [
        Fault(
            "query.outside", f"照会票の記入欄の外に「{text.strip()[:30]}」と記入があります。内容を確認してください（反映されません）。",
            f"{QUERY_SHEET}!{place}",
        )
        for place, text in written
    ]  # fmt: skip


def value_place(reply: RowReply) -> str:
    """The cell of the sheet in which the right value stands."""
    return _place(reply.row.row - 1, VALUE)


def _place(row: int, column: int) -> str:
    return f"{QUERY_SHEET}!{get_column_letter(column + 1)}{row + 1}"


def _differing(workbook: Workbook, issued: Workbook, rows: Sequence[SheetRow]) -> tuple[list[str], list[Cell]]:
    """Addresses whose text is not what was issued, and the cells that were written where nothing was asked.

    A text beside or below the table, or in the empty part of its head, changes nothing that was asked.
    """
    own = {(row.row, column + 1) for row in rows for column in (REPLY, VALUE, REASON)}
    own |= {(row + 1, column + 1) for row, column in (PERSON_CELL, DAY_CELL)}
    asked = {row.row for row in rows}
    sent, before = (book.sheets.get(QUERY_SHEET, {}) for book in (workbook, issued))
    altered, outside = [], []
    for spot in sorted(sent.keys() | before.keys()):
        texts = [plain_text(cells[spot].text) if spot in cells else "" for cells in (sent, before)]
        if spot in own or texts[0] == texts[1]:
            continue
        if texts[1] or (spot[0] in asked and spot[1] <= len(COLUMNS)):
            altered.append(f"{get_column_letter(spot[1])}{spot[0]}")
        else:
            outside.append(sent[spot])
    return altered, outside
