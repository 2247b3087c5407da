"""Texts of delimited values: in every coding that offices use, and what is none is refused."""

from __future__ import annotations

import csv
from io import StringIO

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from pipeline.workbooks.limits import MAX_CELLS, MAX_COLUMNS, UnreadableWorkbookError
from pipeline.workbooks.opening import open_workbook
from schemas.answer_table import TABLE_SHEET

CODINGS = ("utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "cp932")
TEXT = '団体コード,設置の形,回数\r\n111007,○,12\r\n\r\n112089,"１行目\n２行目",0\r\n'


@pytest.mark.parametrize("coding", CODINGS)
@pytest.mark.parametrize("delimiter", [",", "\t", ";"])
def test_every_coding_and_delimiter_gives_the_same_cells(coding: str, delimiter: str) -> None:
    workbook = open_workbook(TEXT.replace(",", delimiter).encode(coding))
    assert workbook.format == "csv"
    assert {cell.address: cell.text for cell in workbook} == {
        "A1": "団体コード", "B1": "設置の形", "C1": "回数", "A2": "111007", "B2": "○", "C2": "12",
        "A4": "112089", "B4": "１行目\n２行目", "C4": "0",
    }  # fmt: skip
    assert list(workbook.sheets) == [TABLE_SHEET]


LETTERS = st.characters(codec="cp932", categories=["L", "N", "P", "S"], exclude_characters="¢£¬‖−〜")


@given(
    lines=st.lists(st.lists(st.text(LETTERS, max_size=6), min_size=2, max_size=4), max_size=5),
    coding=st.sampled_from(CODINGS),
)
@example(lines=[["ｱ", "ー"]], coding="cp932")
def test_what_is_written_is_read(lines: list[list[str]], coding: str) -> None:
    lines = [["団体コード", "値"], *lines]
    text = StringIO()
    csv.writer(text).writerows(lines)
    try:
        content = text.getvalue().encode(coding)
    except UnicodeEncodeError:
        return
    expected = {
        (row, column): value
        for row, line in enumerate(lines, start=1) for column, value in enumerate(line, start=1) if value
    }  # fmt: skip
    assert {(cell.row, cell.column): cell.text for cell in open_workbook(content)} == expected


@pytest.mark.parametrize("above", ["回答の一覧\n", "\n回答の一覧\n\n", '"団体\nコード"\n'])
def test_the_first_line_with_a_delimiter_decides(above: str) -> None:
    workbook = open_workbook(f"{above}コード\t値\n111007\tx,y,z\n".encode())
    assert [cell.text for cell in workbook][-2:] == ["111007", "x,y,z"]


def test_an_error_of_excel_is_an_error_and_no_text() -> None:
    workbook = open_workbook("団体コード,値\n111007,#N/A\n111007,#なし\n".encode())
    assert [(cell.kind, cell.text) for cell in workbook if cell.column == 2] == [
        ("text", "値"), ("error", "#N/A"), ("text", "#なし"),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b'code,value\n1,"never ends\n', "damaged"),
        ("拝啓　調査票を送ります。".encode(), "not-excel"),
        (b"a,b\n\x00\x01,\x02\n", "not-excel"),
        (b"a,b\n\x81,\xff\n", "not-excel"),
        (b"a,b\x07\n", "not-excel"),
        (b"\n\n", "not-excel"),
        (b"a,b\n" + b"1,2\n" * (MAX_CELLS // 2), "too-many-cells"),
        (b"a,b\n" + b"," * MAX_COLUMNS + b"1\n", "too-many-cells"),
    ],
    ids=["quote", "prose", "zeros", "no letters", "control", "blank", "too many", "too far"],
)
def test_what_is_no_such_text_is_refused(content: bytes, reason: str) -> None:
    with pytest.raises(UnreadableWorkbookError) as refusal:
        open_workbook(content)
    assert refusal.value.reason == reason


def test_as_many_cells_as_are_allowed_are_read() -> None:
    workbook = open_workbook(b"a,b\n" + b"1,2\n" * (MAX_CELLS // 2 - 1))
    assert sum(1 for _ in workbook) == MAX_CELLS
