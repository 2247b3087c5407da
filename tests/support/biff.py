"""An .xls taken apart and put together by hand: records that no program writes, and the old encryption."""

from __future__ import annotations

import hashlib
import struct
from collections.abc import Iterator
from io import BytesIO

import olefile

SHEET, BEGIN, END = 0x0085, 0x0809, 0x000A
NUMBER, LINK, PASSWORD = 0x0203, 0x01AE, 0x002F
_FREE, _CHAIN_END, _FAT = 0xFFFFFFFF, 0xFFFFFFFE, 0xFFFFFFFD
_SECTOR = 512


def stream_of(content: bytes) -> bytes:
    """The records of an .xls."""
    with olefile.OleFileIO(BytesIO(content)) as file:
        found: bytes = file.openstream("Workbook").read()
        return found


def record(kind: int, body: bytes) -> bytes:
    """One record."""
    return struct.pack("<HH", kind, len(body)) + body


def number(row: int, column: int, value: float) -> bytes:
    """A cell with a number; row and column are counted from 0."""
    return record(NUMBER, struct.pack("<HHHd", row, column, 15, value))


def records(stream: bytes) -> Iterator[tuple[int, int, bytes]]:
    """Every record: where it begins, its kind, its body."""
    position = 0
    while position + 4 <= len(stream):
        kind, length = struct.unpack_from("<HH", stream, position)
        if kind == length == 0:
            return
        yield position, kind, stream[position + 4 : position + 4 + length]
        position += 4 + length


def with_added(stream: bytes, added: bytes, *, is_global: bool = False) -> bytes:
    """The records with others added: at the end of the first sheet, or of what stands ahead of the sheets."""
    ends = [position for position, kind, _ in records(stream) if kind == END]
    place = ends[0] if is_global else ends[1]
    return _moved(stream, place, len(added))[:place] + added + _moved(stream, place, len(added))[place:]


def _moved(stream: bytes, place: int, distance: int) -> bytes:
    """The records with the sheets behind a place said to begin further on."""
    moved = bytearray(stream)
    for position, kind, body in records(stream):
        if kind == SHEET and (start := struct.unpack_from("<I", body)[0]) >= place:
            struct.pack_into("<I", moved, position + 4, start + distance)
    return bytes(moved)


def wrapped(**streams: bytes) -> bytes:
    """A compound file with these streams; each is filled up to 4,096 bytes, below which streams are kept otherwise."""
    padded = {name: stream + bytes(4) * -(-(4_096 - len(stream)) // 4) for name, stream in streams.items()}
    chains: list[list[int]] = []
    sectors: list[bytes] = []
    for stream in padded.values():
        count = -(-len(stream) // _SECTOR)
        chains.append([*range(len(sectors), len(sectors) + count)])
        sectors += [stream[i * _SECTOR : (i + 1) * _SECTOR].ljust(_SECTOR, b"\0") for i in range(count)]
    entries = [_entry("Root Entry", 5, _CHAIN_END, 0, child=1)]
    for number_, ((name, stream), chain) in enumerate(zip(padded.items(), chains, strict=True), start=1):
        entries.append(_entry(name, 2, chain[0], len(stream), right=number_ + 1 if number_ < len(padded) else _FREE))
    folder = b"".join(entries).ljust(-(-len(entries) // 4) * _SECTOR, b"\0")
    first_folder = len(sectors)
    chains.append([*range(first_folder, first_folder + len(folder) // _SECTOR)])
    sectors += [folder[i : i + _SECTOR] for i in range(0, len(folder), _SECTOR)]
    fat_count = next(n for n in range(1, 110) if n * 128 >= len(sectors) + n)
    fat = [_FREE] * (fat_count * 128)
    for chain in chains:
        for here, there in zip(chain, [*chain[1:], _CHAIN_END], strict=True):
            fat[here] = there
    first_fat = len(sectors)
    fat[first_fat : first_fat + fat_count] = [_FAT] * fat_count
    table = [*range(first_fat, first_fat + fat_count)] + [_FREE] * (109 - fat_count)
    header = struct.pack(
        "<8s16sHHHHH6xIIIIIIIII", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", bytes(16), 0x3E, 3, 0xFFFE, 9, 6, 0, fat_count,
        first_folder, 0, 4_096, _CHAIN_END, 0, _CHAIN_END, 0,
    )  # fmt: skip
    return header + struct.pack("<109I", *table) + b"".join(sectors) + struct.pack(f"<{len(fat)}I", *fat)


def _entry(name: str, kind: int, start: int, size: int, *, right: int = _FREE, child: int = _FREE) -> bytes:
    letters = name.encode("utf-16-le")
    return struct.pack(
        "<64sHBBIII16sIQQIQ", letters, len(letters) + 2, kind, 1, _FREE, right, child, bytes(16), 0, 0, 0, start, size
    )


def locked(stream: bytes, password: str) -> bytes:
    """The records encrypted as Excel 97 does, by RC4."""
    salt, verifier = bytes(range(16)), bytes(range(16, 32))
    first = hashlib.md5(password.encode("utf-16-le")).digest()[:5]  # noqa: S324 - the format's own
    base = hashlib.md5((first + salt) * 16).digest()[:5]  # noqa: S324
    secret = _rc4(_key(base, 0), verifier + hashlib.md5(verifier).digest())  # noqa: S324
    body = struct.pack("<HHH", 1, 1, 1) + salt + secret
    begin_length = 4 + struct.unpack_from("<H", stream, 2)[0]
    told = record(PASSWORD, body)
    plain = _moved(stream, begin_length, len(told))
    plain = plain[:begin_length] + told + plain[begin_length:]
    hidden = b"".join(
        _rc4(_key(base, block), plain[block * 1_024 : (block + 1) * 1_024]) for block in range(-(-len(plain) // 1_024))
    )
    mixed = bytearray(plain)
    for position, kind, found in records(plain):
        start = position + 4 + (4 if kind == SHEET else 0)
        if kind not in (BEGIN, PASSWORD):
            mixed[start : position + 4 + len(found)] = hidden[start : position + 4 + len(found)]
    return bytes(mixed)


def _key(base: bytes, block: int) -> bytes:
    return hashlib.md5(base + struct.pack("<I", block)).digest()  # noqa: S324


def _rc4(key: bytes, data: bytes) -> bytes:
    state, j = list(range(256)), 0
    for i in range(256):
        j = (j + state[i] + key[i % len(key)]) % 256
        state[i], state[j] = state[j], state[i]
    i = j = 0
    out = bytearray()
    for byte in data:
        i = (i + 1) % 256
        j = (j + state[i]) % 256
        state[i], state[j] = state[j], state[i]
        out.append(byte ^ state[(state[i] + state[j]) % 256])
    return bytes(out)
