"""Files of LibreOffice, and as Excel writes them: limits, damage, and what only their XML says."""

from __future__ import annotations

from contextlib import suppress
from datetime import date, datetime
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.workbooks.limits import UnreadableWorkbookError
from pipeline.workbooks.opening import open_workbook
from pipeline.workbooks.workbook import Cell
from tests.support.odf import cell, ods_bytes, package_bytes, row

EMPTY = "<table:table-cell/>"


def read(rows: str, address: str = "A1", **more: Any) -> Cell:
    return open_workbook(ods_bytes(rows, **more)).at("回答", address)


def reason_of(content: bytes) -> str:
    with pytest.raises(UnreadableWorkbookError) as raised:
        open_workbook(content)
    return raised.value.reason


@pytest.mark.parametrize(
    ("written", "kind", "value"),
    [
        (cell("3件", kind="float", more='office:value="3"'), "number", 3.0),
        (cell("50%", kind="percentage", more='office:value="0.5"'), "number", 0.5),
        (cell("真", kind="boolean", more='office:boolean-value="true"'), "boolean", True),
        (cell("6年", kind="date", more='office:date-value="2024-04-01"'), "date", date(2024, 4, 1)),
        (cell("6年", kind="date", more='office:date-value="2024-04-01T00:00:00"'), "date", date(2024, 4, 1)),
        (cell("夜", kind="date", more='office:date-value="2024-04-01T10:30:00"'), "date", datetime.fromisoformat("2024-04-01T10:30:00")),
        (cell("昔々", kind="date", more='office:date-value="-0044-03-15"'), "text", "昔々"),
        (cell("9:30", kind="time", more='office:time-value="PT09H30M00S"'), "text", "09:30:00"),
        (cell("30時間", kind="time", more='office:time-value="PT30H00M00S"'), "text", "30時間"),
        (cell("一</text:p><text:p>二"), "text", "一\n二"),
        (cell('あ<text:s text:c="2"/>い<text:tab/>う<text:line-break/>え'), "text", "あ  い\tう\nえ"),
        (cell("<text:ruby><text:ruby-base>協議</text:ruby-base><text:ruby-text>きょうぎ</text:ruby-text></text:ruby>会"),
         "text", "協議会"),
        ('<table:table-cell><text:p>種類なし</text:p></table:table-cell>', "text", "種類なし"),
    ],
)  # fmt: skip
def test_a_value_is_read_by_its_kind(written: str, kind: str, value: object) -> None:
    found = read(row(written))
    assert (found.kind, found.value) == (kind, value)


@pytest.mark.parametrize(
    ("written", "kind", "text"),
    [
        (cell("#N/A", more='table:formula="of:=NA()" office:string-value="" calcext:value-type="error"'), "error", "#N/A"),
        (cell("#REF!", kind="float", more='table:formula="of:=A9" office:value="0"'), "error", "#REF!"),
        (cell("Err:522", more='table:formula="of:=A1"'), "error", "Err:522"),
        (cell("", more='table:formula="of:=SUM([.A1:.A2])"'), "uncached_formula", "=SUM([.A1:.A2])"),
        ('<table:table-cell table:formula="of:=1+1"/>', "uncached_formula", "=1+1"),
        (cell("#N/A"), "text", "#N/A"),
    ],
)  # fmt: skip
def test_an_error_is_known_by_its_kind_or_by_what_it_shows(written: str, kind: str, text: str) -> None:
    found = read(row(written))
    assert (found.kind, found.text) == (kind, text)


def test_a_comment_is_no_part_of_the_text() -> None:
    comment = "<office:annotation><text:p>去年と同じ</text:p></office:annotation>"
    book = open_workbook(
        ods_bytes(row(f'<table:table-cell office:value-type="string">{comment}<text:p>3</text:p></table:table-cell>'))
    )
    assert book.at("回答", "A1").text == "3"
    assert [(remark.where, remark.text) for remark in book.remarks] == [("A1のコメント", "去年と同じ")]


