"""ZIP packages taken apart and put together again whole, and read once more by nothing but zlib."""

from __future__ import annotations

import struct
import warnings
import zipfile
import zlib
from collections.abc import Iterator, Sequence
from io import BytesIO

Parts = list[tuple[str, bytes]]
"""Name and content of each part, in their order; a name may stand there twice."""
_HEADER = b"PK\x03\x04"
_EPOCH = (2024, 11, 1, 0, 0, 0)
MOST = 64_000_000
"""Bytes that are taken of one part."""


def parts_of(content: bytes) -> Parts:
    """The parts of a package that is whole."""
    with zipfile.ZipFile(BytesIO(content)) as archive:
        return [(part.filename, archive.read(part)) for part in archive.infolist()]


def package_of(parts: Sequence[tuple[str, bytes]]) -> bytes:
    """A package of these parts, with right checksums; the same parts give the same bytes."""
    buffer = BytesIO()
    with warnings.catch_warnings(), zipfile.ZipFile(buffer, "w") as archive:
        warnings.simplefilter("ignore")
        for name, content in parts:
            info = zipfile.ZipInfo(name, _EPOCH)
            info.compress_type = zipfile.ZIP_STORED if name == "mimetype" else zipfile.ZIP_DEFLATED
            archive.writestr(info, content, compresslevel=1)
    return buffer.getvalue()


def scanned_parts(content: bytes) -> Iterator[tuple[str, bytes]]:
    """Whatever stands behind a local header, whole or not, checked against nothing: more than any reader of ZIPs would give."""
    place = content.find(_HEADER)
    while place >= 0:
        yield from _part_at(content, place)
        place = content.find(_HEADER, place + 4)


def _part_at(content: bytes, place: int) -> Iterator[tuple[str, bytes]]:
    if len(content) < place + 30:
        return
    method, size, _, name_length, more_length = struct.unpack_from("<8xHxxxxxxxxIIHH", content, place)
    start = place + 30 + name_length + more_length
    name = content[place + 30 : place + 30 + name_length].decode("utf-8", "replace")
    if method == 0:
        yield name, content[start : start + size]
        return
    try:
        yield name, zlib.decompressobj(-15).decompress(content[start:], MOST)
    except zlib.error:
        return
