"""Reminders: who is on the list, what the letters say, and what goes away when a return came."""

from __future__ import annotations

import csv
from io import BytesIO, StringIO

import docx
import pytest

from pipeline.chase.remind import LIST_NAME, write_reminders
from pipeline.collect.collect import collect
from pipeline.collect.withdraw import withdraw_return
from pipeline.home import Home
from pipeline.letters import to_addressee
from pipeline.workbooks.limits import not_excel
from schemas.survey import YearDeclarations
from tests.support.judging import put_returns
from tests.support.queries import Year

NOT_EXCEL = not_excel().message
MISSING, WITHDRAWN, REJECTED = "331007", "332020", "332046"


@pytest.fixture
def late(home: Home, second_declarations: YearDeclarations) -> Year:
    """Three whose return does not count, three weeks after the deadline."""
    year = Year(home, second_declarations)
    put_returns(home, second_declarations, {}, without=(MISSING, REJECTED))
    year.put(b"no workbook", f"{REJECTED}_玉野市.xlsx")
    year.collect()
    withdraw_return(home, year.year, WITHDRAWN, by="山田", reason="誤送付", clock=year.clock)
    write_reminders(home, second_declarations, clock=year.clock)
    return year


def listed(year: Year) -> list[dict[str, str]]:
    text = (year.home.reminders(year.year) / LIST_NAME).read_bytes().decode("utf-8-sig")
    return list(csv.DictReader(StringIO(text)))


def letter(year: Year, code: str) -> str:
    (path,) = year.home.reminders(year.year).glob(f"*_{code}_*.docx")
    return "\n".join(paragraph.text for paragraph in docx.Document(BytesIO(path.read_bytes())).paragraphs)


def test_the_list_names_who_is_late_with_the_days(late: Year) -> None:
    assert listed(late) == [
        {"団体コード": code, "市町村": name, "状況": state, "提出期限": "2025-05-30", "遅延日数": "21",
         "受け付けられなかったファイル": file_name, "理由": why}
        for code, name, state, file_name, why in (
            (MISSING, "岡山市", "未提出", "", ""), (WITHDRAWN, "倉敷市", "取下げ（再提出待ち）", "", ""),
            (REJECTED, "玉野市", "受付できず（再提出待ち）", f"{REJECTED}_玉野市.xlsx", NOT_EXCEL),
        )
    ]  # fmt: skip


def test_a_file_name_becomes_no_formula_of_the_list_and_stops_no_letter(late: Year) -> None:
    late.put(b"no workbook", f"=cmd|' -C calc'!A0 {REJECTED}_玉野市\x1b[2J.xlsx")
    late.collect()
    write_reminders(late.home, late.declarations, clock=late.clock)
    assert listed(late)[-1]["受け付けられなかったファイル"] == f"'=cmd|' -C calc'!A0 {REJECTED}_玉野市<U+001B>[2J.xlsx"
    assert "玉野市<U+001B>[2J.xlsx" in letter(late, REJECTED)


def test_excel_opens_the_list_in_japanese(late: Year) -> None:
    content = (late.home.reminders(late.year) / LIST_NAME).read_bytes()
    assert content.startswith(b"\xef\xbb\xbf")
    assert content.count(b"\r\n") == 4


@pytest.mark.parametrize(
    ("code", "words"),
    [
        (MISSING, ("岡山県岡山市", "御回答を確認できておりません")),
        (WITHDRAWN, ("岡山県倉敷市", "取り下げ")),
        (
            REJECTED,
            ("岡山県玉野市", "受け付けることができませんでした", f"{REJECTED}_玉野市.xlsx：{to_addressee(NOT_EXCEL)}"),
        ),
    ],
)
def test_a_letter_says_what_is_missing_by_when_and_from_whom(late: Year, code: str, words: tuple[str, ...]) -> None:
    text = letter(late, code)
    for word in (
        *words,
        "令和７年６月２０日",
        "県危機管理担当課",
        "令和７年５月３０日（金）",
        "２１日経過",
        "行き違い",
        "以上",
    ):
        assert word in text, word


def test_before_the_deadline_no_letter_speaks_of_days(home: Home, second_declarations: YearDeclarations) -> None:
    year = Year(home, second_declarations)
    year.moment = year.moment.replace(month=5, day=30)
    write_reminders(home, second_declarations, clock=year.clock)
    assert {row["遅延日数"] for row in listed(year)} == {"0"}
    assert "経過" not in letter(year, MISSING)


def test_a_letter_goes_away_when_the_return_came_and_what_others_put_there_stays(late: Year) -> None:
    folder = late.home.reminders(late.year)
    (folder / "メモ.docx").write_bytes(b"x")
    (folder / "送付済み").mkdir()
    late.send(MISSING, {})
    collect(late.home, late.declarations, clock=late.clock)
    write_reminders(late.home, late.declarations, clock=late.clock)
    assert not list(folder.glob(f"*_{MISSING}_*"))
    assert [row["団体コード"] for row in listed(late)] == [WITHDRAWN, REJECTED]
    assert (folder / "メモ.docx").exists()
    assert (folder / "送付済み").is_dir()


def test_when_all_have_answered_the_list_is_empty(home: Home, second_declarations: YearDeclarations) -> None:
    year = Year(home, second_declarations)
    put_returns(home, second_declarations, {})
    year.collect()
    assert write_reminders(home, second_declarations, clock=year.clock) == []
    assert listed(year) == []


def test_the_same_clock_gives_the_same_bytes(late: Year) -> None:
    folder = late.home.reminders(late.year)
    write_reminders(late.home, late.declarations, clock=lambda: late.moment)
    before = {path.name: path.read_bytes() for path in folder.iterdir()}
    write_reminders(late.home, late.declarations, clock=lambda: late.moment)
    assert {path.name: path.read_bytes() for path in folder.iterdir()} == before
