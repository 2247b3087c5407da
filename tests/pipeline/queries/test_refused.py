"""Query sheets that come back: what is refused with a finding, while the rest goes through."""

from __future__ import annotations

from io import BytesIO
from typing import Any

import openpyxl
import pytest
from openpyxl.comments import Comment
from openpyxl.worksheet.worksheet import Worksheet

from pipeline.collect.withdraw import withdraw_return
from schemas.query_sheet import QUERY_IDENTITY_SHEET, QUERY_SHEET
from tests.support.corrections import correction, put_corrections
from tests.support.queries import (
    CONFIRM,
    CORRECT,
    COUNT,
    DOUBLED,
    NONE_AND,
    RANGE,
    ROUTED,
    TRIANGLE,
    TWO_TICKS,
    UNNAMED,
    UNREAD,
    WARNED,
    Year,
    filled,
)


def taken(year: Year) -> dict[str, str]:
    """What is read in each corrected cell, by municipality and address."""
    return {f"{entry['municipality']}!{entry['cell']}": entry["to"] for entry in year.corrections()}


def refused(year: Year) -> list[str]:
    return [event.rule for event in year.taken if event.event == "refused"]


# Values and rows


@pytest.mark.parametrize(
    ("code", "rows", "told"),
    [
        (ROUTED, [(), (CORRECT, "１２件")], "送られた回答と同じ"),
        (NONE_AND, [(CORRECT, "レ"), ()], "送られた回答と同じ"),
        (RANGE, [(CORRECT, 100001)], "想定する範囲（0～99999件）の外"),
        (RANGE, [(CORRECT, -1)], "想定する範囲"),
        (RANGE, [(CORRECT, "約5")], "数字として読み取れません"),
        (RANGE, [(CORRECT, 2.5)], "整数ではありません"),
        (RANGE, [(CORRECT, None)], "「正しい値」の記入がありません"),
        (TWO_TICKS, [(CORRECT, "半分")], "選択肢にありません"),
        (TRIANGLE, [(CORRECT, "△")], "○以外の文字"),
        (UNNAMED, [(CORRECT, "高梁川流域連携"), ()], "一覧にない名称"),
        (DOUBLED, [(CORRECT, 3), ()], "行を削除するかどうかの照会に「3」"),
    ],
    ids=str,
)  # fmt: skip
def test_a_value_that_the_question_does_not_take_is_refused(
    issued: Year, code: str, rows: list[tuple[Any, ...]], told: str
) -> None:
    issued.reply(code, rows)
    issued.reply(UNREAD, [(CORRECT, 12)])
    issued.run()
    (message,) = issued.findings()["query.value"]
    assert told in message
    assert "（シート「照会票」" in message
    assert taken(issued) == {f"{UNREAD}!C12": "12"}
    assert issued.query(f"{code}-1") == ("open", None)


@pytest.mark.parametrize(
    ("code", "rows", "told"),
    [
        (RANGE, [("はい", 5)], "「はい」は一覧にない回答区分"),
        (RANGE, [(None, 5)], "「回答区分」が選ばれていません"),
        (RANGE, [(None, None, "確認中")], "「回答区分」が選ばれていません"),
        (NONE_AND, [(CORRECT, "空欄"), (None, "空欄")], "「回答区分」が選ばれていません"),
        (WARNED, [(CONFIRM,)] * 4, "一部の行にだけ回答"),
        (RANGE, [(CORRECT, "=1/0")], "計算結果のない数式"),
    ],
    ids=str,
)  # fmt: skip
def test_a_row_that_cannot_be_understood_leaves_its_query_as_it_is(
    issued: Year, code: str, rows: list[tuple[Any, ...]], told: str
) -> None:
    issued.reply(code, rows)
    issued.run()
    assert told in "".join(issued.findings()["query.reply"])
    assert taken(issued) == {}
    assert issued.query(f"{code}-1") == ("open", None)


