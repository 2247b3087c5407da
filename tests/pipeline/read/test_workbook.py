"""Opening files that strangers sent."""

from __future__ import annotations

import zipfile
from contextlib import suppress
from io import BytesIO

import openpyxl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.workbook import UnreadableWorkbookError, open_workbook


def workbook_bytes(**cells: object) -> bytes:
    book = openpyxl.Workbook()
    for address, value in cells.items():
        book.active[address] = value
    buffer = BytesIO()
    book.save(buffer)
    return buffer.getvalue()


def rewritten(content: bytes, part: str, old: bytes, new: bytes) -> bytes:
    """The package with one part's XML changed by hand, as no library would write it."""
    buffer = BytesIO()
    with zipfile.ZipFile(BytesIO(content)) as source, zipfile.ZipFile(buffer, "w") as target:
        for entry in source.infolist():
            data = source.read(entry)
            if entry.filename == part:
                assert old in data
                data = data.replace(old, new)
            target.writestr(entry, data)
    return buffer.getvalue()


SHEET = "xl/worksheets/sheet1.xml"


def test_cells_keep_their_places_behind_empty_rows_and_columns() -> None:
    book = open_workbook(workbook_bytes(C4="あ", D9=3))
    assert book.at("Sheet", "C4").text == "あ"
    assert book.at("Sheet", "D9").value == 3
    assert book.at("Sheet", "A1").kind == "blank"


def test_an_error_cell_is_an_error() -> None:
    content = rewritten(
        workbook_bytes(B2=7), SHEET, b'<c r="B2" t="n"><v>7</v></c>', b'<c r="B2" t="e"><v>#N/A</v></c>'
    )
    found = open_workbook(content).at("Sheet", "B2")
    assert (found.kind, found.text) == ("error", "#N/A")


def test_a_formula_without_a_saved_value_is_no_blank() -> None:
    found = open_workbook(workbook_bytes(B2="=1+1")).at("Sheet", "B2")
    assert (found.kind, found.text) == ("uncached_formula", "=1+1")


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"", "empty-file"),
        (b"hello", "not-excel"),
        (b"\xd0\xcf\x11\xe0" + b"\0" * 600, "encrypted-or-old"),
    ],
)
def test_what_is_no_workbook_says_why(content: bytes, reason: str) -> None:
    with pytest.raises(UnreadableWorkbookError) as raised:
        open_workbook(content)
    assert raised.value.reason == reason


def test_xml_entities_are_refused() -> None:
    content = rewritten(
        workbook_bytes(A1="a"), "xl/workbook.xml", b"<workbook", b'<!DOCTYPE x [<!ENTITY y "z">]><workbook'
    )
    with pytest.raises(UnreadableWorkbookError) as raised:
        open_workbook(content)
    assert raised.value.reason == "xml-entities"


def test_a_file_that_expands_too_far_is_refused_before_it_is_expanded() -> None:
    buffer = BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("xl/workbook.xml", b"")
        archive.writestr("xl/bomb.xml", b"0" * 201_000_000)
    with pytest.raises(UnreadableWorkbookError) as raised:
        open_workbook(buffer.getvalue())
    assert raised.value.reason == "expands-too-far"


VALID = workbook_bytes(A1="a", B2=3, C3="=A1")


@settings(max_examples=400, deadline=None)
@given(st.data())
def test_damaged_bytes_are_refused_or_read_but_never_crash(data: st.DataObject) -> None:
    content = bytearray(VALID)
    for _ in range(data.draw(st.integers(1, 8))):
        content[data.draw(st.integers(0, len(content) - 1))] = data.draw(st.integers(0, 255))
    with suppress(UnreadableWorkbookError):
        open_workbook(bytes(content))
