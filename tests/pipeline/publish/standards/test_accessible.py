"""Every item of the checklist for accessible spreadsheets: what passes, what fails and where, and the cases between."""

from __future__ import annotations

import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from openpyxl.comments import Comment
from openpyxl.formatting.rule import ColorScaleRule
from openpyxl.styles import Alignment, Border, Font, PatternFill, Side
from openpyxl.worksheet.filters import AutoFilter
from openpyxl.worksheet.table import TableStyleInfo
from openpyxl.worksheet.worksheet import Worksheet

from pipeline.publish.standards.accessible import ACCESSIBLE, ESSENTIAL
from pipeline.publish.standards.accessible_looks import contrast
from pipeline.publish.standards.book import Book
from pipeline.publish.standards.reading import read_book
from tests.pipeline.publish.standards.making import Change, accessible, csv_of, marked, places, with_sheet, xlsx_of

ROWS = [["埼玉県の人口"], ["年", "人口（人）"], [2024, 7330000], [2025, 7320000]]
UNVERIFIABLE = {14, 32, 33}
WITHOUT = {11: "注", 12: "注", 13: "注", 15: "リンク", 23: "色"}
"""Items that ask nothing of a plain table, and what the reason names."""


def set_cell(place: str, value: Any = None, **looks: Any) -> Change:
    def change(sheet: Worksheet) -> None:
        if value is not None:
            sheet[place].value = value
        for name, look in looks.items():
            setattr(sheet[place], name, look)

    return change


def usual(sheet: Worksheet) -> None:
    """What makes a table accessible: letters of 12 points, a heading in A1, and room for every text."""
    for row in sheet.iter_rows():
        for cell in row:
            cell.font = Font(name="游ゴシック", size=12)
    sheet["A1"].style = "Headline 1"
    sheet["A1"].font = Font(name="游ゴシック", size=14, bold=True)
    for letter in "ABC":
        sheet.column_dimensions[letter].width = 40


def good(folder: Path, *changes: Change, rows: list[list[Any]] = ROWS, area: str = "A2:B4", **options: Any) -> Book:
    described = options.pop("book", None)

    def describe(made: Any) -> None:
        made.properties.title, made.properties.language = "人口", "ja"
        if described:
            described(made)

    return xlsx_of(folder, rows, usual, marked(area, **options), *changes, book=describe)


def test_the_items_are_numbered_by_their_order_and_the_essential_ones_are_marked() -> None:
    assert [item.number for item in ACCESSIBLE.items] == [str(number) for number in range(1, 36)]
    assert {int(item.number) for item in ACCESSIBLE.items if item.is_essential} == ESSENTIAL


@pytest.mark.parametrize("item", range(1, 36))
def test_an_accessible_table_keeps_to_every_item_and_csv_is_not_asked(tmp_path: Path, item: int) -> None:
    judged = accessible(item, good(tmp_path))
    expected = "unverifiable" if item in UNVERIFIABLE else "not_applicable" if item in WITHOUT else "pass"
    assert (judged.verdict, places(judged)) == (expected, [])
    assert WITHOUT.get(item, "") in judged.reason
    assert bool(judged.reason) == (expected != "pass")
    assert accessible(item, csv_of(tmp_path, "年,値\n2024,1\n")).verdict == "not_applicable"
    (tmp_path / "bad.xlsx").write_bytes(b"PK")
    broken = accessible(item, read_book(tmp_path / "bad.xlsx"))
    assert broken.verdict == "unverifiable"
    assert "破損" in broken.reason


def hide_row(sheet: Worksheet) -> None:
    sheet.row_dimensions[3].hidden = True


def hide_column(sheet: Worksheet) -> None:
    sheet.column_dimensions["B"].hidden = True


def freeze(sheet: Worksheet) -> None:
    sheet.freeze_panes = "A3"


def filter_rows(sheet: Worksheet) -> None:
    sheet.tables["人口表"].autoFilter = AutoFilter(ref="A2:B4")


def striped(sheet: Worksheet) -> None:
    sheet.tables["人口表"].tableStyleInfo = TableStyleInfo(name="TableStyleLight1", showRowStripes=True)


def print_above(sheet: Worksheet) -> None:
    sheet.oddHeader.right.text = "人口"


def select_below(sheet: Worksheet) -> None:
    sheet.sheet_view.selection[0].activeCell = "B3"


def link(text: str) -> Change:
    def change(sheet: Worksheet) -> None:
        sheet["A1"].hyperlink = "https://example.com/"
        sheet["A1"].value = text

    return change


