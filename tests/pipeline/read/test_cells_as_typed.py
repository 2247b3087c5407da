"""Cells as programs store them: formats of dates, readings of names, escapes, and sheets that lie about their size."""

from __future__ import annotations

from datetime import date

import pytest

from pipeline.read.values import parse_count, parse_date, parse_text
from pipeline.workbooks.opening import open_workbook
from pipeline.workbooks.workbook import Cell, typed_cell
from tests.support.raw_xlsx import raw_workbook

SERIAL = 45383
"""2024-04-01 in the calendar that begins in 1900."""


def stored(value: object, formats: list[int | str], *, is_1904: bool = False) -> Cell:
    content = raw_workbook(f'<c r="A1" s="1"><v>{value}</v></c>', formats=formats, is_1904=is_1904)
    return open_workbook(content).at("s", "A1")


@pytest.mark.parametrize("is_1904", [False, True])
@pytest.mark.parametrize(
    "form",
    [
        14, 22, *range(27, 37), *range(50, 59), '[$-411]ggge"年"m"月"d"日";@', '[$-ja-JP-x-gannen]ggge"年"m"月"d"日";@',
        "[$-411]ge.m.d", 'yyyy"年"m"月"d"日"', "e/m/d",
    ],
)  # fmt: skip
def test_a_serial_in_any_format_of_dates_is_its_day(form: int | str, is_1904: bool) -> None:
    serial = SERIAL - 1462 if is_1904 else SERIAL
    assert parse_date(stored(serial, [form], is_1904=is_1904)).value == date(2024, 4, 1)


@pytest.mark.parametrize("form", [0, 1, 49, "General", '0"日"', "[Red]0", '#,##0"回"'])
def test_a_serial_without_a_format_of_dates_is_no_day(form: int | str) -> None:
    assert parse_date(stored(SERIAL, [form])).problem == "not_a_date"


@pytest.mark.parametrize("is_1904", [False, True])
@pytest.mark.parametrize("number", [1, 3, 59, 60, 61, 1000, 1990, 2024])
def test_a_count_or_a_year_in_a_cell_of_dates_is_neither_count_nor_day(number: int, is_1904: bool) -> None:
    cell = stored(number, [31], is_1904=is_1904)
    assert parse_date(cell).problem == "number_for_date"
    assert parse_count(cell, "回").problem == "date_for_number"


@pytest.mark.parametrize("text", ["1900-01-05", "1900/1/5", "1905-07-16T00:00:00", "1899-12-31"])
def test_a_number_that_a_program_wrote_as_a_day_in_text_is_no_day(text: str) -> None:
    assert parse_date(typed_cell("S", 1, 1, text)).problem == "number_for_date"


def test_a_day_of_long_ago_that_a_person_wrote_is_a_day() -> None:
    assert parse_date(typed_cell("S", 1, 1, "1889年4月1日")).value == date(1889, 4, 1)


@pytest.mark.parametrize("number", [0, 0.5, -3, 2_958_466])
def test_a_number_that_no_date_can_show_is_no_day(number: float) -> None:
    assert parse_date(stored(number, [14])).value is None
    assert parse_date(stored(number, [14])).problem == "not_a_date"


@pytest.mark.parametrize(("form", "text"), [('0"回"', "3"), ("@", "3"), ('0_);[Red]"△"0', "3"), ("0.0", "3")])
def test_a_unit_that_the_format_shows_is_no_part_of_the_count(form: str, text: str) -> None:
    assert parse_count(stored(text, [form]), "回").value == 3


NAME = '<t>横瀬町</t><rPh sb="0" eb="3"><t>ヨコゼマチ</t></rPh><phoneticPr fontId="1"/>'
RUNS = '<r><t>さい</t></r><r><t>たま市</t></r><rPh sb="0" eb="1"><t>フリ</t></rPh>'


@pytest.mark.parametrize(("inner", "text"), [(NAME, "横瀬町"), (RUNS, "さいたま市")])
def test_a_reading_beside_a_name_is_no_part_of_it(inner: str, text: str) -> None:
    shared = raw_workbook('<c r="A1" t="s"><v>0</v></c>', strings=f"<si>{inner}</si>")
    inline = raw_workbook(f'<c r="A1" t="inlineStr"><is>{inner}</is></c>')
    assert [open_workbook(content).at("s", "A1").text for content in (shared, inline)] == [text, text]


@pytest.mark.parametrize(
    ("stored_text", "text"),
    [
        ('<t xml:space="preserve">  二行_x000D_\nの答え </t>', "二行\nの答え"),
        ("<t>a_x005F_x000D_b</t>", "ab"),
        ("<t>か\u3099っこう\u200b</t>", "がっこう"),
        ("<t>高﨑\U000e0100市</t>", "高﨑\U000e0100市"),
        ("<t>\ufa19社</t>", "\ufa19社"),
        ("<t>ｱｲｳ</t>", "ｱｲｳ"),
        ("<t>外字\ue000と\ufffd</t>", "外字\ue000と\ufffd"),
    ],
)
def test_a_text_is_kept_as_it_was_written(stored_text: str, text: str) -> None:
    content = raw_workbook('<c r="A1" t="s"><v>0</v></c>', strings=f"<si>{stored_text}</si>")
    assert parse_text(open_workbook(content).at("s", "A1")).value == text


@pytest.mark.parametrize("dimension", ["A1", "A1:A1", "B7:C9", "A1:XFD1048576"])
def test_a_sheet_that_lies_about_its_size_is_read_to_its_last_cell(dimension: str) -> None:
    cells = '<c r="A1"><v>1</v></c><c r="D1"><v>4</v></c>'
    book = open_workbook(raw_workbook(cells, dimension=dimension))
    assert [cell.address for cell in book] == ["A1", "D1"]


def test_thousands_of_formatted_empty_rows_hold_no_cell() -> None:
    rows = "".join(
        f'</row><row r="{number}"><c r="A{number}" s="1"/><c r="B{number}" s="1"/>' for number in range(2, 20_000)
    )
    book = open_workbook(raw_workbook(f'<c r="A1"><v>1</v></c>{rows}', formats=[14], dimension="A1:B19999"))
    assert [cell.address for cell in book] == ["A1"]


@pytest.mark.parametrize(
    ("kind", "inner"), [("s", "<v>0</v>"), ("str", "<v>5</v>"), ("inlineStr", "<is><t>5</t></is>")]
)
def test_a_number_kept_as_text_is_a_count(kind: str, inner: str) -> None:
    content = raw_workbook(f'<c r="A1" s="1" t="{kind}">{inner}</c>', formats=["@"], strings="<si><t>5</t></si>")
    assert parse_count(open_workbook(content).at("s", "A1"), "回") == (5, None)