def test_what_is_repeated_stands_in_every_place() -> None:
    rows = row(EMPTY, more='table:number-rows-repeated="4"') + row(
        '<table:table-cell table:number-columns-repeated="2"/>', cell("○", more='table:number-columns-repeated="3"'),
        more='table:number-rows-repeated="2"',
    )  # fmt: skip
    book = open_workbook(ods_bytes(rows))
    assert sorted(c.address for c in book) == ["C5", "C6", "D5", "D6", "E5", "E6"]


STRIKE = '<style:text-properties style:text-line-through-style="solid"/>'


def style(name: str, family: str, properties: str, parent: str = "") -> str:
    rests = f' style:parent-style-name="{parent}"' if parent else ""
    return f'<style:style style:name="{name}" style:family="{family}"{rests}>{properties}</style:style>'


@pytest.mark.parametrize(
    ("rows", "styles", "named"),
    [
        (row(cell("5", more='table:style-name="x"')), style("x", "table-cell", STRIKE), ""),
        (row(cell("5", more='table:style-name="x"')), style("x", "table-cell", "", "取消"), style("取消", "table-cell", STRIKE)),
        ('<table:table-column table:default-cell-style-name="x"/>' + row(cell("5")), style("x", "table-cell", STRIKE), ""),
        (row(cell("5"), more='table:default-cell-style-name="x"'), style("x", "table-cell", STRIKE), ""),
        (row(cell('5<text:span text:style-name="x">2</text:span>')), style("x", "text", STRIKE), ""),
        (row(cell('5<text:span text:style-name="x">2</text:span>')),
         style("x", "text", '<style:text-properties style:text-position="super 58%"/>'), ""),
    ],
    ids=["own", "rests on", "column", "row", "letters", "raised"],
)  # fmt: skip
def test_letters_struck_out_are_found_wherever_that_is_said(rows: str, styles: str, named: str) -> None:
    assert read(rows, styles=styles, named=named).kind == "struck"


def test_a_style_takes_back_what_it_rests_on() -> None:
    plain = '<style:text-properties style:text-line-through-style="none" style:text-position="0% 100%"/>'
    styles = style("x", "table-cell", plain, "取消")
    assert (
        read(row(cell("5", more='table:style-name="x"')), styles=styles, named=style("取消", "table-cell", STRIKE)).kind
        == "text"
    )


def test_the_styles_of_a_page_header_strike_nothing_out() -> None:
    content = ods_bytes(
        row(cell("5", more='table:style-name="x"')),
        named=f"</office:styles><office:automatic-styles>{style('x', 'table-cell', STRIKE)}</office:automatic-styles><office:styles>",
    )
    assert open_workbook(content).at("回答", "A1").kind == "text"


def test_a_copy_of_another_file_is_no_sheet_and_is_told() -> None:
    copy = f"<table:table table:name=\"'file:///s/他.ods'#$一\"><table:table-source/>{row(cell('9'))}</table:table>"
    book = open_workbook(ods_bytes(row(cell("1")), before=copy))
    assert (list(book.sheets), list(book.notes)) == (["回答"], ["external-links"])


def test_a_file_with_macros_is_read_and_told() -> None:
    book = open_workbook(ods_bytes(row(cell("1")), Basic__Standard__Module1_xml=b"<x/>"))
    assert list(book.notes) == ["macros"]
    assert not open_workbook(ods_bytes(row(cell("1")), **{"Basic__script-lc.xml": b"<x/>"})).notes


MANY = 'table:number-columns-repeated="16384"'


@pytest.mark.parametrize(
    ("rows", "reason"),
    [
        (row(cell("1", more=MANY), more='table:number-rows-repeated="1000000"'), "too-many-cells"),
        (row(cell("長" * 30_000, more=MANY)), "expands-too-far"),
        (row(cell("1"), more='table:number-rows-repeated="99999999999"'), "damaged"),
        (row(cell("1", more='table:number-columns-repeated="-5"')), "damaged"),
        (row(cell("1", more='table:number-columns-repeated="x"')), "damaged"),
        (row(f'<table:table-cell table:number-columns-repeated="99999999"/>{cell("1")}'), "damaged"),
        (row(cell("1", more='table:number-rows-spanned="99999999"')), "damaged"),
        (row(cell("1", kind="float")), "damaged"),
        (row(f"<table:table-cell>{row(cell('2'))}</table:table-cell>", cell("1")), "damaged"),
        (row(cell("1", kind="float", more='office:value="多数"')), "damaged"),
    ],
    ids=["cells", "text", "rows", "negative", "no number", "far", "span", "no value", "row in a row", "no numeral"],
)  # fmt: skip
def test_repetitions_are_judged_before_they_are_made(rows: str, reason: str) -> None:
    assert reason_of(ods_bytes(rows)) == reason