@pytest.mark.parametrize(
    ("item", "changes", "found"),
    [
        (3, [lambda sheet: sheet.merge_cells("C3:C4")], ["人口!C3:C4"]),
        (6, [set_cell("A1", "表" * 30), set_cell("B1", "注")], ["人口!A1"]),
        (6, [set_cell("A1", "表" * 30)], []),
        (6, [set_cell("A3", "表" * 20)], []),
        (6, [set_cell("A3", "表" * 21)], ["人口!A3"]),
        (6, [set_cell("A3", "表" * 21, alignment=Alignment(wrap_text=True))], []),
        (7, [freeze], ["人口"]),
        (7, [filter_rows], ["人口"]),
        (9, [hide_row], ["人口!行3"]),
        (9, [hide_column], ["人口!列B"]),
        (10, [set_cell("B2", "人口*")], ["人口!B2"]),
        (10, [set_cell("B2", "人口※1")], ["人口!B2"]),
        (10, [set_cell("B3", "***")], []),
        (10, [set_cell("B2", font=Font(vertAlign="superscript", size=12))], ["人口!B2"]),
        (11, [set_cell("B2", "人口 [1]")], ["人口!B2"]),
        (11, [set_cell("B2", "人口 [注1]")], []),
        (12, [set_cell("B3", "5 [注1]")], ["人口!B3"]),
        (12, [set_cell("B2", "人口 [注1]")], []),
        (13, [set_cell("B2", "人口 [注1]")], [""]),
        (15, [link("人口推計のページ")], []),
        (15, [link("こちら")], ["人口!A1"]),
        (15, [set_cell("B3", "https://example.com/")], ["人口!B3"]),
        (16, [set_cell("B3", font=Font(size=12))], []),
        (16, [set_cell("B3", font=Font(size=11.5))], ["人口!B3"]),
        (16, [set_cell("B3", font=Font(name="ＭＳ 明朝", size=12))], ["人口!B3"]),
        (16, [set_cell("B3", font=Font(name="MS Sans Serif", size=12))], []),
        (16, [set_cell("B3", font=Font(size=12, italic=True, underline="single"))], ["人口!B3", "人口!B3"]),
        (17, [set_cell("A1", style="Normal")], ["人口!A1"]),
        (18, [set_cell("B3", "－")], ["人口!B3"]),
        (18, [set_cell("B3", "－"), set_cell("B1", "「－」は、計算できないことを表します。")], []),
        (19, [print_above], ["人口"]),
        (20, [set_cell("B3", fill=PatternFill("lightGray"))], ["人口!B3"]),
        (21, [set_cell("B3", fill=PatternFill("solid", fgColor="FFE8EEF7"))], ["人口!B3"]),
        (21, [set_cell("B3", fill=PatternFill("solid", fgColor="FFFFFFFF"))], []),
        (21, [striped], ["人口!A2"]),
        (23, [set_cell("B3", font=Font(size=12, color="FF767676"))], []),
        (23, [set_cell("B3", font=Font(size=12, color="FF777777"))], ["人口!B3"]),
        (23, [set_cell("B3", font=Font(size=14, bold=True, color="FF777777"))], []),
        (26, [lambda sheet: setattr(sheet, "title", "Sheet1")], ["Sheet1"]),
        (30, [set_cell("A6", "資料：国勢調査")], ["人口!A6"]),
        (35, [select_below], ["人口!B3"]),
    ],
)  # fmt: skip
def test_where_an_item_fails(tmp_path: Path, item: int, changes: list[Change], found: list[str]) -> None:
    judged = accessible(item, good(tmp_path, *changes))
    assert (places(judged), judged.verdict == "fail") == (found, bool(found))
    assert judged.verdict != "unverifiable"


def test_20_a_line_within_a_table_divides_and_one_below_does_not(tmp_path: Path) -> None:
    rows = [*ROWS, [2026, 7310000], [2027, 7300000]]
    for row, found in ((3, ["人口!A4"]), (4, ["人口!A4"]), (6, [])):
        line = set_cell(f"A{row}", border=Border(bottom=Side(style="thick")))
        assert places(accessible(20, good(tmp_path, line, rows=rows, area="A2:B6"))) == found


def test_1_and_5_a_table_that_is_not_marked_or_has_no_head(tmp_path: Path) -> None:
    bare = xlsx_of(tmp_path, ROWS, usual)
    assert places(accessible(1, bare)) == places(accessible(5, bare)) == ["人口!A2:B4"]
    assert accessible(2, bare).verdict == "not_applicable"
    text = xlsx_of(tmp_path, [["凡例"], ["空欄は値がないことを表す。"]])
    assert {accessible(item, text).verdict for item in (1, 4, 5, 29, 30)} == {"not_applicable"}


