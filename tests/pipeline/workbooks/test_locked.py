"""Workbooks behind a password: opened with those that are known, and with no other."""

from __future__ import annotations

from contextlib import suppress
from io import BytesIO
from typing import Any

import openpyxl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.workbooks.limits import UnreadableWorkbookError
from pipeline.workbooks.opening import open_workbook
from tests.support.biff import locked, stream_of, wrapped
from tests.support.locking import lock, with_info
from tests.support.odf import package_bytes
from tests.support.office import saved_as

PASSWORD = "ひみつ-2024"  # noqa: S105 - of a file that the test makes


def book_bytes(text: str = "秘密の回答") -> bytes:
    book = openpyxl.Workbook()
    sheet: Any = book.active
    sheet["A1"] = text
    buffer = BytesIO()
    book.save(buffer)
    return buffer.getvalue()


LOCKED = lock(book_bytes(), PASSWORD)


@pytest.fixture(scope="module")
def old() -> bytes:
    return wrapped(Workbook=locked(stream_of(saved_as(book_bytes(), "xls")), PASSWORD))


def reason_of(content: bytes, *passwords: str) -> str:
    with pytest.raises(UnreadableWorkbookError) as raised:
        open_workbook(content, passwords)
    assert not any(password and password in str(raised.value) for password in passwords)
    return raised.value.reason


def test_a_workbook_is_opened_with_the_one_of_many_passwords_that_fits() -> None:
    book = open_workbook(LOCKED, ["ちがう", PASSWORD, "もう一つ"])
    assert (book.at("Sheet", "A1").text, book.format, list(book.notes)) == ("秘密の回答", "xlsx", ["password"])


def test_an_old_workbook_is_opened_with_its_password(old: bytes) -> None:
    book = open_workbook(old, ["ちがう", PASSWORD])
    assert (book.at("Sheet", "A1").text, book.format, list(book.notes)) == ("秘密の回答", "xls", ["password"])


def test_without_its_password_nothing_is_read_and_the_message_says_what_to_do(old: bytes) -> None:
    for content in (LOCKED, old):
        assert reason_of(content) == "encrypted"
        assert reason_of(content, "ちがう", "") == "encrypted"
    with pytest.raises(UnreadableWorkbookError, match=r"passwords\.yaml.*パスワードを外して"):
        open_workbook(LOCKED)


def test_what_excel_locks_by_itself_needs_no_password_and_is_not_told() -> None:
    assert list(open_workbook(lock(book_bytes(), "VelvetSweatshop")).notes) == []


def test_the_limits_hold_behind_a_password() -> None:
    bomb = package_bytes(b" " * 201_000_000, b"<x/>", {})
    assert reason_of(lock(bomb, PASSWORD), PASSWORD) == "expands-too-far"
    assert reason_of(lock(b"PK\x03\x04" + bytes(6_000), PASSWORD), PASSWORD) == "damaged"
    assert reason_of(lock(b"no workbook" * 600, PASSWORD), PASSWORD) == "damaged"


@pytest.mark.parametrize(
    ("old_words", "new_words", "reason"),
    [
        (b'spinCount="100000"', b'spinCount="999999999"', "encrypted"),
        (b'spinCount="100000"', b"spinCount = '9999999'", "encrypted"),
        (b"<?xml", b'<!DOCTYPE x [<!ENTITY y "z">]><?xml', "xml-entities"),
        (b"</encryption>", b"", "damaged"),
    ],
)
def test_how_a_file_is_locked_is_judged_before_it_is_tried(old_words: bytes, new_words: bytes, reason: str) -> None:
    assert reason_of(with_info(LOCKED, old_words, new_words), PASSWORD) == reason


@settings(max_examples=20)
@given(st.data())
def test_damaged_bytes_are_refused_or_read_but_never_crash(data: st.DataObject) -> None:
    content = bytearray(LOCKED)
    for _ in range(data.draw(st.integers(1, 8))):
        content[data.draw(st.integers(0, len(content) - 1))] = data.draw(st.integers(0, 255))
    with suppress(UnreadableWorkbookError):
        open_workbook(bytes(content), [PASSWORD])
