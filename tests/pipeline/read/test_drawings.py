"""What lies over the cells: which of them it covers, whether it may be an answer, and what it says."""

from __future__ import annotations

from io import BytesIO

import openpyxl
import pytest
import xlsxwriter
from hypothesis import given
from hypothesis import strategies as st
from openpyxl.styles import Font, PatternFill

from pipeline.workbooks.opening import open_workbook
from pipeline.workbooks.remarks import printed_text
from pipeline.workbooks.workbook import Workbook
from tests.support.raw_xlsx import raw_workbook
from tests.support.shapes import draw, draw_vml, put_thread, shape

PLAIN = raw_workbook('<c r="A1"><v>1</v></c>')


def remarks(workbook: Workbook) -> list[tuple[str, str]]:
    return [(remark.where, remark.text) for remark in workbook.remarks]


def test_a_text_box_is_kept_with_its_words_and_the_cells_under_it() -> None:
    book = open_workbook(draw(PLAIN, "s", shape("C7", "D9", text="備考：10月に再開", is_box=True)))
    assert remarks(book) == [("C7:D9付近のテキストボックス", "備考：10月に再開")]
    assert [drawn.is_mark for drawn in book.drawn["s"]] == [False]


@pytest.mark.parametrize("text", ["", "○", "12回"])
def test_a_shape_without_words_or_with_a_short_one_may_be_an_answer(text: str) -> None:
    (drawn,) = open_workbook(draw(PLAIN, "s", shape("C7", text=text))).drawn["s"]
    assert (drawn.area, drawn.is_mark, drawn.text) == ("C7", True, text or "（文字なし）")


def test_two_shapes_in_one_place_are_told_apart() -> None:
    book = open_workbook(draw(PLAIN, "s", shape("C7"), shape("C7", form="line")))
    assert remarks(book) == [("C7付近の図形", "（文字なし）"), ("C7付近の図形（2）", "（文字なし）")]


@pytest.mark.parametrize(
    ("last", "into", "area"),
    [("C7", (2, 8), "C7"), ("C8", (2, 1), "C7"), ("C8", (14, 12), "C8"), ("C8", (2, 12), "C7:C8")],
)
def test_a_circle_that_sticks_out_a_little_is_meant_for_the_cell_inside(
    last: str, into: tuple[int, int], area: str
) -> None:
    (drawn,) = open_workbook(draw(PLAIN, "s", shape("C7", last, into=into))).drawn["s"]
    assert drawn.area == area


def test_a_shape_told_by_its_size_covers_the_cells_to_its_end() -> None:
    one = shape("C7").replace("twoCellAnchor", "oneCellAnchor")
    start, _, rest = one.partition("<xdr:to>")
    sized = f'{start}<xdr:ext cx="{64 * 9525}" cy="{30 * 12_700}"/>{rest.partition("</xdr:to>")[2]}'
    (drawn,) = open_workbook(draw(PLAIN, "s", sized)).drawn["s"]
    assert drawn.area == "C7:C8"


def test_what_older_programs_show_instead_is_not_told_twice_and_the_hidden_not_at_all() -> None:
    inner = shape("C7").partition("<xdr:sp>")
    choice = "<mc:Choice><xdr:contentPart/></mc:Choice><mc:Fallback><xdr:pic/></mc:Fallback>"
    ink = f"{inner[0]}<mc:AlternateContent>{choice}</mc:AlternateContent></xdr:twoCellAnchor>"
    hidden = shape("D8").replace('name="x"', 'name="x" hidden="1"')
    assert remarks(open_workbook(draw(PLAIN, "s", ink, hidden))) == [("C7付近の手書き", "（文字なし）")]


def test_what_a_library_draws_is_told_as_what_it_is() -> None:
    buffer = BytesIO()
    with xlsxwriter.Workbook(buffer) as book:
        sheet = book.add_worksheet("s")
        sheet.write("A1", 1)
        sheet.insert_textbox("C7", "提出後に変更の予定", {"width": 60, "height": 18})
        chart = book.add_chart({"type": "line"})
        chart.add_series({"values": "=s!$A$1:$A$1"})
        sheet.insert_chart("F2", chart)
        sheet.insert_image("B2", "a.png", {"image_data": BytesIO(PNG), "x_scale": 30, "y_scale": 15})
    drawn = open_workbook(buffer.getvalue()).drawn["s"]
    assert sorted((own.area, own.word, own.text, own.is_mark) for own in drawn) == [
        ("B2", "画像", "（文字なし）", True),
        ("C7", "テキストボックス", "提出後に変更の予定", False),
        ("F2:M16", "図", "（文字なし）", False),
    ]