@pytest.mark.parametrize(("name", "count"), [("Table1", 1), ("テーブル12", 1), ("人口", 0), ("Table_of_people", 0)])
def test_2_names_of_tables(tmp_path: Path, name: str, count: int) -> None:
    rows = [["埼玉県の人口"], ["年", "人口（人）"], [2024, 1], [2025, 2]]
    assert len(accessible(2, xlsx_of(tmp_path, rows, marked("A2:B4", name))).faults) == count


def test_3_tables_within_one_another(tmp_path: Path) -> None:
    assert len(accessible(3, good(tmp_path, marked("B3:B4", "内側"))).faults) == 1


def test_4_gaps(tmp_path: Path) -> None:
    rows = [["人口の表"], ["年", "人口"], [2024, 1], [], [2025, 2]]
    assert places(accessible(4, good(tmp_path, rows=rows, area="A2:B5"))) == ["人口!A4"]
    wide = [["人口の表"], ["年", None, "人口"], [2024, None, 1]]
    assert places(accessible(4, xlsx_of(tmp_path, wide))) == ["人口!B2"]


def test_5_titles_that_are_missing_a_programs_own_or_twice_there(tmp_path: Path) -> None:
    for title, place in (("列1", "B2"), ("Column2", "B2"), ("年", "B2")):
        rows = [["人口の表"], ["年", title], [2024, 1]]
        assert places(accessible(5, good(tmp_path, rows=rows, area="A2:B3"))) == [f"人口!{place}"]


def test_8_an_empty_cell_needs_a_word_about_it(tmp_path: Path) -> None:
    rows = [["人口の表"], ["年", "人口"], [2024, 1], [2025, None]]
    assert places(accessible(8, good(tmp_path, rows=rows))) == ["人口!列「人口」"]
    assert (
        accessible(8, good(tmp_path, set_cell("B1", "空欄は、調べていないことを表します。"), rows=rows)).verdict
        == "pass"
    )


def test_10_raised_letters_within_a_text(tmp_path: Path) -> None:
    from openpyxl.cell.rich_text import CellRichText, TextBlock
    from openpyxl.cell.text import InlineFont

    text = CellRichText("人口", TextBlock(InlineFont(vertAlign="superscript"), "1"))
    assert places(accessible(10, good(tmp_path, set_cell("B2", text)))) == ["人口!B2"]


def test_13_notes_on_a_sheet_of_their_own(tmp_path: Path) -> None:
    for numbers, missing in ((["注1"], ["注2の本文がない"]), (["注1", "注2"], [])):
        notes = with_sheet("注", [["注", "本文"], *([number, "概数"] for number in numbers)])
        judged = accessible(13, good(tmp_path, set_cell("B2", "人口 [注1, 2]"), book=notes))
        assert [fault.found for fault in judged.faults] == missing


def test_17_a_table_alone_has_its_title_in_the_contents(tmp_path: Path) -> None:
    rows = [["年", "人口"], [2024, 5]]
    assert places(accessible(17, xlsx_of(tmp_path, rows))) == ["人口!A1"]
    listed = with_sheet("目次", [["シート", "標題"], ["人口", "埼玉県の人口"], ["目次", "この表の目次"]])
    assert accessible(17, xlsx_of(tmp_path, rows, book=listed)).verdict == "pass"
    named = with_sheet("目次", [["シート", "標題"], ["人口", "人口"], ["目次", "この表の目次"]])
    assert places(accessible(17, xlsx_of(tmp_path, rows, book=named))) == ["人口!A1"]


@pytest.mark.parametrize("change", [
    set_cell("B3", font=Font(size=12, color="FFC00000")),
    lambda sheet: sheet.conditional_formatting.add("B3:B4", ColorScaleRule("min", None, "FFFFFF", "max", None, "FF0000")),
])  # fmt: skip
def test_22_what_a_colour_says_cannot_be_told(tmp_path: Path, change: Change) -> None:
    assert accessible(22, good(tmp_path, change)).verdict == "unverifiable"


def test_23_a_colour_of_the_theme_cannot_be_told_and_the_ratio_is_that_of_wcag(tmp_path: Path) -> None:
    from openpyxl.styles.colors import Color

    assert (
        accessible(23, good(tmp_path, set_cell("B3", font=Font(size=12, color=Color(theme=4))))).verdict
        == "unverifiable"
    )
    assert contrast("000000", "FFFFFF") == pytest.approx(21)
    assert contrast("FFFFFF", "FFFFFF") == pytest.approx(1)


