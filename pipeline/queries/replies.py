"""Reading a query sheet that came back: whose and which it is, what was replied, and what else was changed on it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date

from openpyxl.utils import get_column_letter

from pipeline.japanese import normalise, plain_text
from pipeline.queries.ledger import QueryEvent, SheetRow
from pipeline.read.values import parse_date
from pipeline.workbooks.workbook import Workbook
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
    reply: str
    value: str
    reason: str
    place: str


@dataclass
class SheetReply:
    """A whole sheet that came back; `faults` are what is wrong with it, each with its place."""

    person: str = ""
    day: date | None = None
    rows: list[RowReply] = field(default_factory=list)
    faults: list[tuple[str, str, str]] = field(default_factory=list)


def read_reply(workbook: Workbook, issued: Workbook, event: QueryEvent) -> SheetReply:
    """Read the reply to an issued sheet, which is compared with it cell by cell outside the columns of replies."""
    found = SheetReply()
    if QUERY_SHEET not in workbook.sheets:
        found.faults.append(
            ("query.altered", f"シート「{QUERY_SHEET}」がありません。照会票を送り直してもらってください。", QUERY_SHEET)
        )
        return found
    altered = _altered(workbook, issued, event.rows)
    if altered:
        shown = "、".join(altered[:3]) + (f"ほか{len(altered) - 3}か所" if len(altered) > 3 else "")
        found.faults.append((
            "query.altered",
            (f"照会票の記入欄の外が書き換えられています（{shown}）。どの照会への回答か確かめられないため、反映していません。"
            "記入欄だけに記入して送り直してもらってください。"), f"{QUERY_SHEET}!{altered[0]}",
        ))  # fmt: skip
        return found
    found.faults += [
        (
            "query.outside", f"照会票の表の外に「{cell.text[:30]}」と記入があります。内容を確認してください（反映されません）。",
            f"{QUERY_SHEET}!{cell.address}",
        )
        for (_, column), cell in sorted(workbook.sheets[QUERY_SHEET].items())
        if column > len(COLUMNS) and cell.text.strip()
    ]  # fmt: skip
    found.person = _text(workbook, *PERSON_CELL)
    day = parse_date(workbook.cell(QUERY_SHEET, DAY_CELL[0] + 1, DAY_CELL[1] + 1))
    found.day = day.value
    if day.problem:
        found.faults.append(
            ("query.day", "回答日を日付として読み取れません。受付日を回答日としています。", _place(*DAY_CELL))
        )
    for row in event.rows:
        reply = normalise(_text(workbook, row.row - 1, REPLY))
        value, reason = (_text(workbook, row.row - 1, column) for column in (VALUE, REASON))
        place = _place(row.row - 1, REPLY)
        if not reply and not value:
            continue
        if reply not in REPLIES:
            told = (
                f"「{reply}」は一覧にない回答区分です"
                if reply
                else "「正しい値」の記入がありますが、「回答区分」が選ばれていません"
            )
            found.faults.append((
                "query.reply", f"照会{row.query_id}：{told}。「{'」「'.join(REPLIES)}」から選んでもらってください。", place
            ))  # fmt: skip
            continue
        found.rows.append(RowReply(row, REPLIES[reply], value, reason, place))
    if found.rows and not found.person:
        found.faults.append((
            "query.person", "回答者の記入がありません。誰の回答か分からないため、反映していません。記入して送り直してもらってください。",
            _place(*PERSON_CELL),
        ))  # fmt: skip
        found.rows = []
    return found


def _text(workbook: Workbook, row: int, column: int) -> str:
    return workbook.cell(QUERY_SHEET, row + 1, column + 1).text.strip()


def _place(row: int, column: int) -> str:
    return f"{QUERY_SHEET}!{get_column_letter(column + 1)}{row + 1}"


def _altered(workbook: Workbook, issued: Workbook, rows: Sequence[SheetRow]) -> list[str]:
    """Addresses of the cells outside those to reply in that do not hold what was issued."""
    own = {(row.row, column + 1) for row in rows for column in (REPLY, VALUE, REASON)}
    own |= {(row + 1, column + 1) for row, column in (PERSON_CELL, DAY_CELL)}
    texts = [
        {spot: plain_text(cell.text) for spot, cell in book.sheets.get(QUERY_SHEET, {}).items() if cell.text}
        for book in (workbook, issued)
    ]
    differing = {spot for spot in texts[0].keys() | texts[1].keys() if texts[0].get(spot) != texts[1].get(spot)} - own
    inside = sorted(spot for spot in differing if spot[1] <= len(COLUMNS))
    return [f"{get_column_letter(column)}{row}" for row, column in inside]
