"""What a file of the inbox brings: itself and, where it is a ZIP of returns, every file in it.

Nothing is ever written under the name that a ZIP gives it.
"""

from __future__ import annotations

import hashlib
import unicodedata
import zipfile
import zlib
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from io import BytesIO
from pathlib import PurePosixPath

from pipeline.collect.file_names import is_temporary
from pipeline.collect.recognise import RejectedReturnError
from pipeline.workbooks.limits import MAX_EXPANDED_BYTES, MAX_FILE_BYTES, MAX_PARTS, UnreadableWorkbookError
from schemas.visible import visible

_SIGNATURES = (b"PK\x03\x04", b"PK\x05\x06")
_OFFICE = (b"[Content_Types].xml", b"_rels/", b"docProps/", b"xl/", b"mimetype")
"""How the first part of an office program's file is named, with which no ZIP of returns begins."""
_OF_OFFICE = {
    "[Content_Types].xml", "mimetype", "xl/workbook.xml", "xl/workbook.bin", "word/document.xml", "ppt/presentation.xml",
}  # fmt: skip
_DAMAGE = (zipfile.BadZipFile, zlib.error, EOFError, OSError, ValueError, NotImplementedError, RuntimeError)
_UTF_8, _ENCRYPTED = 0x800, 0x1
_DEEPEST = 2


@dataclass(frozen=True)
class Arrival:
    """One file that came in. `content` is kept; `refusal` says why it is not looked into, `file_count` what a ZIP held.

    Of a part of a ZIP that is refused, the ZIP is what is kept.
    """

    name: str
    content: bytes
    size: int
    refusal: UnreadableWorkbookError | RejectedReturnError | None = None
    file_count: int | None = None

    @cached_property
    def sha256(self) -> str:
        """SHA-256 of what is kept."""
        return hashlib.sha256(self.content).hexdigest()


def arrivals(name: str, content: bytes, passwords: Sequence[str] = ()) -> Iterator[Arrival]:
    """The file itself, then the files in it where it is a ZIP of returns, the oldest first."""
    yield from _arrivals(name, content, passwords, _Allowance(), depth=0)


class _Allowance:
    """How much a file of the inbox may still bring, whatever lies in what."""

    def __init__(self) -> None:
        self._parts, self._size = MAX_PARTS, MAX_EXPANDED_BYTES

    def is_spent_by(self, parts: Sequence[zipfile.ZipInfo]) -> bool:
        self._parts -= len(parts)
        self._size -= sum(part.file_size for part in parts)
        return self._parts < 0 or self._size < 0


def _arrivals(
    name: str, content: bytes, passwords: Sequence[str], allowance: _Allowance, *, depth: int
) -> Iterator[Arrival]:
    try:
        archive = _opened(content)
    except _DAMAGE:
        is_named = name.lower().endswith(".zip")
        yield Arrival(name, content, len(content), _damaged() if is_named else None)
        return
    if archive is None:
        yield Arrival(name, content, len(content))
        return
    parts = [part for part in archive.infolist() if not part.filename.endswith("/")]
    names = {id(part): _name(part) for part in parts}
    wanted = [part for part in parts if not _is_left_out(names[id(part)])]
    refusal = _refusal(wanted, allowance, archive.infolist(), depth)
    yield Arrival(name, content, len(content), refusal, None if refusal else len(wanted))
    if refusal:
        return
    often = Counter(names[id(part)] for part in wanted)
    for part in sorted(wanted, key=lambda part: (part.date_time, names[id(part)])):
        own = names[id(part)]
        found, why = b"", _name_refusal(own, often[own])
        if why is None:
            found, why = _read(archive, part, passwords)
        if why is None:
            yield from _arrivals(f"{name}/{own}", found, passwords, allowance, depth=depth + 1)
        else:
            yield Arrival(f"{name}/{own}", content, part.file_size, why)


