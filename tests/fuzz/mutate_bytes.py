"""Changes to bytes that know nothing of what the bytes mean, and files that are no workbooks at all."""

from __future__ import annotations

from collections.abc import Callable
from random import Random

Change = Callable[[bytes, Random], bytes]

_BEGINNINGS = (
    b"", b"PK\x03\x04", b"PK\x05\x06", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", b"%PDF-1.7\n", b"\xef\xbb\xbf", b"\xff\xfe", b"<?xml",
    b"<html><table>", b"{\\rtf1", b"\t\x08\x10\0\0\x06\x05\0",
)  # fmt: skip


def _flip(content: bytes, random: Random) -> bytes:
    place = random.randrange(len(content))
    return content[:place] + bytes([content[place] ^ 1 << random.randrange(8)]) + content[place + 1 :]


def _set(content: bytes, random: Random) -> bytes:
    place = random.randrange(len(content))
    return (
        content[:place]
        + random.choice((b"\0", b"\xff", b"\x7f", b"<", b'"', random.randbytes(1)))
        + content[place + 1 :]
    )


def _delete(content: bytes, random: Random) -> bytes:
    start, end = _block(content, random)
    return content[:start] + content[end:]


def _insert(content: bytes, random: Random) -> bytes:
    place = random.randrange(len(content) + 1)
    return content[:place] + random.randbytes(_length(random)) + content[place:]


def _truncate(content: bytes, random: Random) -> bytes:
    return (
        content[: random.randrange(len(content))]
        if random.random() < 0.7
        else content[random.randrange(len(content)) :]
    )


def _duplicate(content: bytes, random: Random) -> bytes:
    start, end = _block(content, random)
    times = random.choice((1, 1, 1, 2, 50))
    return content[:end] + content[start:end] * times + content[end:]


def _swap(content: bytes, random: Random) -> bytes:
    first, second = sorted((_block(content, random), _block(content, random)))
    if first[1] > second[0]:
        return _flip(content, random)
    parts = (
        content[: first[0]], content[slice(*second)], content[first[1] : second[0]], content[slice(*first)], content[second[1] :],
    )  # fmt: skip
    return b"".join(parts)


def _zeros(content: bytes, random: Random) -> bytes:
    start, end = _block(content, random)
    return content[:start] + bytes(end - start) + content[end:]


def _overwrite(content: bytes, random: Random) -> bytes:
    start, end = _block(content, random)
    return content[:start] + random.randbytes(end - start) + content[end:]


def _copy_over(content: bytes, random: Random) -> bytes:
    start, end = _block(content, random)
    place = random.randrange(len(content) - (end - start) + 1)
    return content[:place] + content[start:end] + content[place + end - start :]


def _digit(content: bytes, random: Random) -> bytes:
    """Another digit for a digit: what is still well-formed, and says something else."""
    places = [place for place in _some(content, random) if content[place : place + 1].isdigit()]
    if not places:
        return _flip(content, random)
    place = random.choice(places)
    return (
        content[:place]
        + random.choice((b"0", b"1", b"9", b"-", b"99999999", b"%d" % random.randrange(10)))
        + content[place + 1 :]
    )


def _letter(content: bytes, random: Random) -> bytes:
    places = [place for place in _some(content, random) if content[place : place + 1].isalpha()]
    if not places:
        return _flip(content, random)
    place = random.choice(places)
    return content[:place] + bytes([random.choice(b"abcrstvxACEOSZ")]) + content[place + 1 :]


def _some(content: bytes, random: Random) -> range:
    start = random.randrange(len(content))
    return range(start, min(len(content), start + 200))


def _length(random: Random) -> int:
    return random.choice((1, 1, 2, 4, 8, 16, 64, 512, 4_096))


def _block(content: bytes, random: Random) -> tuple[int, int]:
    start = random.randrange(len(content))
    return start, min(len(content), start + _length(random))


BLIND: tuple[Change, ...] = (
    _flip, _set, _delete, _insert, _truncate, _duplicate, _swap, _zeros, _overwrite, _copy_over,
)  # fmt: skip
"""What can befall any bytes."""
GENTLE: tuple[Change, ...] = (_digit, _digit, _digit, _letter, _letter, _flip, _set, _copy_over)
"""What more often leaves a text well-formed."""


def changed_bytes(content: bytes, random: Random) -> bytes:
    """The content with one to four changes to its bytes; always other bytes, unless it is empty."""
    return _changed(content, random, BLIND)


def changed_text(content: bytes, random: Random) -> bytes:
    """The content of a part with changes, most of them such that a reader of XML goes on."""
    return _changed(content, random, GENTLE if random.random() < 0.75 else BLIND)


def _changed(content: bytes, random: Random, changes: tuple[Change, ...]) -> bytes:
    found = content
    for _ in range(random.choice((1, 1, 2, 4))):
        if found:
            found = random.choice(changes)(found, random)
    return found if found != content or not content else _flip(content, random)


def strange_bytes(content: bytes, random: Random) -> bytes:
    """Bytes that are no workbook, or that only begin or end like this one."""
    noise = random.randbytes(random.choice((0, 1, 30, 600, 50_000)))
    match random.randrange(5):
        case 0:
            return random.choice(_BEGINNINGS) + noise
        case 1:
            return content[: random.choice((4, 8, 30, 512, 600))] + noise
        case 2:
            return b"\n" + noise + content
        case 3:
            return content + noise + b"\n"
        case _:
            return content + content[: random.randrange(1, len(content))]
