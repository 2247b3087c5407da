"""Old Excel files: limits, damage, and what only their records say."""

from __future__ import annotations

import struct
from contextlib import suppress
from functools import lru_cache
from io import BytesIO
from typing import Any

import openpyxl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.workbooks.limits import UnreadableWorkbookError
from pipeline.workbooks.opening import open_workbook
from tests.support.biff import LINK, SHEET, number, record, stream_of, with_added, wrapped
from tests.support.office import saved_as


@lru_cache(maxsize=1)
def made() -> bytes:
    """An .xls of two sheets that LibreOffice saved."""
    book = openpyxl.Workbook()
    first: Any = book.active
    first.title, first["A1"], first["B2"], first["C3"] = "一", "あ", 3, "=NA()"
    book.create_sheet("二")["A1"] = "い"
    buffer = BytesIO()
    book.save(buffer)
    return saved_as(buffer.getvalue(), "xls")


@pytest.fixture(scope="module")
def stream() -> bytes:
    return stream_of(made())


def reason_of(content: bytes) -> str:
    with pytest.raises(UnreadableWorkbookError) as raised:
        open_workbook(content)
    return raised.value.reason


def test_a_cell_that_was_written_by_hand_is_read_in_its_sheet(stream: bytes) -> None:
    book = open_workbook(wrapped(Workbook=with_added(stream, number(29, 2, 7))))
    assert (book.at("一", "C30").value, book.at("二", "A1").text, book.format) == (7, "い", "xls")


def test_two_cells_in_one_place_are_no_answer(stream: bytes) -> None:
    assert reason_of(wrapped(Workbook=with_added(stream, number(1, 1, 7)))) == "damaged"


def test_more_cells_than_the_limit_are_refused(stream: bytes, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("pipeline.workbooks.biff.MAX_CELLS", 5)
    assert open_workbook(wrapped(Workbook=with_added(stream, number(9, 9, 1)))).at("一", "J10").value == 1
    two = number(9, 9, 1) + number(10, 9, 1)
    assert reason_of(wrapped(Workbook=with_added(stream, two))) == "too-many-cells"


def test_rows_over_all_sheets_beyond_the_limit_are_refused(stream: bytes, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("pipeline.workbooks.biff.MAX_ROWS", 31)
    assert open_workbook(wrapped(Workbook=with_added(stream, number(29, 2, 7)))).at("一", "C30").value == 7
    assert reason_of(wrapped(Workbook=with_added(stream, number(30, 2, 7)))) == "too-many-cells"


def test_formatted_empty_cells_beyond_the_limit_are_refused(stream: bytes, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("pipeline.workbooks.biff.MAX_AREA", 255)
    blanks = record(0x00BE, struct.pack("<HH", 50, 0) + struct.pack("<H", 15) * 256 + struct.pack("<H", 255))
    assert reason_of(wrapped(Workbook=with_added(stream, blanks))) == "too-many-cells"


def test_a_link_to_another_file_is_told_and_one_to_itself_is_not(stream: bytes) -> None:
    other = record(LINK, struct.pack("<HH", 1, 5) + b"\0\1a.xls" + b"\1\0\0a")
    own = record(LINK, struct.pack("<HH", 2, 0x0401))
    assert list(open_workbook(wrapped(Workbook=with_added(stream, own, is_global=True))).notes) == []
    assert list(open_workbook(wrapped(Workbook=with_added(stream, other, is_global=True))).notes) == ["external-links"]


def test_macros_are_told_and_never_read(stream: bytes) -> None:
    assert list(open_workbook(wrapped(Workbook=stream, _VBA_PROJECT_CUR=b"Sub x()")).notes) == ["macros"]
    sheet = record(SHEET, struct.pack("<IBB", 0, 0, 1) + b"\2\0M1")
    assert list(open_workbook(wrapped(Workbook=with_added(stream, sheet, is_global=True))).notes) == ["macros"]


@pytest.mark.parametrize("name", ["WordDocument", "PowerPoint Document", "__properties_version1.0"])
def test_another_document_in_the_same_container_is_no_workbook(name: str) -> None:
    assert reason_of(wrapped(**{name: b"x"})) == "not-excel"


@pytest.mark.parametrize(
    "content",
    [b"\xd0\xcf\x11\xe0" + bytes(600), b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(504), wrapped(Workbook=b"\x09\x08\x10\x00")],
    ids=["four bytes", "a header", "half a record"],
)  # fmt: skip
def test_a_broken_container_is_damaged(content: bytes) -> None:
    assert reason_of(content) == "damaged"


def test_half_a_file_is_damaged() -> None:
    content = made()
    assert reason_of(content[: len(content) // 2]) == "damaged"


@settings(max_examples=300)
@given(st.data())
def test_damaged_bytes_are_refused_or_read_but_never_crash(data: st.DataObject) -> None:
    content = bytearray(made())
    for _ in range(data.draw(st.integers(1, 8))):
        content[data.draw(st.integers(0, len(content) - 1))] = data.draw(st.integers(0, 255))
    with suppress(UnreadableWorkbookError):
        open_workbook(bytes(content))
