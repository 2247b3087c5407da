"""The cells of a worksheet's XML that are written as office programs write them, taken out of it before it is judged.

They are nearly all of a form. What is judged letter by letter is the rest, a sixth of the bytes.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cached_property

_PLAIN = re.compile(
    rb'<c r="([A-Z]{1,2}[1-9]\d{0,2})"(?: s="\d{1,5}")?'
    rb'(?:(?: t="n")? ?/>|></c>| t="s"><v>(?:0|[1-9]\d{0,8})</v></c>| t="b"><v>[01]</v></c>'
    rb'|(?: t="n")?><v>-?\d{1,15}(?:\.\d{1,17})?(?:E[-+]?\d{1,3})?</v></c>)'
)
"""A cell near the corner, empty or with a number, a truth or the number of a shared string: ASCII that needs no judging."""
_MARK = b"<_/>"
"""Stands for one or more of them in a row, as a whole element: where one is not allowed, the rest is no XML either."""

# Each beginning with its literal: two are found much faster than one with a choice in front.
_CELL = (re.compile(rb"<c[\s/>]"), re.compile(rb":c[\s/>]"))


@dataclass(frozen=True)
class SheetText:
    """The XML of a worksheet: all of it, the places of its plain cells as C7, and `rest` with marks in their place."""

    all: bytes

    @cached_property
    def _parts(self) -> list[bytes]:
        return _PLAIN.split(self.all)

    @cached_property
    def places(self) -> list[bytes]:
        """The plain cells' places, in their order."""
        return self._parts[1::2]

    @cached_property
    def rest(self) -> bytes:
        """What else there is: rows, columns, merged areas, what is printed, and cells that are written in any other way."""
        first, *others = self._parts[0::2]
        return _MARK.join([first, *filter(None, others[:-1]), *others[-1:]])

    @cached_property
    def is_plain(self) -> bool:
        """Whether all cells are plain ones: there is no text, formula or error in them, for these are written in other ways."""
        return not any(cell.search(self.rest) for cell in _CELL)
