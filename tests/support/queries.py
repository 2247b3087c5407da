"""Query sheets of the second survey: issued by the product, filled in with openpyxl as an office would, put into the inbox."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from io import BytesIO
from typing import Any

import openpyxl
import yaml
from openpyxl.worksheet.worksheet import Worksheet

from pipeline.audit.listing import list_queries
from pipeline.check.waive import waiver_keys
from pipeline.collect.collect import collect
from pipeline.collect.ledger import Receipt
from pipeline.home import Home
from pipeline.localise.localise import localise_returns
from pipeline.queries.accept import accept_queries
from pipeline.queries.issue import issue_queries
from pipeline.queries.ledger import QueryEvent
from pipeline.queries.settle import close_settled
from pipeline.queries.take import take_replies
from pipeline.read.read import read_returns
from pipeline.tables import load, save
from pipeline.validate.validate import validate_returns
from schemas.corrections import load_corrections
from schemas.query_sheet import DAY_CELL, HEADER_ROW, PERSON_CELL, QUERY_SHEET, REASON, REPLY, VALUE
from schemas.survey import YearDeclarations
from tests.conftest import FIXED_NOW
from tests.support.judging import put_returns
from tests.support.workbooks import evacuation_answers, write_workbook

FIRST_REPLY = datetime.fromisoformat("2025-06-24T09:00:00+09:00")
CORRECT, CONFIRM, UNKNOWN = "修正する", "このままで正しい", "不明"
Cells = Mapping[tuple[str, int, str | None], Any]
Change = Callable[[Worksheet], None]


@dataclass
class Year:
    """A year of a home, from returns to replies, without a warehouse; every step comes a minute after the one before."""

    home: Home
    declarations: YearDeclarations
    moment: datetime = field(default_factory=lambda: datetime.fromisoformat(FIXED_NOW))

    def clock(self) -> datetime:
        self.moment += timedelta(minutes=1)
        return self.moment

    @property
    def year(self) -> int:
        return self.declarations.year

    def returns(self, edits: Mapping[str, Cells], *, without: tuple[str, ...] = ()) -> None:
        """Put a return of everybody into the inbox, take them in and judge them."""
        put_returns(self.home, self.declarations, edits, without=without)
        self.run()

    def send(self, code: str, edits: Cells, name: str = "再提出.xlsx") -> None:
        """Put one more return of a municipality into the inbox; nothing is collected."""
        municipality = next(m for m in self.declarations.municipalities if m.code == code)
        answers = {**evacuation_answers(self.declarations, municipality), **edits}
        self.put(write_workbook(self.declarations, code, answers), f"{code}_{name}")

    def put(self, content: bytes, name: str) -> None:
        folder = self.home.inbox(self.year)
        folder.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(content)

    def collect(self) -> list[Receipt]:
        """Take the inbox in, replies included."""
        receipts = collect(self.home, self.declarations, clock=self.clock)
        self.taken: list[QueryEvent] = take_replies(self.home, self.declarations, clock=self.clock)
        return receipts

    def run(self) -> None:
        """Take in, read, judge and explain."""
        self.collect()
        corrections = load_corrections(self.home.corrections(self.year), self.declarations, on=None)
        save(self.home, self.year, read_returns(self.home, self.declarations, corrections))
        save(self.home, self.year, validate_returns(self.home, self.declarations))
        save(self.home, self.year, localise_returns(self.home, self.declarations))
        close_settled(self.home, self.declarations, clock=self.clock)

    def issue(self) -> list[str]:
        """Issue the queries; returns the codes of those that are asked."""
        return [path.name.split("_")[1] for path in issue_queries(self.home, self.declarations, clock=self.clock)]

    def accept(self, *ids: str) -> None:
        findings = load(self.home, self.year, "findings")
        keys = dict(zip(findings["finding_id"], waiver_keys(self.home, self.year, findings), strict=True))
        accept_queries(self.home, self.year, ids, by="山田", reason="電話で確認した", keys=keys, clock=self.clock)

    def sheet(self, code: str) -> bytes:
        (path,) = self.home.queries(self.year).glob(f"{self.year}_{code}_*.xlsx")
        return path.read_bytes()

    def reply(self, code: str, rows: Sequence[Sequence[Any]], *, name: str = "", **head: Any) -> None:
        """Fill in the municipality's sheet and put it into the inbox."""
        self.put(filled(self.sheet(code), rows, **head), name or f"照会票_{code}_{self.moment:%H%M}.xlsx")

    def queries(self) -> dict[str, dict[str, Any]]:
        return {row["query_id"]: row for row in list_queries(self.home, self.year)}

    def query(self, query_id: str) -> tuple[str, str | None]:
        """State and outcome."""
        row = self.queries()[query_id]
        return row["state"], row["outcome"]

    def findings(self, beginning: str = "query.") -> dict[str, list[str]]:
        """The messages of findings by rule."""
        found: dict[str, list[str]] = {}
        for row in load(self.home, self.year, "findings").to_dicts():
            if row["rule_id"].startswith(beginning):
                found.setdefault(row["rule_id"], []).append(row["message"])
        return found

    def corrections(self) -> list[dict[str, Any]]:
        path = self.home.corrections(self.year)
        return yaml.safe_load(path.read_text(encoding="utf-8"))["corrections"] if path.exists() else []


