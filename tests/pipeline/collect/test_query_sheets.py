"""Query sheets in the inbox: recognised, or rejected with the cell that shows why, and never taken for returns."""

from __future__ import annotations

from collections.abc import Callable
from io import BytesIO

import openpyxl
import pytest

from schemas.query_sheet import QUERY_IDENTITY_CELLS, QUERY_IDENTITY_SHEET, QUERY_SHEET, query_identity_check
from tests.support.queries import CORRECT, RANGE, UNREAD, Year, filled


def changed(content: bytes, change: Callable[[openpyxl.Workbook], None]) -> bytes:
    book = openpyxl.load_workbook(BytesIO(content))
    change(book)
    buffer = BytesIO()
    book.save(buffer)
    return buffer.getvalue()


def say(key: str, value: str, *, is_consistent: bool = True) -> Callable[[openpyxl.Workbook], None]:
    """Change one word of the sheet's identity, and its check digits too, as another home would have written it."""

    def change(book: openpyxl.Workbook) -> None:
        sheet = book[QUERY_IDENTITY_SHEET]
        sheet[QUERY_IDENTITY_CELLS[key]].value = value
        words = {name: str(sheet[cell].value or "") for name, cell in QUERY_IDENTITY_CELLS.items()}
        if is_consistent:
            sheet[QUERY_IDENTITY_CELLS["check"]].value = query_identity_check(words)

    return change


def test_a_sheet_that_comes_back_is_a_reply_and_no_return(issued: Year) -> None:
    issued.reply(RANGE, [(CORRECT, 5)])
    (receipt,) = issued.collect()
    assert (receipt.event, receipt.municipality_code, receipt.issue, receipt.is_synthetic) == ("reply", RANGE, 1, False)


@pytest.mark.parametrize(
    ("key", "value", "is_consistent", "reason"),
    [
        ("survey", "another-survey", True, "other-survey-query"),
        ("year", "2024", True, "query-of-another-year"),
        ("year", "2026", True, "query-of-another-year"),
        ("code", UNREAD, False, "altered-query-sheet"),
        ("code", "131016", True, "altered-query-sheet"),
        ("issue", "2", False, "altered-query-sheet"),
        ("issue", "一", True, "altered-query-sheet"),
    ],
)
def test_a_sheet_of_something_else_is_rejected_and_the_rest_goes_through(
    issued: Year, key: str, value: str, is_consistent: bool, reason: str
) -> None:
    issued.put(
        changed(filled(issued.sheet(RANGE), [(CORRECT, 5)]), say(key, value, is_consistent=is_consistent)), "a.xlsx"
    )
    issued.reply(UNREAD, [(CORRECT, 12)], name="b.xlsx")
    first, second = issued.collect()
    assert (first.event, first.reason) == ("rejected", reason)
    assert str(first.cell).startswith(QUERY_IDENTITY_SHEET)
    assert second.event == "reply"
    issued.run()
    assert f"collect.{reason}" in issued.findings("collect.")
    assert [entry["municipality"] for entry in issued.corrections()] == [UNREAD]


def test_a_sheet_without_its_identity_is_told_as_a_query_sheet(issued: Year) -> None:
    def change(book: openpyxl.Workbook) -> None:
        del book[QUERY_IDENTITY_SHEET]

    issued.put(changed(issued.sheet(RANGE), change), "返送.xlsx")
    (receipt,) = issued.collect()
    assert (receipt.event, receipt.reason, receipt.cell) == ("rejected", "altered-query-sheet", QUERY_SHEET)
    assert "照会票です" in str(receipt.message)


def test_a_return_with_a_sheet_of_the_same_name_is_a_return(issued: Year) -> None:
    """The identity of a return counts first only where the workbook is no query sheet."""
    content = (issued.home.inbox(issued.year) / f"{UNREAD}.xlsx").read_bytes()
    issued.put(changed(content, lambda book: book.create_sheet("照会情報")), "余分なシート.xlsx")
    (receipt,) = issued.collect()
    assert (receipt.event, receipt.municipality_code) == ("accepted", UNREAD)


def test_a_damaged_sheet_is_rejected(issued: Year) -> None:
    issued.put(issued.sheet(RANGE)[:2000], "途中まで.xlsx")
    (receipt,) = issued.collect()
    assert (receipt.event, receipt.reason) == ("rejected", "damaged")