def edited(path: Path, edits: dict[str, Callable[[str], str]], added: dict[str, str] | None = None) -> Book:
    with zipfile.ZipFile(path) as package:
        parts = {name: package.read(name).decode() for name in package.namelist() if name.endswith((".xml", ".rels"))}
    for name, edit in edits.items():
        parts[name] = edit(parts[name])
    with zipfile.ZipFile(path, "w") as package:
        for name, text in {**parts, **(added or {})}.items():
            package.writestr(name, text)
    return read_book(path)


ANCHOR = (
    '<xdr:wsDr xmlns:xdr="http://schemas.openxmlformats.org/drawingml/2006/spreadsheetDrawing"><xdr:twoCellAnchor><xdr:from>'
    "<xdr:col>1</xdr:col><xdr:colOff>0</xdr:colOff><xdr:row>2</xdr:row><xdr:rowOff>0</xdr:rowOff></xdr:from>{}</xdr:twoCellAnchor>"
    "</xdr:wsDr>"
)
DRAWING = (
    '<Relationship Id="rId99" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/drawing" '
    'Target="../drawings/drawing1.xml"/></Relationships>'
)


@pytest.mark.parametrize(("element", "item"), [("<xdr:sp/>", 19), ("<xdr:pic/>", 24), ("<xdr:graphicFrame/>", 24)])
def test_19_and_24_what_lies_over_the_cells(tmp_path: Path, element: str, item: int) -> None:
    good(tmp_path)
    relations = "xl/worksheets/_rels/sheet1.xml.rels"
    book = edited(
        tmp_path / "table.xlsx",
        {relations: lambda text: text.replace("</Relationships>", DRAWING)},
        {"xl/drawings/drawing1.xml": ANCHOR.format(element)},
    )
    assert places(accessible(item, book)) == ["人口!B3"]
    assert accessible(43 - item, book).verdict == "pass"


def test_25_macros(tmp_path: Path) -> None:
    good(tmp_path)
    plain, programmed = (
        "vnd.openxmlformats-officedocument.spreadsheetml.sheet.main+xml",
        "vnd.ms-excel.sheet.macroEnabled.main+xml",
    )
    types = {"[Content_Types].xml": lambda text: text.replace(plain, programmed)}
    assert len(accessible(25, edited(tmp_path / "table.xlsx", types)).faults) == 1


def test_24_comments_are_no_pictures(tmp_path: Path) -> None:
    def note(sheet: Worksheet) -> None:
        sheet["B3"].comment = Comment("確認中", "甲")

    assert accessible(24, good(tmp_path, note)).verdict == accessible(19, good(tmp_path, note)).verdict == "pass"


def test_27_empty_sheets_and_9_hidden_ones(tmp_path: Path) -> None:
    assert places(accessible(27, good(tmp_path, book=with_sheet("空", [])))) == ["空"]

    def hide(sheet: Worksheet) -> None:
        sheet.sheet_state = "hidden"

    assert places(accessible(9, good(tmp_path, book=with_sheet("隠", [["甲"]], hide)))) == ["隠"]


def test_28_29_and_31_where_tables_stand(tmp_path: Path) -> None:
    gap = [["人口の表"], [], ["年", "人口"], [2024, 1]]
    assert places(accessible(28, good(tmp_path, rows=gap, area="A3:B4"))) == ["人口!A2"]
    right = [["人口の表"], [None, "年", "人口"], [None, 2024, 1]]
    book = good(tmp_path, rows=right, area="B2:C3")
    assert (places(accessible(28, book)), places(accessible(29, book))) == (["人口!A2"], ["人口!B2"])
    two = [*ROWS, [], ["市", "世帯"], ["甲", 3]]
    assert places(accessible(31, good(tmp_path, rows=two))) == ["人口!A6"]


def test_34_title_and_language(tmp_path: Path) -> None:
    judged = accessible(34, xlsx_of(tmp_path, ROWS))
    assert [fault.found for fault in judged.faults] == ["文書のタイトルがない", "文書の言語がない"]


def test_35_another_sheet_is_open(tmp_path: Path) -> None:
    def second(made: Any) -> None:
        with_sheet("世帯", [["世帯の表"]])(made)
        made.active = 1

    assert places(accessible(35, good(tmp_path, book=second))) == ["世帯"]
