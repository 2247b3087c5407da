"""Changes to the records of an .xls, in a container that is whole."""

from __future__ import annotations

import struct
from random import Random

from tests.fuzz.mutate_bytes import changed_bytes, changed_text
from tests.support.biff import record, records, stream_of, wrapped

_CELLS = (0x00FD, 0x0204, 0x0203, 0x027E, 0x0205, 0x00D6, 0x00BD, 0x0006, 0x0207)


def changed_records(content: bytes, random: Random) -> bytes:
    """An .xls with one to three of its records changed: gone, twice, moved, with other bytes or of another kind."""
    found = [(kind, body) for _, kind, body in records(stream_of(content))]
    for _ in range(random.choice((1, 1, 2, 3))):
        index = _pick(found, random)
        kind, body = found[index]
        match random.randrange(7):
            case 0:
                del found[index]
            case 1:
                found.insert(random.choice((index, random.randrange(len(found)))), (kind, body))
            case 2:
                found[index] = random.choice(found)[0], body
            case 3:
                found[index] = kind, changed_bytes(body, random) if body else b"\0"
            case 4:
                found[index] = kind, changed_text(body, random) if body else b"\xff\xff"
            case 5 if len(body) >= 4:
                place = struct.pack("<HH", random.choice((0, 1, 7, 65_535)), random.choice((0, 2, 255, 65_535)))
                found[index] = kind, place + body[4:]
            case _:
                other = random.randrange(len(found))
                found[index], found[other] = found[other], found[index]
    stream = b"".join(record(kind, body[:65_535]) for kind, body in found)
    if random.random() < 0.5:
        stream = _with_starts(stream)
    return wrapped(Workbook=stream)


def _pick(found: list[tuple[int, bytes]], random: Random) -> int:
    """A record, one of a cell as often as not."""
    cells = [index for index, (kind, _) in enumerate(found) if kind in _CELLS]
    return random.choice(cells) if cells and random.random() < 0.5 else random.randrange(len(found))


def _with_starts(stream: bytes) -> bytes:
    """The stream in which the list of the sheets says where they begin now."""
    begins = [position for position, kind, _ in records(stream) if kind == 0x0809][1:]
    changed = bytearray(stream)
    sheets = [position for position, kind, body in records(stream) if kind == 0x0085 and len(body) >= 4]
    for position, begin in zip(sheets, begins, strict=False):
        struct.pack_into("<I", changed, position + 4, begin)
    return bytes(changed)
