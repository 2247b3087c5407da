"""Query sheets that come back: what is taken, and what becomes of the file of corrections."""

from __future__ import annotations

from io import BytesIO
from typing import Any

import openpyxl
import pytest

from pipeline.collect.ledger import read_ledger
from pipeline.queries.ledger import read_history
from schemas.errors import InputError
from schemas.query_sheet import HEADER_ROW, QUERY_SHEET, VALUE
from tests.support.corrections import correction, put_corrections
from tests.support.printing import saved_again
from tests.support.queries import (
    CONFIRM,
    CORRECT,
    COUNT,
    DOUBLED,
    DOUBTS,
    NONE_AND,
    RANGE,
    ROUTED,
    TRIANGLE,
    TWO_TICKS,
    UNKNOWN,
    UNNAMED,
    UNREAD,
    Year,
    filled,
)

FIRST_ROW = HEADER_ROW + 2


def taken(year: Year) -> dict[str, str]:
    """What is read in each corrected cell, by municipality and address."""
    return {f"{entry['municipality']}!{entry['cell']}": entry["to"] for entry in year.corrections()}


# Replies


@pytest.mark.parametrize(
    ("code", "rows", "expected"),
    [
        (RANGE, [(CORRECT, 99999)], {"C12": "99999"}),
        (RANGE, [(CORRECT, "１，２３４件")], {"C12": "１，２３４件"}),
        (RANGE, [(CORRECT, 0)], {"C12": "0"}),
        (RANGE, [(CORRECT, "空欄")], {"C12": ""}),
        (TWO_TICKS, [(CORRECT, "全員分を作成")], {"C9": ""}),
        (TWO_TICKS, [(CORRECT, "未作成")], {"C8": "", "C9": "", "C10": "○"}),
        (TWO_TICKS, [(CORRECT, "空欄")], {"C8": "", "C9": ""}),
        (NONE_AND, [(CORRECT, "（空欄）"), ()], {"C19": ""}),
        (NONE_AND, [(CONFIRM,), (CORRECT, "空欄")], {"C15": ""}),
        (TRIANGLE, [(CORRECT, "○")], {"C16": "○"}),
        (TRIANGLE, [(CORRECT, "×")], {"C16": ""}),
        (UNNAMED, [(CORRECT, "高梁川流域連携〔network-takahashigawa〕"), ()], {"B7": "高梁川流域連携〔network-takahashigawa〕"}),
        (DOUBLED, [(), (CORRECT, "行の削除")], {"B8": "", "D8": ""}),
        (ROUTED, [(CORRECT, "全員分を作成"), ()], {"C8": "○", "C10": ""}),
    ],
    ids=str,
)  # fmt: skip
def test_a_reply_becomes_corrections_of_just_the_cells_that_change(
    issued: Year, code: str, rows: list[tuple[Any, ...]], expected: dict[str, str]
) -> None:
    issued.reply(code, rows)
    issued.run()
    assert taken(issued) == {f"{code}!{address}": text for address, text in expected.items()}
    assert issued.findings() == issued.findings("correction.") == {}
    assert issued.queries()[f"{code}-1"]["state"] == "closed"


def test_a_sheet_that_libreoffice_saved_again_is_taken(issued: Year) -> None:
    content = saved_again(filled(issued.sheet(RANGE), [(CORRECT, 5)]))
    issued.put(content, "返送.xlsx")
    issued.run()
    assert taken(issued) == {f"{RANGE}!C12": "5"}
    assert issued.findings() == {}


def test_replies_of_many_municipalities_are_taken_together(issued: Year) -> None:
    issued.reply(RANGE, [(CORRECT, 5)])
    issued.reply(UNREAD, [(CORRECT, 12)])
    issued.reply(TRIANGLE, [(UNKNOWN,)])
    issued.run()
    assert taken(issued) == {f"{RANGE}!C12": "5", f"{UNREAD}!C12": "12"}
    assert [event.event for event in issued.taken] == ["answered"] * 3
    issued.collect()
    assert issued.taken == []


