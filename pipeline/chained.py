"""Append-only lists as JSON lines, each with the hash of the line before, so that an edited or lost line is noticed."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self, TypeVar

from pydantic import BaseModel, ConfigDict

from pipeline.home import write_atomically
from schemas.errors import InputError

GENESIS = "0" * 64


class ChainedLine(BaseModel):
    """One line of a list: its number, and the hash of the line before and of its own content."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    seq: int
    previous_hash: str
    hash: str

    def computed_hash(self) -> str:
        """SHA-256 over every other field that has a value, the previous line's hash among them."""
        content = self.model_dump(mode="json", exclude={"hash"}, exclude_defaults=True)
        return hash_of(content)

    def written(self) -> str:
        """The line as it stands in the list, without what has no value."""
        return self.model_dump_json(exclude_defaults=True)

    def sealed(self) -> Self:
        """The line with the hash of its content."""
        return self.model_copy(update={"hash": self.computed_hash()})


Line = TypeVar("Line", bound=ChainedLine)


def hash_of(content: Mapping[str, Any]) -> str:
    """SHA-256 over JSON-ready data."""
    return hashlib.sha256(json.dumps(content, sort_keys=True, ensure_ascii=False).encode()).hexdigest()


def read_chain(path: Path, kind: type[Line]) -> list[Line]:
    """Read a list and check its chain; an absent one is empty.

    Raises InputError that names the first line that is damaged or does not follow from the line before.
    """
    if not path.exists():
        return []
    known, content = _known.get((str(path), kind), _Known()), path.read_bytes()
    if not content.startswith(known.content):
        known = _Known()
    if content == known.content and known.lines:
        return list(known.lines)
    lines = [*known.lines, *_checked_lines(str(path), content[len(known.content) :], kind, known.lines)]
    if content.endswith(b"\n"):
        _known[str(path), kind] = _Known(content, tuple(lines))
        for oldest in list(_known)[:-MOST_KNOWN]:
            del _known[oldest]
    return lines


def _checked_lines(path: str, content: bytes, kind: type[Line], before: Sequence[Line]) -> Iterator[Line]:
    number, previous = len(before), before[-1].hash if before else GENESIS
    for text in content.removesuffix(b"\n").split(b"\n"):
        number += 1
        try:
            line = kind.model_validate_json(text)
        except ValueError as error:
            raise _broken(path, number, "the line is damaged") from error
        if line.previous_hash != previous or line.hash != line.computed_hash():
            raise _broken(path, number, "the hash chain is broken")
        yield line
        previous = line.hash


@dataclass(frozen=True)
class _Known:
    """A list as it was read last: its bytes, and its lines."""

    content: bytes = b""
    lines: tuple[Any, ...] = ()


MOST_KNOWN = 8
"""How many lists are known; of each, which a run asks for a dozen times, only new lines are checked again."""
_known: dict[tuple[str, type[ChainedLine]], _Known] = {}


def _broken(path: str, line: int, found: str) -> InputError:
    return InputError(
        reference="broken-ledger", where=f"{path}:{line}", found=found,
        expected="a line that carries the hash of the line before",
        fix="restore the file from a backup; never edit it by hand",
    )  # fmt: skip


def chain(previous: Sequence[Line], drafts: Sequence[Mapping[str, Any]], kind: type[Line]) -> list[Line]:
    """Turn drafts without number and hash into lines that continue a list."""
    lines: list[Line] = []
    last, number = (previous[-1].hash, previous[-1].seq) if previous else (GENESIS, 0)
    for draft in drafts:
        number += 1
        line = kind.model_validate({**draft, "seq": number, "previous_hash": last, "hash": ""}).sealed()
        lines.append(line)
        last = line.hash
    return lines


def append_lines(path: Path, lines: Sequence[ChainedLine]) -> None:
    """Add lines at the end of a list; all of them are on disk, or none."""
    if lines:
        text = "".join(f"{line.written()}\n" for line in lines)
        write_atomically(path, lines_before(path) + text.encode())


def lines_before(path: Path) -> bytes:
    """What a list holds already, the last line ended too where a program that opened the file took its end away."""
    before = path.read_bytes() if path.exists() else b""
    return before if before.endswith(b"\n") or not before else before + b"\n"
