"""Cells that are written as office programs write them are taken out of a sheet before it is judged, and nothing changes by it."""

from __future__ import annotations

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.demo.surgery import rewrite_parts
from pipeline.workbooks import package, plain_cells
from pipeline.workbooks.limits import UnreadableWorkbookError
from pipeline.workbooks.opening import open_workbook
from pipeline.workbooks.plain_cells import SheetText
from tests.support.raw_xlsx import raw_workbook

ODD = [
    b'<c r="B2"/>', b'<c r="C3" s="4"><v>12</v></c>', b'<c r="D4" t="s"><v>0</v></c>', b'<c r="E5" t="b"><v>1</v></c>',
    b'<c r="F6" t="e"><v>#N/A</v></c>', b'<c r="G7"><f>1+1</f><v>2</v></c>', b'<c r="G8"><f>1+1</f></c>', b"<c><v>3</v></c>",
    b'<c r="H9" t="inlineStr"><is><t>a</t></is></c>', b'<c r="XFD9"><v>1</v></c>', b'<c r="A9999"><v>1</v></c>',
    b'<c r="C3"><v>1<!-- 2 -->3</v></c>', b'<c r="C3"><v>1</v><v>2</v></c>', b'<x:c r="A1"/>', b"<v>", b"</v>", b"<!--", b"-->",
    b"<![CDATA[", b"]]>", b"</sheetData>", b"<sheetData>", b"<", b">", b'"', b"&#0;", b"&amp;", b'<row r="3" hidden="1">', b"</row>",
    b'<mergeCells count="1"><mergeCell ref="A1:B2"/></mergeCells>', b"<headerFooter><oddFooter>&amp;C12</oddFooter></headerFooter>",
]  # fmt: skip
HEAD = (
    b'<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main" '
    b'xmlns:x="http://schemas.openxmlformats.org/spreadsheetml/2006/main">'
)
TAIL = b"</sheetData></worksheet>"
FORM, SHEET = raw_workbook("", strings="<si><t>one</t></si>"), "xl/worksheets/sheet1.xml"


def outcome(content: bytes) -> object:
    """All that is read of a workbook, or why it is not."""
    try:
        book = open_workbook(content)
    except UnreadableWorkbookError as error:
        return error.reason, error.message
    return book.sheets, book.merges, list(book.remarks), book.notes


@given(parts=st.lists(st.sampled_from(ODD), max_size=6), front=st.booleans(), start=st.integers(0, 200))
@settings(max_examples=400, deadline=None)
def test_a_sheet_is_judged_alike_whether_plain_cells_are_taken_out_or_not(
    parts: list[bytes], front: bool, start: int
) -> None:
    body = b"".join(parts)
    sheet = HEAD + b'<sheetData><row r="1">' + (body + b"</row>" if front else b"</row>" + body) + TAIL
    sheet = sheet[:start] + body + sheet[start:] if start < 40 else sheet
    content = rewrite_parts(FORM, lambda name, own: sheet if name == SHEET else own)
    found = outcome(content)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(plain_cells, "_PLAIN", re.compile(rb"((?!))"))
        patch.setattr("pipeline.workbooks.opening._kept._workbooks", {})
        assert outcome(content) == found


def test_adjacent_cells_leave_one_mark_and_their_places() -> None:
    text = SheetText(
        b'<row><c r="A1"/><c r="B1" s="2" t="s"><v>7</v></c></row><row><c r="AB12" t="n"><v>-1.5E-7</v></c></row>'
    )
    assert text.places == [b"A1", b"B1", b"AB12"]
    assert text.rest == b"<row><_/></row><row><_/></row>"
    assert text.is_plain


@pytest.mark.parametrize(
    "cell",
    [
        b'<c r="ABC1"/>', b'<c r="A1000"/>', b"<c r='A1'/>", b'<c r="A1" t="str"><v>1</v></c>', b'<c r="A1"><v>1&amp;</v></c>',
        b'<c r="A1"><v>NaN</v></c>', b'<c r="A1" t="s"><v>01</v></c>', b'<c r="A1" t="s"><v>-1</v></c>', b'<c r="A0"/>',
    ],
)  # fmt: skip
def test_a_cell_that_is_written_in_another_way_stays(cell: bytes) -> None:
    text = SheetText(b"<row>" + cell + b"</row>")
    assert (text.places, text.rest, text.is_plain) == ([], text.all, False)


@pytest.mark.parametrize("place", [b"", b"<sheetData>"])
def test_a_cell_where_none_may_be_leaves_no_xml(place: bytes) -> None:
    text = SheetText(b"<worksheet>" + place + b"</worksheet>" + b'<c r="A1"/>')
    assert text.rest.endswith(b"</worksheet><_/>")


def test_the_list_of_sheets_is_remembered_where_it_is_as_short_as_a_forms() -> None:
    padded = {length: b"<!--" + b" " * length + b"-->" for length in (10, package.LONGEST_LIST)}
    package._known_sheet_list.cache_clear()
    for padding in padded.values():
        content = rewrite_parts(FORM, lambda name, own, end=padding: own + end if name == "xl/workbook.xml" else own)
        assert list(open_workbook(content).sheets) == ["s"]
    assert package._known_sheet_list.cache_info().currsize == 1