def test_without_a_day_the_day_of_receipt_stands_in_the_correction(issued: Year) -> None:
    issued.reply(RANGE, [(CORRECT, 5)], day=None)
    issued.run()
    assert issued.findings() == {}
    assert issued.corrections()[0]["authority"].endswith("令和7年6月24日）")


def test_a_correction_that_says_the_same_already_is_not_made_twice(issued: Year) -> None:
    put_corrections(issued.home, issued.year, correction(issued.declarations, RANGE, COUNT, expect=100000, to=5))
    issued.reply(RANGE, [(CORRECT, 5)])
    issued.run()
    assert [entry["id"] for entry in issued.corrections()] == ["by-telephone"]
    assert issued.findings() == {}
    assert issued.queries()[f"{RANGE}-1"]["state"] == "closed"


def test_the_same_sheet_twice_is_taken_once(issued: Year) -> None:
    content = filled(issued.sheet(RANGE), [(CORRECT, 5)])
    issued.put(content, "返送.xlsx")
    issued.put(content, "返送 (1).xlsx")
    issued.put(filled(content, [], change=lambda sheet: sheet.set_printer_settings(9, "landscape")), "保存し直し.xlsx")
    issued.collect()
    assert [event.event for event in issued.taken] == ["answered", "repeated"]
    issued.run()
    assert issued.taken == []
    assert issued.findings() == {}
    assert len(issued.corrections()) == 1


def test_a_repeated_sheet_answers_no_query_that_is_opened_again_later(issued: Year) -> None:
    content = filled(issued.sheet(ROUTED), [(), (CORRECT, 13)])
    issued.put(content, "返送.xlsx")
    issued.collect()
    assert [event.event for event in issued.taken] == ["answered"]
    issued.put(filled(content, [], change=lambda sheet: sheet.set_printer_settings(9, "landscape")), "保存し直し.xlsx")
    issued.run()
    assert [event.event for event in issued.taken] == ["repeated"]
    issued.issue()
    assert issued.query(f"{ROUTED}-1") == ("open", None)
    issued.collect()
    assert issued.taken == []
    assert issued.query(f"{ROUTED}-1") == ("open", None)


def test_an_older_sheet_still_answers_a_query_that_did_not_change(issued: Year) -> None:
    first = issued.sheet(RANGE)
    issued.send(RANGE, {**DOUBTS[RANGE], ("measure", 1, "none"): "△"})
    issued.run()
    issued.issue()
    assert issued.sheet(RANGE) != first
    issued.put(filled(first, [(CORRECT, 5)]), "第１回への回答.xlsx")
    issued.run()
    assert taken(issued) == {f"{RANGE}!C12": "5"}
    assert issued.findings() == {}


def test_the_reply_to_one_municipality_leaves_what_shares_its_addresses_alone(issued: Year) -> None:
    """The doubt about a joint network rests on cells of two returns, which stand at the same address in both."""
    issued.send("332054", {("drill_count", 1, None): 5})
    issued.run()
    issued.issue()
    issued.reply("332054", [(CORRECT, 0), ()])
    issued.run()
    assert issued.findings() == {}
    assert taken(issued) == {"332054!D7": "0"}


def test_rows_moved_in_the_return_are_corrected_where_they_stand(issued: Year) -> None:
    from tests.support.moved import filled_form

    municipality = next(m for m in issued.declarations.municipalities if m.code == RANGE)

    def change(book: openpyxl.Workbook) -> None:
        book["計画"]["C12"].value = 100000
        book["計画"].insert_rows(7)

    buffer = BytesIO()
    filled_form(issued.declarations, municipality, change).save(buffer)
    issued.put(buffer.getvalue(), f"{RANGE}_行の挿入.xlsx")
    issued.reply(RANGE, [(CORRECT, 5)])
    issued.run()
    assert taken(issued) == {f"{RANGE}!C13": "5"}
    assert issued.findings() == issued.findings("correction.") == issued.findings("range.") == {}