def write(address: str, value: Any) -> Any:
    def change(sheet: Worksheet) -> None:
        sheet[address].value = value

    return change


@pytest.mark.parametrize("address", ["A1", "A3", "A9", "B9", "E9", "G9"])
def test_a_sheet_edited_beyond_its_reply_columns_is_refused_with_the_cell(issued: Year, address: str) -> None:
    issued.reply(RANGE, [(CORRECT, 5)], change=write(address, "書換え"))
    issued.reply(UNREAD, [(CORRECT, 12)])
    issued.run()
    (message,) = issued.findings()["query.altered"]
    assert address in message
    assert taken(issued) == {f"{UNREAD}!C12": "12"}


@pytest.mark.parametrize("address", ["L9", "B14", "E5"])
def test_a_remark_beside_the_table_is_told_and_the_replies_are_taken(issued: Year, address: str) -> None:
    issued.reply(RANGE, [(CORRECT, 5)], change=write(address, "内訳は別添のとおり"))
    issued.run()
    (message,) = issued.findings()["query.outside"]
    assert "内訳は別添のとおり" in message
    assert taken(issued) == {f"{RANGE}!C12": "5"}


def test_a_comment_on_the_sheet_is_told(issued: Year) -> None:
    def change(sheet: Worksheet) -> None:
        sheet["H9"].comment = Comment("電話ください", "佐藤")

    issued.reply(RANGE, [(CORRECT, 5)], change=change)
    issued.run()
    assert "電話ください" in issued.findings()["query.outside"][0]
    assert taken(issued) == {f"{RANGE}!C12": "5"}


def test_without_a_name_nothing_is_taken_and_with_it_everything(issued: Year) -> None:
    issued.reply(RANGE, [(CORRECT, 5)], person=None)
    issued.run()
    assert "回答者の記入がありません" in issued.findings()["query.person"][0]
    assert taken(issued) == {}
    issued.reply(RANGE, [(CORRECT, 5)], name="記入し直し.xlsx")
    issued.run()
    assert issued.findings() == {}
    assert taken(issued) == {f"{RANGE}!C12": "5"}


@pytest.mark.parametrize(
    ("day", "is_told"),
    [
        ("6月23日", True), ("令和7年6月31日", True), ("令和7年6月19日", True), ("令和7年6月20日", False), ("令和7年6月24日", False),
        ("令和7年6月25日", True),
    ],
)  # fmt: skip
def test_a_day_that_cannot_be_is_told_and_the_day_of_receipt_is_used(issued: Year, day: str, is_told: bool) -> None:
    issued.reply(RANGE, [(CORRECT, 5)], day=day)
    issued.run()
    assert ("query.day" in issued.findings()) == is_told
    assert issued.corrections()[0]["authority"].endswith(f"{'令和7年6月24日' if is_told else day}）")


def test_an_empty_sheet_is_told(issued: Year) -> None:
    issued.reply(RANGE, [])
    issued.run()
    assert list(issued.findings()) == ["query.empty"]
    assert issued.query(f"{RANGE}-1") == ("open", None)


def test_two_sheets_with_different_answers_are_told_and_the_first_stands(issued: Year) -> None:
    issued.reply(RANGE, [(CORRECT, 5)], name="福祉課.xlsx")
    issued.reply(RANGE, [(CORRECT, 6)], name="総務課.xlsx")
    issued.run()
    (message,) = issued.findings()["query.twice"]
    assert "総務課.xlsx" in message
    assert taken(issued) == {f"{RANGE}!C12": "5"}
    issued.issue()
    issued.run()
    assert list(issued.findings()) == ["query.twice"]
    issued.accept(f"{RANGE}-1")
    issued.run()
    assert issued.findings() == {}
    assert issued.query(f"{RANGE}-1") == ("closed", "corrected")


