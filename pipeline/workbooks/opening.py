"""Opening a file that a stranger sent: what kind it is, by its first bytes; limits first, then every cell as it stands."""

from __future__ import annotations

import hashlib
import pickle
import struct
import zipfile
import zlib
from collections.abc import Callable, Sequence
from typing import Any
from xml.etree.ElementTree import ParseError

from defusedxml.common import DefusedXmlException
from python_calamine import CalamineError

from pipeline.workbooks.container import SIGNATURE, cells_stream
from pipeline.workbooks.limits import MAX_FILE_BYTES, UnreadableWorkbookError, damaged, has_entities, not_excel
from pipeline.workbooks.package import open_archive
from pipeline.workbooks.workbook import Workbook
from pipeline.workbooks.xlsx import read_xlsx
from schemas.answer_table import TABLE_SHEET

_ZIP = b"PK\x03\x04"
_ODS = b"application/vnd.oasis.opendocument.spreadsheet"

# What the zip, XML and workbook readers raise on damaged bytes.
_DAMAGE = (
    CalamineError, ParseError, zipfile.BadZipFile, zlib.error, struct.error,
    LookupError, OSError, ValueError, EOFError, NotImplementedError, RuntimeError, OverflowError,
)  # fmt: skip


def open_workbook(content: bytes, passwords: Sequence[str] = ()) -> Workbook:
    """Read the bytes of a workbook: .xlsx, .xlsm and their templates, .xls, .ods, .csv; with a password, if one of these opens it.

    Raises UnreadableWorkbookError for an empty file, another format, a password that is not among them, XML entities, or a
    file that expands beyond the limits; the limits are judged before anything is expanded. A workbook of a form's size is kept
    for a while: a run opens each when it comes in, and again to read its answers. Nobody may change one.
    """
    return _safely(_kept.open, content, tuple(passwords))


def _safely(
    opener: Callable[[bytes, tuple[str, ...]], Workbook], content: bytes, passwords: tuple[str, ...]
) -> Workbook:
    """What the opener gives, and whatever it raises on damaged bytes as an error that says so."""
    try:
        return opener(content, passwords)
    except _DAMAGE as error:
        raise damaged() from error
    except DefusedXmlException as error:
        raise has_entities() from error
    except BaseException as error:
        # calamine panics on what it did not foresee, and a panic is no Exception.
        if type(error).__name__ != "PanicException":
            raise
        raise damaged() from error


def pack(workbook: Workbook) -> bytes | None:
    """A workbook as bytes for another process of this product; None for one that would not be kept there."""
    return pickle.dumps(workbook, pickle.HIGHEST_PROTOCOL) if _is_kept(workbook) else None


def keep_packed(sha256: str, passwords: Sequence[str], packed: bytes) -> None:
    """Keep a workbook that another process has opened from bytes with this SHA-256, as if it had been opened here."""
    _kept.keep_packed((sha256, tuple(passwords)), packed)


def hand_over_packed(sha256: str, passwords: Sequence[str]) -> bytes | None:
    """The workbook of bytes with this SHA-256 as another process gave it, which is kept here no more; None where none did."""
    return _kept.hand_over_packed((sha256, tuple(passwords)))


def _opened(content: bytes, passwords: Sequence[str]) -> Workbook:
    _judge_size(content)
    if content.startswith(SIGNATURE):
        return _opened_container(content, passwords)
    return _opened_package(content)


def _judge_size(content: bytes) -> None:
    if not content:
        raise UnreadableWorkbookError("empty-file", "ファイルの中身が空（0バイト）です。")
    if len(content) > MAX_FILE_BYTES:
        raise UnreadableWorkbookError("too-large", f"ファイルが{MAX_FILE_BYTES // 1_000_000}MBを超えています。")


def _opened_package(content: bytes) -> Workbook:
    try:
        archive = open_archive(content)
    except zipfile.BadZipFile:
        if content.startswith(_ZIP):
            raise
        from pipeline.workbooks.delimited import read_delimited

        return read_delimited(content, TABLE_SHEET)
    names = set(archive.namelist())
    if "xl/workbook.xml" in names:
        return read_xlsx(content, archive)
    if "xl/workbook.bin" in names:
        raise UnreadableWorkbookError(
            "binary-workbook",
            "Excelバイナリ形式（.xlsb）のファイルは読み取りません。.xlsx形式で保存し直して再提出してもらってください。",
        )
    if "mimetype" in names and archive.read("mimetype").startswith(_ODS):
        from pipeline.workbooks.ods import read_ods

        return read_ods(archive)
    raise not_excel()


def _opened_container(content: bytes, passwords: Sequence[str]) -> Workbook:
    from pipeline.workbooks.locked import unlock
    from pipeline.workbooks.xls import read_xls

    inner, has_password = unlock(content, passwords)
    stream = cells_stream(inner) if inner.startswith(SIGNATURE) else None
    workbook = _opened_package(inner) if stream is None else read_xls(inner, stream)
    if has_password:
        workbook.notes = (*workbook.notes, "password")
    return workbook


def _is_kept(workbook: Workbook) -> bool:
    return sum(map(len, workbook.sheets.values())) + len(workbook.remarks) <= MOST_CELLS


MOST_CELLS = 5_000
"""A form has fewer; of a larger workbook nobody expects to open it again."""
_Key = tuple[str, tuple[str, ...]]


class _Kept:
    """The workbooks that were opened last, by the hash of their bytes: few as they are used, many as another process gave them."""

    most_workbooks, most_packed = 200, 2_500

    def __init__(self) -> None:
        self._workbooks: dict[_Key, Workbook] = {}
        self._packed: dict[_Key, bytes] = {}

    def open(self, content: bytes, passwords: tuple[str, ...]) -> Workbook:
        key = hashlib.sha256(content).hexdigest(), passwords
        if key in self._workbooks:
            return self._workbooks[key]
        if key in self._packed:
            workbook: Workbook = pickle.loads(self._packed[key])  # noqa: S301 - of a process of this product's own
        else:
            workbook = _opened(content, passwords)
        if _is_kept(workbook):
            self._workbooks[key] = workbook
            _forget(self._workbooks, self.most_workbooks)
        return workbook

    def keep_packed(self, key: _Key, packed: bytes) -> None:
        self._packed[key] = packed
        _forget(self._packed, self.most_packed)

    def hand_over_packed(self, key: _Key) -> bytes | None:
        return self._packed.pop(key, None)


def _forget(kept: dict[_Key, Any], most: int) -> None:
    if len(kept) > most:
        del kept[next(iter(kept))]


_kept = _Kept()