# The file of corrections


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        ("year: 2025\ncorrections: []\n", "year: 2025"),
        ("# 年度の訂正\ncorrections: []\nyear: 2025", "# 年度の訂正\nyear: 2025"),
        ("year: 2025\r\ncorrections: []\r\n", "year: 2025\r\n"),
        ("year: 2025\ncorrections:\n- # 電話\n  {OTHER}\n# 以上\n", "# 電話"),
        ("year: 2025\ncorrections:\n    - {OTHER}\n\n\n", "year: 2025\ncorrections:\n    - {"),
    ],
)
def test_corrections_are_added_and_nothing_that_people_wrote_is_lost(issued: Year, text: str, kept: str) -> None:
    other = (
        "{id: by-telephone, municipality: '332020', sheet: 計画, cell: C12, expect: 約12, to: '12', reason: 電話で確認した, "
        "authority: 課長, granted: 2025-06-01, expires: 2025-12-31}"
    )
    path = issued.home.corrections(issued.year)
    path.parent.mkdir(parents=True)
    path.write_bytes(text.replace("{OTHER}", other).encode())
    issued.reply(RANGE, [(CORRECT, 5)])
    issued.run()
    assert kept.encode() in path.read_bytes()
    assert taken(issued) == {f"{RANGE}!C12": "5"} | ({"332020!C12": "12"} if "{OTHER}" in text else {})
    assert issued.findings() == {}


@pytest.mark.parametrize("text", ["{year: 2025, corrections: []}\n", "corrections:\n  []\nyear: 2025\n"])
def test_a_file_to_which_nothing_can_be_added_is_left_alone_and_the_replies_wait(issued: Year, text: str) -> None:
    path = issued.home.corrections(issued.year)
    path.parent.mkdir(parents=True)
    path.write_text(text, encoding="utf-8")
    issued.reply(RANGE, [(CORRECT, 5)])
    with pytest.raises(InputError, match="cannot-append"):
        issued.collect()
    assert path.read_text(encoding="utf-8") == text
    assert not [event for event in read_history(issued.home, issued.year) if event.event == "answered"]
    path.unlink()
    issued.collect()
    assert [event.event for event in issued.taken] == ["answered"]


def test_a_reply_is_in_the_ledger_with_the_number_of_its_sheet(issued: Year) -> None:
    issued.reply(RANGE, [(CORRECT, 5)])
    issued.collect()
    last = read_ledger(issued.home.ledger)[-1]
    assert (last.event, last.municipality_code, last.issue) == ("reply", RANGE, 1)


def test_the_cells_to_reply_in_are_open_and_the_others_are_locked(issued: Year) -> None:
    sheet = openpyxl.load_workbook(BytesIO(issued.sheet(RANGE)))[QUERY_SHEET]
    assert sheet.protection.sheet
    assert not sheet.cell(FIRST_ROW, VALUE + 1).protection.locked
    assert sheet.cell(FIRST_ROW, 5).protection.locked


# A command that is killed on the way


@pytest.mark.parametrize(
    ("code", "rows"),
    [
        (RANGE, [(CORRECT, 1234)]), (TWO_TICKS, [(CORRECT, "未作成")]), (NONE_AND, [(CORRECT, "（空欄）"), ()]),
        (ROUTED, [(CORRECT, "空欄"), (CONFIRM,)]), (TRIANGLE, [(CORRECT, "○")]),
    ],
)  # fmt: skip
def test_a_reply_whose_corrections_were_written_and_whose_history_was_not_is_taken_as_it_would_have_been(
    issued: Year, code: str, rows: list[tuple[Any, ...]]
) -> None:
    history, corrections = issued.home.query_history(issued.year), issued.home.corrections(issued.year)
    before = history.read_bytes()
    issued.reply(code, rows)
    issued.collect()
    first, written = issued.taken, corrections.read_bytes()
    history.write_bytes(before)
    issued.collect()
    but = {"at", "hash", "previous_hash"}
    assert [event.model_dump(exclude=but) for event in issued.taken] == [
        event.model_dump(exclude=but) for event in first
    ]
    assert corrections.read_bytes() == written
    assert issued.findings() == {}
