"""What an item of a standard is, and what is found when a file is examined by it."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from pipeline.publish.standards.book import Book

Verdict = Literal["pass", "fail", "not_applicable", "unverifiable"]
VERDICTS: dict[Verdict, str] = {
    "fail": "不適合", "unverifiable": "確認不能", "pass": "適合", "not_applicable": "対象外",
}  # fmt: skip
"""From what weighs most to what weighs least, with what a reader is told."""


@dataclass(frozen=True)
class Fault:
    """A place that does not keep to an item: what is there, and what to do, in Japanese.

    `cell` is an address or an area, empty where the sheet or the file as a whole is meant; a CSV file has no sheet.
    """

    found: str
    fix: str
    sheet: str = ""
    cell: str = ""

    @property
    def place(self) -> str:
        """The sheet and the cell, as far as there are any."""
        return "!".join(filter(None, (self.sheet, self.cell)))


@dataclass(frozen=True)
class Judged:
    """The verdict on one item. `reason` says in Japanese why it is none of pass and fail."""

    verdict: Verdict
    reason: str = ""
    faults: tuple[Fault, ...] = ()


@dataclass(frozen=True)
class Item:
    """An item of a standard: what it asks in Japanese, and how a file is judged by it.

    `is_essential` says that the standard itself calls it essential.
    """

    number: str
    statement: str
    check: Callable[[Book], Judged]
    is_essential: bool = False


@dataclass(frozen=True)
class Standard:
    """A standard with all of its items, in its own order."""

    id: str
    title: str
    items: tuple[Item, ...]


def by_faults(faults: Iterable[Fault]) -> Judged:
    """A failure with all of its places, or a pass."""
    found = tuple(faults)
    return Judged("fail", faults=found) if found else Judged("pass")


def not_applicable(reason: str) -> Judged:
    """The verdict on an item that asks nothing of this file."""
    return Judged("not_applicable", reason)


def unverifiable(reason: str) -> Judged:
    """The verdict on an item that code cannot judge in this file."""
    return Judged("unverifiable", reason)