def filled(
    content: bytes, rows: Sequence[Sequence[Any]], *, person: str | None = "福祉課　佐藤", day: Any = "令和7年6月24日",
    change: Change = lambda _: None,
) -> bytes:  # fmt: skip
    """A sheet with replies (kind, value, reason), row by row, an empty one for none."""
    book = openpyxl.load_workbook(BytesIO(content))
    sheet = book[QUERY_SHEET]
    for cell, value in ((PERSON_CELL, person), (DAY_CELL, day)):
        sheet.cell(cell[0] + 1, cell[1] + 1).value = value
    for number, row in enumerate(rows):
        for column, value in zip((REPLY, VALUE, REASON), row, strict=False):
            if value is not None:
                sheet.cell(HEADER_ROW + 2 + number, column + 1).value = value
    change(sheet)
    buffer = BytesIO()
    book.save(buffer)
    return buffer.getvalue()


def shown(content: bytes) -> list[list[str]]:
    """The rows of a sheet's table as they are seen."""
    sheet = openpyxl.load_workbook(BytesIO(content))[QUERY_SHEET]
    return [[str(cell or "") for cell in row] for row in sheet.iter_rows(min_row=HEADER_ROW + 2, values_only=True)]


NO_STATE = {("plan_state", 1, state): None for state in ("complete", "partial", "not_started")}
NO_MEASURE = {("measure", 1, measure): None for measure in ("training", "drill", "visits", "other", "none")}
COUNT = ("plan_count", 1, None)
RANGE, UNREAD, TWO_TICKS, NONE_AND, ROUTED, DOUBLED, TRIANGLE, UNNAMED, WARNED = (
    "331007", "332020", "332038", "332046", "332071", "332089", "332097", "332101", "332119",
)  # fmt: skip
DOUBTS: dict[str, Cells] = {
    RANGE: {COUNT: 100000},
    UNREAD: {COUNT: "約12"},
    TWO_TICKS: {**NO_STATE, ("plan_state", 1, "complete"): "○", ("plan_state", 1, "partial"): "○", COUNT: 3},
    NONE_AND: {("measure", 1, "none"): "○", ("measure", 1, "training"): "○"},
    ROUTED: {**NO_STATE, ("plan_state", 1, "not_started"): "○", COUNT: 12},
    DOUBLED: {
        ("network", 2, None): "高梁川流域連携〔network-takahashigawa〕", ("drill_count", 2, None): 0,
    },
    TRIANGLE: {("measure", 1, "drill"): "△"},
    UNNAMED: {("network", 1, None): None},
    WARNED: NO_MEASURE,
}  # fmt: skip
"""What is asked of whom in a home with issued sheets: a doubt of each kind."""
