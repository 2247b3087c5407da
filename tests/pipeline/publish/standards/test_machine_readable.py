"""Every item of the rules for machine-readable tables: what passes, what fails and where, and the cases between."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from openpyxl.comments import Comment
from openpyxl.worksheet.worksheet import Worksheet

from pipeline.publish.standards.machine_readable import MACHINE_READABLE
from pipeline.publish.standards.reading import read_book
from tests.pipeline.publish.standards.making import csv_of, machine, places, with_sheet, xlsx_of
from tests.support.odf import cell, ods_bytes, row
from tests.support.office import saved_as

GOOD = [["年", "市町村", "人口（人）"], [2024, "さいたま市", 1340000], [2024, "川越市", 353000]]


def test_the_items_are_those_of_the_rules_in_their_order() -> None:
    numbers = [*(f"1-{number}" for number in range(1, 14)), "2-1", "2-2"]
    assert [item.number for item in MACHINE_READABLE.items] == numbers


@pytest.mark.parametrize("item", [item.number for item in MACHINE_READABLE.items])
def test_a_plain_table_keeps_to_every_item(tmp_path: Path, item: str) -> None:
    assert machine(item, xlsx_of(tmp_path, GOOD)).verdict == "pass"
    text = "\n".join(",".join(map(str, row)) for row in GOOD) + "\n"
    told = machine(item, csv_of(tmp_path, text))
    assert told.verdict == ("not_applicable" if item in ("1-4", "1-8") else "pass")
    assert bool(told.reason) == (told.verdict == "not_applicable")


@pytest.mark.parametrize(
    ("name", "content", "verdict"),
    [
        ("t.pdf", b"%PDF", "fail"), ("t", b"x", "fail"), ("t.xlsx", b"PK no workbook", "fail"), ("t.csv", b"\x81\x00", "fail"),
        ("t.xls", b"\xd0\xcf\x11\xe0", "fail"), ("t.ods", b"PK", "fail"), ("t.xml", b"<a>", "fail"),
        ("t.ods", ods_bytes(row(cell("人口"))), "pass"), ("t.xls", ods_bytes(row(cell("人口"))), "fail"),
        ("t.xml", b"<a/>", "pass"), ("T.CSV", b"a,b\r\n1,2\r\n", "pass"),
        ("t.csv", b"a" + b"," * 16_383 + b"\r\n", "pass"), ("t.csv", b"a" + b"," * 16_384 + b"\r\n", "unverifiable"),
        ("t.csv", b"", "fail"), ("t.csv", b"\xef\xbb\xbf", "fail"), ("t.csv", b",,\r\n", "fail"), ("t.csv", b"a\r\n", "pass"),
    ],
)  # fmt: skip
def test_1_1_the_format(tmp_path: Path, name: str, content: bytes, verdict: str) -> None:
    (tmp_path / name).write_bytes(content)
    book = read_book(tmp_path / name)
    assert machine("1-1", book).verdict == verdict
    others = {machine(item.number, book).verdict for item in MACHINE_READABLE.items[1:]}
    assert (others == {"unverifiable"}) == (not book.is_read)
    assert book.is_read == (name.lower().endswith(".csv") and verdict == "pass")
    assert all(machine(item.number, book).reason for item in MACHINE_READABLE.items[1:] if not book.is_read)


@pytest.mark.parametrize(("suffix", "verdict"), [("xls", "pass"), ("ods", "fail")])
def test_1_1_an_old_workbook_is_known_by_its_content(tmp_path: Path, suffix: str, verdict: str) -> None:
    xlsx_of(tmp_path, GOOD)
    path = tmp_path / f"old.{suffix}"
    path.write_bytes(saved_as((tmp_path / "table.xlsx").read_bytes(), "xls"))
    assert machine("1-1", read_book(path)).verdict == verdict


def judged_column(tmp_path: Path, item: str, title: str, *values: Any) -> list[str]:
    """Where a column beside a key fails."""
    rows = [["番号", title], *([f"k{number}", value] for number, value in enumerate(values))]
    return places(machine(item, xlsx_of(tmp_path, rows)))


@pytest.mark.parametrize(
    "text", ["12、34", "12（3）", "12 (3)", "男：12、女：34", "12人/34人", '["a", "b"]', "12\n34", "5・6"]
)
def test_1_2_several_data_in_a_cell(tmp_path: Path, text: str) -> None:
    assert judged_column(tmp_path, "1-2", "値", "一つ", text) == ["人口!B3"]


@pytest.mark.parametrize(
    "text",
    [
        "1,234",
        "2024-04-01/2025-03-31",
        "2024/4/1",
        "課題の抽出、把握や共有",
        "第1、第2部会",
        "さいたま市（本庁）",
        "12",
    ],
)
def test_1_2_one_datum(tmp_path: Path, text: str) -> None:
    assert judged_column(tmp_path, "1-2", "値", text) == []


@pytest.mark.parametrize("text", ["1,234", "12人", "▲5", "１２", "¥100", "12"])
def test_1_3_a_number_with_something_else_or_as_text(tmp_path: Path, text: str) -> None:
    assert judged_column(tmp_path, "1-3", "値", 1, 2, text) == ["人口!B4"]


@pytest.mark.parametrize("values", [(1, 2, -3.5), (1, 2, None), (1, "***", "X"), ("甲", "乙"), ("甲", "乙", "12人")])
def test_1_3_numbers_marks_and_words(tmp_path: Path, values: tuple[Any, ...]) -> None:
    assert judged_column(tmp_path, "1-3", "値", *values) == []


def test_1_3_codes_are_texts_and_in_csv_numbers_are_known_by_their_look(tmp_path: Path) -> None:
    assert judged_column(tmp_path, "1-3", "市町村コード", "111007", "112011") == []
    assert judged_column(tmp_path, "1-3", "区分", "01", "02") == []
    assert judged_column(tmp_path, "1-3", "値", "111007", "112011") == ["人口!B2", "人口!B3"]
    assert places(machine("1-3", csv_of(tmp_path, 'k,値\na,1\nb,2\nc,"1,234"\n'))) == ["B4"]


def test_1_3_a_text_that_repeats_a_number_of_its_row_is_a_text(tmp_path: Path) -> None:
    rows = [["値", "表示値"], [4.864, "4.9"], [22.5, "22.50"], [3, "「甲」「乙」"]]
    assert places(machine("1-3", xlsx_of(tmp_path, rows))) == []
    rows[1][1] = "5.0"
    assert places(machine("1-3", xlsx_of(tmp_path, rows))) == ["人口!B2", "人口!B3"]


def test_1_4_merged_cells(tmp_path: Path) -> None:
    book = xlsx_of(tmp_path, GOOD, lambda sheet: sheet.merge_cells("B2:B3"))
    assert places(machine("1-4", book)) == ["人口!B2:B3"]


@pytest.mark.parametrize("text", [" 甲", "甲　", "甲\n乙", "合　計", "甲　　乙", "甲  乙", "甲\t乙"])
def test_1_5_blanks_for_the_look(tmp_path: Path, text: str) -> None:
    assert judged_column(tmp_path, "1-5", "値", text) == ["人口!B2"]
    assert judged_column(tmp_path, "1-5", text, "甲") == ["人口!B1"]


@pytest.mark.parametrize("text", ["own council", "山田　太郎", "第1 部会", "A 1"])
def test_1_5_blanks_between_words(tmp_path: Path, text: str) -> None:
    assert judged_column(tmp_path, "1-5", "値", text) == []


@pytest.mark.parametrize(
    ("rows", "found"),
    [
        ([["年", ""], [2024, 1]], ["人口!B1"]),
        ([["年", "市"], [2024, "甲"], [2024, "〃"]], ["人口!B3"]),
        ([["県", "市"], ["甲", "乙"], [None, "丙"]], ["人口!A3"]),
        ([["県", "市"], ["甲", "乙"], ["甲", None]], []),
        ([["年", "市"], [2024, "乙"], [None, "丙"]], []),
    ],
)
def test_1_6_items_left_out(tmp_path: Path, rows: list[list[Any]], found: list[str]) -> None:
    assert places(machine("1-6", xlsx_of(tmp_path, rows))) == found


def test_1_7_formulas(tmp_path: Path) -> None:
    book = xlsx_of(tmp_path, [["年", "計"], [2024, "=1+2"]])
    assert places(machine("1-7", book)) == ["人口!B2"]
    assert places(machine("1-7", csv_of(tmp_path, "k,計\na,=1+2\nb,'=1+2\nc,-5\n"))) == ["B2"]


def test_1_8_comments_count_as_objects(tmp_path: Path) -> None:
    def note(sheet: Worksheet) -> None:
        sheet["B2"].comment = Comment("確認中", "甲")

    assert places(machine("1-8", xlsx_of(tmp_path, GOOD, note))) == ["人口!B2"]


@pytest.mark.parametrize("rows", [
    [["年", "人口（人）"], [2024, 1]], [["年", "割合%"], [2024, 1]], [["年", "人口", "単位"], [2024, 1, "人"]],
    [["単位：人"], ["年", "人口"], [2024, 1]], [["year", "before_value", "before_unit"], [2024, 1, "人"]],
])  # fmt: skip
def test_1_9_a_unit_is_told(tmp_path: Path, rows: list[list[Any]]) -> None:
    assert machine("1-9", xlsx_of(tmp_path, rows)).verdict == "pass"


def test_1_9_a_column_without_a_unit(tmp_path: Path) -> None:
    rows = [["年", "人口", "順位"], [2024, 5, 1]]
    assert places(machine("1-9", xlsx_of(tmp_path, rows))) == ["人口!B1"]
    told = with_sheet("説明", [["シート", "項目", "単位"], ["人口", "人口", "人"]])
    assert machine("1-9", xlsx_of(tmp_path, rows, book=told)).verdict == "pass"
    elsewhere = with_sheet("説明", [["シート", "項目", "単位"], ["世帯", "人口", "人"]])
    assert machine("1-9", xlsx_of(tmp_path, rows, book=elsewhere)).verdict == "fail"
    assert machine("1-9", xlsx_of(tmp_path, [["年", "順位"], [2024, 1]])).verdict == "not_applicable"


def test_1_9_metadata_beside_a_csv_tell_units(tmp_path: Path) -> None:
    text = "年,人口\n2024,5\n"
    assert places(machine("1-9", csv_of(tmp_path, text))) == ["B1"]
    assert (
        machine("1-9", csv_of(tmp_path, text, described={"fields": [{"name": "人口", "unit": "人"}]})).verdict == "pass"
    )
    assert machine("1-9", csv_of(tmp_path, text, described={"fields": [{"name": "人口"}]})).verdict == "fail"


@pytest.mark.parametrize(
    ("text", "count"),
    [("①", 1), ("㈱甲", 1), ("Ⅲ", 1), ("㎡", 1), ("\ue000", 1), ("😀", 1), ("髙﨑", 0), ("－～", 0), ("é", 0)],
)
def test_1_10_letters_of_one_make_of_machine(tmp_path: Path, text: str, count: int) -> None:
    assert judged_column(tmp_path, "1-10", "値", text) == ["人口!B2"] * count


def test_1_10_makers_letters_count_in_shift_jis_and_names_of_sheets_count_too(tmp_path: Path) -> None:
    assert places(machine("1-10", csv_of(tmp_path, "k,名\na,髙木\n", encoding="cp932"))) == ["B2"]
    assert places(machine("1-10", csv_of(tmp_path, "k,名\na,高木\n", encoding="cp932"))) == []
    assert places(machine("1-10", xlsx_of(tmp_path, GOOD, book=with_sheet("①", [["年"], [2024]])))) == ["①"]


@pytest.mark.parametrize(
    ("rows", "found"),
    [
        ([["年度", "値"], ["令和6年度", 1]], ["人口!A2"]),
        ([["年度", "値"], ["R6", 1]], ["人口!A2"]),
        ([["年度", "値"], ["令和6年度（2024年度）", 1]], []),
        ([["年度", "西暦年", "値"], ["令和6年度", 2024, 1]], []),
        ([["時間軸", "値"], ["2024100000", 1]], []),
        ([["市", "令和5年度"], ["甲", 1]], ["人口!B1"]),
        ([["令和6年の人口"], ["市", "値"], ["甲", 1]], ["人口!A1"]),
        ([["令和6年（2024年）の人口"], ["市", "値"], ["甲", 1]], []),
    ],
)
def test_1_11_years(tmp_path: Path, rows: list[list[Any]], found: list[str]) -> None:
    assert places(machine("1-11", xlsx_of(tmp_path, rows))) == found


def test_1_11_a_table_without_time(tmp_path: Path) -> None:
    assert machine("1-11", xlsx_of(tmp_path, [["市", "値"], ["R6", 1]])).verdict == "not_applicable"


@pytest.mark.parametrize(
    ("rows", "found"),
    [
        ([["都道府県", "値"], ["埼玉", 1], ["全国", 2]], ["人口!A2"]),
        ([["都道府県", "値"], ["埼玉県", 1], ["北海道", 2]], []),
        ([["都道府県コード", "都道府県", "値"], ["11", "埼玉", 1]], []),
        ([["市町村コード", "市町村", "値"], ["111008", "さいたま", 1]], ["人口!A2", "人口!B2"]),
        ([["市町村コード", "値"], ["111007", 1], ["11100", 2], ["480000", 3]], ["人口!A4"]),
        ([["市町村", "値"], ["さいたま", 1], ["川越市", 2]], ["人口!A2"]),
        ([["圏域", "値"], ["西部", 1]], []),
    ],
)
def test_1_12_places(tmp_path: Path, rows: list[list[Any]], found: list[str]) -> None:
    assert places(machine("1-12", xlsx_of(tmp_path, rows))) == found


def test_1_12_a_table_without_places(tmp_path: Path) -> None:
    assert machine("1-12", xlsx_of(tmp_path, [["年", "市町村数"], [2024, 63]])).verdict == "not_applicable"


@pytest.mark.parametrize(
    ("values", "found"),
    [((1, 0, "***", "X"), []), ((1, 2, "-"), ["人口!B4"]), ((1, 2, "x"), ["人口!B4"]), ((1, 2, "…"), ["人口!B4"])],
)
def test_1_13_marks_among_numbers(tmp_path: Path, values: tuple[Any, ...], found: list[str]) -> None:
    assert judged_column(tmp_path, "1-13", "値（人）", *values) == found


def test_1_13_an_empty_cell_needs_a_word_about_it(tmp_path: Path) -> None:
    rows = [["年", "人口（人）"], [2024, 5], [2025, None], [2026, 7]]
    assert places(machine("1-13", xlsx_of(tmp_path, rows))) == ["人口!B3"]
    legend = with_sheet("凡例", [["空欄は、値がないことを表します。"]])
    assert machine("1-13", xlsx_of(tmp_path, rows, book=legend)).verdict == "pass"
    text = "年,人口\n2024,5\n2025,\n"
    assert machine("1-13", csv_of(tmp_path, text)).verdict == "fail"
    assert machine("1-13", csv_of(tmp_path, text, described={"missingValues": [""]})).verdict == "pass"
    assert machine("1-13", xlsx_of(tmp_path, [["市", "名"], ["甲", None]])).verdict == "not_applicable"


def test_2_1_and_2_2_tell_a_cut_table_from_a_second_one(tmp_path: Path) -> None:
    cut = xlsx_of(tmp_path, [["年", "人口"], [2024, 5], [], [2025, 6], [2026, 7]])
    assert (places(machine("2-1", cut)), places(machine("2-2", cut))) == (["人口!A4"], [])
    second = xlsx_of(tmp_path, [["年", "人口"], [2024, 5], [], ["市", "世帯"], ["甲", 7]])
    assert (places(machine("2-1", second)), places(machine("2-2", second))) == ([], ["人口!A4"])
    repeated = xlsx_of(tmp_path, [["年", "人口"], [2024, 5], [], ["年", "人口"], [2025, 7]])
    assert places(machine("2-2", repeated)) == ["人口!A4"]


def test_2_1_a_column_between_and_a_row_that_is_short(tmp_path: Path) -> None:
    assert places(machine("2-1", xlsx_of(tmp_path, [["年", None, "人口"], [2024, None, 5]]))) == ["人口!B1"]
    assert places(machine("2-1", csv_of(tmp_path, "年,人口\n2024,5\n2025\n"))) == ["3行"]


def test_2_1_a_csv_begins_with_its_titles(tmp_path: Path) -> None:
    assert places(machine("2-1", csv_of(tmp_path, "人口の推移\n\n年,人口\n2024,5\n"))) == ["1行", "2行"]
    assert places(machine("2-1", csv_of(tmp_path, "人口の推移,\n年,人口\n2024,5\n注　4月1日,\n"))) == ["1行"]
    assert places(machine("2-1", csv_of(tmp_path, "年,人口\n2024,5\n\n"))) == ["3行"]
    assert machine("2-1", xlsx_of(tmp_path, [["人口の推移"], ["年", "人口"], [2024, 5]])).verdict == "pass"


def test_2_1_one_table_over_numbered_sheets(tmp_path: Path) -> None:
    numbered = with_sheet("人口(2)", [["年", "市町村", "人口（人）"], [2025, "甲市", 5]])
    book = xlsx_of(tmp_path, GOOD, lambda sheet: setattr(sheet, "title", "人口(1)"), book=numbered)
    assert places(machine("2-1", book)) == ["人口(2)!A1"]
    other = with_sheet("世帯", GOOD)
    assert machine("2-1", xlsx_of(tmp_path, GOOD, book=other)).verdict == "pass"


def test_a_title_above_and_one_sheet_of_text_are_no_tables(tmp_path: Path) -> None:
    book = xlsx_of(tmp_path, [["2024年の人口（単位：人）"], *GOOD], book=with_sheet("説明", [["甲"], ["乙"]]))
    assert [(sheet.name, table.area) for sheet, table in book.tables()] == [("人口", (2, 1, 4, 3))]
    assert machine("2-2", book).verdict == "pass"