def _opened(content: bytes) -> zipfile.ZipFile | None:
    """The ZIP in these bytes, None where they are none, or are an office program's file."""
    if not content.startswith(_SIGNATURES) or content[30:60].startswith(_OFFICE):
        return None
    archive = zipfile.ZipFile(BytesIO(content))
    return None if _OF_OFFICE & set(archive.namelist()) else archive


def _name(part: zipfile.ZipInfo) -> str:
    """A part's name: said to be UTF-8, or not said and UTF-8 all the same, else as Windows writes Japanese."""
    name = part.filename
    if not part.flag_bits & _UTF_8:
        raw = name.encode("cp437", errors="replace")
        try:
            name = raw.decode("utf-8")
        except UnicodeDecodeError:
            name = raw.decode("cp932", errors="replace")
    return visible(unicodedata.normalize("NFC", name.replace("\\", "/")))


def _is_left_out(name: str) -> bool:
    return "__MACOSX" in name.split("/") or is_temporary(PurePosixPath(name))


def _refusal(
    wanted: Sequence[zipfile.ZipInfo], allowance: _Allowance, parts: Sequence[zipfile.ZipInfo], depth: int
) -> UnreadableWorkbookError | None:
    """Why a whole ZIP is refused."""
    if depth >= _DEEPEST:
        return UnreadableWorkbookError(
            "nested-zip",
            "ZIPファイルの中のZIPファイルに、さらにZIPファイルがあります。調査票だけを入れたZIPファイルで提出してもらってください。",
        )
    if allowance.is_spent_by(parts):
        return UnreadableWorkbookError(
            "expands-too-far", "ZIPファイルの中身の数又は展開後の大きさが上限を超えています。"
        )
    if not wanted:
        return UnreadableWorkbookError("empty-zip", "ZIPファイルの中にファイルがありません。")
    return None


def _name_refusal(name: str, count: int) -> UnreadableWorkbookError | None:
    if not name:
        return UnreadableWorkbookError(
            "unsafe-name",
            "ZIPファイルの中に、名前のないファイルがあります。開きません。名前を付けて送り直してもらってください。",
        )
    path = PurePosixPath(name)
    if path.is_absolute() or ".." in path.parts or ":" in name:
        return UnreadableWorkbookError("unsafe-name", "ZIPファイルの外の場所を指す名前のファイルです。開きません。")
    if count > 1:
        return UnreadableWorkbookError(
            "same-name",
            "ZIPファイルの中に同じ名前のファイルが複数あり、どれが正しいか分かりません。分けて提出してもらってください。",
        )
    return None


def _read(
    archive: zipfile.ZipFile, part: zipfile.ZipInfo, passwords: Sequence[str]
) -> tuple[bytes, UnreadableWorkbookError | None]:
    """A part's bytes, or why there are none. No more is taken than a file may have, whatever the ZIP says of its size."""
    if part.file_size > MAX_FILE_BYTES:
        return b"", UnreadableWorkbookError("too-large", f"ファイルが{MAX_FILE_BYTES // 1_000_000}MBを超えています。")
    is_locked = bool(part.flag_bits & _ENCRYPTED)
    keys: list[bytes | None] = [None]
    if is_locked:
        keys = [password.encode(code, "ignore") for password in passwords for code in ("utf-8", "cp932")]
    for key in dict.fromkeys(keys):
        try:
            with archive.open(part, pwd=key) as file:
                found = file.read(MAX_FILE_BYTES + 1)
            if len(found) == part.file_size:
                return found, None
        except _DAMAGE:
            continue
    if is_locked:
        return b"", UnreadableWorkbookError(
            "encrypted",
            "ZIPファイルの中のパスワード付きのファイルで、登録されたパスワードでは開けません。パスワードを passwords.yaml に書いてから"
            "もう一度受け付けるか、パスワードのないファイルで再提出してもらってください。",
        )
    return b"", _damaged()


def _damaged() -> UnreadableWorkbookError:
    return UnreadableWorkbookError(
        "damaged-zip", "ZIPファイルとして読み取れません（破損の可能性）。もう一度送ってもらってください。"
    )