def test_formatted_empty_rows_to_the_end_of_a_sheet_cost_nothing() -> None:
    rows = row(cell("1")) + row(
        f'<table:table-cell table:style-name="x" {MANY}/>', more='table:number-rows-repeated="1048575"'
    )
    assert [c.address for c in open_workbook(ods_bytes(rows))] == ["A1"]


def test_an_encoding_that_there_is_not_is_damage() -> None:
    content = b'<?xml version="1.0" encoding="x-none"?><office:document-content/>'
    assert reason_of(package_bytes(content, b"", {})) == "damaged"


def test_styles_in_a_ring_are_damaged() -> None:
    ring = style("x", "table-cell", "", "y") + style("y", "table-cell", "", "x")
    assert reason_of(ods_bytes(row(cell("5", more='table:style-name="x"')), styles=ring)) == "damaged"


def test_a_password_is_told() -> None:
    manifest = b"<manifest:manifest><manifest:encryption-data/></manifest:manifest>"
    assert reason_of(ods_bytes(row(cell("1")), **{"META-INF__manifest.xml": manifest})) == "encrypted"


@pytest.mark.parametrize("part", ["content", "styles"])
def test_entities_are_refused(part: str) -> None:
    entity = b'<!DOCTYPE x [<!ENTITY y "z">]><x/>'
    parts = {"content": b"<x/>", "styles": b"<x/>", part: entity}
    assert reason_of(package_bytes(parts["content"], parts["styles"], {})) == "xml-entities"


def test_a_file_that_expands_too_far_is_refused_before_it_is_expanded() -> None:
    assert reason_of(package_bytes(b" " * 201_000_000, b"<x/>", {})) == "expands-too-far"


@pytest.mark.parametrize("kind", ["text", "presentation"])
def test_another_document_of_the_same_program_is_no_workbook(kind: str) -> None:
    assert reason_of(package_bytes(b"<x/>", b"<x/>", {}, f"application/vnd.oasis.opendocument.{kind}")) == "not-excel"


VALID = ods_bytes(
    '<table:table-column table:default-cell-style-name="x"/>' + row(cell("あ"), cell("3", kind="float", more='office:value="3"')),
    styles=style("x", "table-cell", STRIKE),
)  # fmt: skip
XML = [
    f'<table:table-row table:number-rows-repeated="{n}">' for n in ("2", "0", "1048576", "99999999999999999999")
] + [
    "<table:table-row>", "</table:table-row>", "<table:table-cell>", "</table:table-cell>", "<text:p>", "</text:p>", "5",
    '<table:table-cell office:value-type="float" office:value="nan"/>', '<table:table-cell table:number-columns-spanned="3"/>',
    '<text:s text:c="99999999"/>', "<table:covered-table-cell/>", '<table:table table:name="二">', "</table:table>",
    '<table:table-cell office:value-type="date" office:date-value="0000-00-00"/>', "<office:annotation>", "</office:annotation>",
]  # fmt: skip


@settings(max_examples=200)
@given(st.data())
def test_damaged_bytes_are_refused_or_read_but_never_crash(data: st.DataObject) -> None:
    content = bytearray(VALID)
    for _ in range(data.draw(st.integers(1, 8))):
        content[data.draw(st.integers(0, len(content) - 1))] = data.draw(st.integers(0, 255))
    with suppress(UnreadableWorkbookError):
        open_workbook(bytes(content))


@settings(max_examples=300)
@given(st.lists(st.sampled_from(XML), max_size=8))
def test_any_order_of_elements_is_refused_or_read_but_never_crashes(parts: list[str]) -> None:
    with suppress(UnreadableWorkbookError):
        open_workbook(ods_bytes("".join(parts)))