PNG = bytes.fromhex(
    "89504e470d0a1a0a0000000d49484452000000010000000108060000001f15c4890000000d49444154789c6360000000000500010d0a2db40000000049454e44ae426082"
)
"""A picture of one point."""
VML = """<xml xmlns:v="urn:schemas-microsoft-com:vml" xmlns:x="urn:schemas-microsoft-com:office:excel">
<v:shape id="a"><v:textbox><div>備考<br>二行目</div></v:textbox><x:ClientData ObjectType="{kind}">
<x:Anchor> 2, 5, 6, 2, 2, 40, 6, 15</x:Anchor>{checked}</x:ClientData></v:shape></xml>"""


@pytest.mark.parametrize(
    ("kind", "checked", "told", "is_mark"),
    [
        ("Rect", "", ("C7付近の図形", "備考 二行目"), False),
        ("Checkbox", "<x:Checked>1</x:Checked>", ("C7付近のチェックボックス", "備考 二行目 （オン）"), True),
        ("Checkbox", "", ("C7付近のチェックボックス", "備考 二行目 （オフ）"), False),
    ],
)
def test_a_legacy_shape_or_control_is_told(kind: str, checked: str, told: tuple[str, str], is_mark: bool) -> None:
    book = open_workbook(draw_vml(PLAIN, "s", VML.format(kind=kind, checked=checked)))
    assert remarks(book) == [told]
    assert [drawn.is_mark for drawn in book.drawn["s"]] == [is_mark]


def test_the_box_of_a_comment_is_no_shape() -> None:
    assert remarks(open_workbook(draw_vml(PLAIN, "s", VML.format(kind="Note", checked="")))) == []


@given(st.binary(max_size=300))
def test_a_legacy_drawing_of_any_bytes_stops_nothing(noise: bytes) -> None:
    vml = VML.format(kind="Rect", checked=noise.decode("latin-1").replace("\0", "").replace("<!", ""))
    assert open_workbook(draw_vml(PLAIN, "s", vml)).at("s", "A1").value == 1


def test_a_thread_of_comments_is_told_once_with_all_that_was_written() -> None:
    assert remarks(open_workbook(put_thread(PLAIN, "s", "C7", "3回では？", "2回です"))) == [
        ("C7のコメント", "3回では？／2回です")
    ]


def test_what_is_typed_into_the_head_and_foot_of_pages_is_told_without_its_codes() -> None:
    book = openpyxl.Workbook()
    book.active["A1"] = 1
    book.active.oddHeader.center.text = "未確定（A&&B）"
    book.active.oddHeader.center.font = "游ゴシック,標準"
    book.active.oddFooter.right.text = "&P / &N"
    buffer = BytesIO()
    book.save(buffer)
    assert remarks(open_workbook(buffer.getvalue())) == [("ページのヘッダー", "未確定（A&B）")]
    assert printed_text("&amp;L&amp;9 横瀬町&amp;R&amp;P／&amp;N") == "横瀬町／"


@pytest.mark.parametrize(
    ("color", "fill", "form", "is_told"),
    [
        ("FFFFFFFF", None, "General", True),
        ("FFFFFFFF", "FFFFFFFF", "General", True),
        ("FFFFFFFF", "FF003366", "General", False),
        ("FF000000", None, ";;;", True),
        ("FF000000", None, "0;;;", False),
    ],
)
def test_a_text_that_is_not_shown_is_read_and_told(color: str, fill: str | None, form: str, is_told: bool) -> None:
    book = openpyxl.Workbook()
    cell = book.active["B2"]
    cell.value, cell.font, cell.number_format = 7, Font(color=color), form
    if fill:
        cell.fill = PatternFill("solid", fgColor=fill)
    buffer = BytesIO()
    book.save(buffer)
    read = open_workbook(buffer.getvalue())
    assert read.at("Sheet", "B2").value == 7
    assert remarks(read) == ([("B2の見えない文字", "7")] if is_told else [])


def test_rows_that_a_filter_leaves_out_are_hidden_rows() -> None:
    book = openpyxl.Workbook()
    for row in range(1, 4):
        book.active.cell(row, 1).value = row
    book.active.auto_filter.ref = "A1:A3"
    book.active.row_dimensions[3].hidden = True
    buffer = BytesIO()
    book.save(buffer)
    read = open_workbook(buffer.getvalue())
    assert remarks(read) == [("3行", "非表示")]
    assert read.at("Sheet", "A3").value == 3