def test_a_confirmation_after_a_correction_is_a_different_answer(issued: Year) -> None:
    issued.reply(RANGE, [(CORRECT, 5)])
    issued.collect()
    issued.reply(RANGE, [(CONFIRM,)])
    issued.collect()
    assert refused(issued) == ["query.twice"]


def test_a_cell_that_was_corrected_otherwise_is_refused(issued: Year) -> None:
    put_corrections(issued.home, issued.year, correction(issued.declarations, RANGE, COUNT, expect=100000, to=9))
    issued.reply(RANGE, [(CORRECT, 5)])
    issued.run()
    (message,) = issued.findings()["query.value"]
    assert "別の値にする訂正「by-telephone」がすでにあります" in message
    assert [entry["to"] for entry in issued.corrections()] == ["9"]


@pytest.mark.parametrize(("sent", "is_refused"), [(12, True), (100001, True), (100000, False), ("100,000", False)])
def test_a_reply_in_conflict_with_a_newer_return_is_refused(issued: Year, sent: object, is_refused: bool) -> None:
    """The return comes with the reply, before anything was run."""
    issued.send(RANGE, {COUNT: sent})
    issued.reply(RANGE, [(CORRECT, 5)])
    issued.run()
    assert ("query.outdated" in issued.findings()) == is_refused
    assert taken(issued) == ({} if is_refused else {f"{RANGE}!C12": "5"})
    if is_refused:
        assert "「作成済みの計画数」" in "".join(issued.findings()["query.outdated"]) or "作成済みの計画数" in str(
            issued.findings()
        )
    assert issued.findings("correction.") == {}


def test_what_outdated_a_reply_settles_it_once_the_query_is_closed(issued: Year) -> None:
    issued.send(RANGE, {COUNT: 12})
    issued.reply(RANGE, [(CORRECT, 5)])
    issued.run()
    assert list(issued.findings()) == ["query.outdated"]
    issued.issue()
    issued.run()
    assert issued.findings() == {}


def test_a_reply_that_came_before_a_newer_return_leaves_a_correction_that_is_judged(issued: Year) -> None:
    issued.reply(RANGE, [(CORRECT, 5)])
    issued.collect()
    issued.send(RANGE, {COUNT: 7})
    issued.run()
    assert "訂正の前提とした「100000」ではありません" in issued.findings("correction.")["correction.expect"][0]


def test_a_reply_to_a_withdrawn_return_is_refused(issued: Year) -> None:
    withdraw_return(issued.home, issued.year, RANGE, by="山田", reason="誤送付", clock=issued.clock)
    issued.reply(RANGE, [(CORRECT, 5)])
    issued.run()
    assert list(issued.findings()) == ["query.outdated"]
    assert taken(issued) == {}


def test_a_reply_to_what_is_closed_is_refused_unless_it_changes_nothing(issued: Year) -> None:
    sheet = issued.sheet(RANGE)
    issued.send(RANGE, {COUNT: 12})
    issued.run()
    issued.issue()
    issued.put(filled(sheet, [(CONFIRM,)]), "確認.xlsx")
    issued.collect()
    assert [event.event for event in issued.taken] == ["repeated"]
    issued.put(filled(sheet, [(CORRECT, 5)]), "修正.xlsx")
    issued.collect()
    assert refused(issued) == ["query.outdated"]
    issued.accept(f"{RANGE}-1")
    issued.run()
    assert issued.findings() == {}
    assert issued.query(f"{RANGE}-1") == ("closed", "resolved")


def test_an_older_sheet_does_not_answer_what_was_asked_anew_since(issued: Year) -> None:
    first = issued.sheet(RANGE)
    issued.send(RANGE, {COUNT: 300000})
    issued.run()
    issued.issue()
    issued.put(filled(first, [(CORRECT, 5)]), "第１回への回答.xlsx")
    issued.collect()
    assert refused(issued) == ["query.outdated"]
    assert "第1回の照会票の後に内容が変わっています" in issued.taken[0].message


@pytest.mark.parametrize(
    ("rows", "is_taken"),
    [([(CORRECT, 3), ()], True), ([(CONFIRM,), (CONFIRM,)], False)],
    ids=["corrected", "confirmed"],
)
def test_a_correction_of_ones_own_is_taken_though_anothers_answer_changed_the_query(
    issued: Year, rows: list[tuple[object, ...]], is_taken: bool
) -> None:
    """The secretariat answers otherwise meanwhile: what the member's first sheet corrects is still wrong, and was asked."""
    member, secretariat = "332054", "332020"
    issued.send(member, {("drill_count", 1, None): 5})
    issued.run()
    issued.issue()
    first = issued.sheet(member)
    issued.send(secretariat, {("drill_count", 1, None): 3})
    issued.run()
    issued.issue()
    assert issued.sheet(member) != first
    issued.put(filled(first, rows), "第１回への回答.xlsx")
    issued.collect()
    assert refused(issued) == ([] if is_taken else ["query.outdated"])
    assert bool(taken(issued)) == is_taken


def test_a_query_in_which_rows_changed_places_is_refused(issued: Year) -> None:
    """The return names the network in the second row now; the first one is blank."""
    code = "332054"
    issued.send(code, {("drill_count", 1, None): 5})
    issued.run()
    issued.issue()
    network = "高梁川流域連携〔network-takahashigawa〕"
    moved = {("network", 1, None): None, ("drill_count", 1, None): None, ("network", 2, None): network}
    issued.send(code, {**moved, ("drill_count", 2, None): 5}, name="行を移した.xlsx")
    issued.reply(code, [(CORRECT, 0), ()])
    issued.collect()
    assert refused(issued) == ["query.outdated"]
    assert taken(issued) == {}


# Whose sheet it is


def test_a_sheet_of_another_municipality_is_taken_for_whose_it_is_and_its_file_name_is_told(issued: Year) -> None:
    issued.reply(RANGE, [(CORRECT, 5)], name="倉敷市_照会票.xlsx")
    issued.run()
    assert "倉敷市の名称ですが、中の照会票は岡山市のもの" in issued.findings()["query.file_name"][0]
    assert taken(issued) == {f"{RANGE}!C12": "5"}


def test_the_table_of_one_municipality_in_the_workbook_of_another_is_refused(issued: Year) -> None:
    own, other = (openpyxl.load_workbook(BytesIO(issued.sheet(code))) for code in (RANGE, UNREAD))
    for row in other[QUERY_SHEET].iter_rows():
        for cell in row:
            if not isinstance(cell, openpyxl.cell.cell.MergedCell):
                own[QUERY_SHEET][cell.coordinate].value = cell.value
    buffer = BytesIO()
    own.save(buffer)
    issued.put(filled(buffer.getvalue(), [(CORRECT, 5)]), "返送.xlsx")
    issued.run()
    assert list(issued.findings()) == ["query.altered"]
    assert taken(issued) == {}


def test_a_sheet_that_this_home_did_not_issue_is_refused(issued: Year) -> None:
    content = filled(issued.sheet(RANGE), [(CORRECT, 5)])
    issued.home.query_history(issued.year).unlink()
    issued.put(content, "返送.xlsx")
    issued.run()
    assert "この保存先から送ったものではありません" in issued.findings()["query.unknown"][0]


def test_a_workbook_without_the_query_sheet_is_refused(issued: Year) -> None:
    book = openpyxl.load_workbook(BytesIO(issued.sheet(RANGE)))
    book[QUERY_SHEET].title = "回答"
    assert QUERY_IDENTITY_SHEET in book.sheetnames
    buffer = BytesIO()
    book.save(buffer)
    issued.put(buffer.getvalue(), "返送.xlsx")
    issued.run()
    assert "シート「照会票」がありません" in issued.findings()["query.altered"][0]
