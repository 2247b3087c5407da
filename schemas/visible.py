"""Letters that nobody sees, told by their numbers: they can turn a text round, or command the terminal that shows it."""

from __future__ import annotations

import re
from typing import Final

DIRECTION_MARKS: Final = "\u202a-\u202e\u2066-\u2069"
"""Letters without a shape that turn the letters behind them round (Unicode Standard Annex 9), as a range of a regular expression."""
UNSEEN: Final = re.compile(
    rf"[\x00-\x1f\x7f-\x9f\u200b-\u200f\u2028\u2029\u2060-\u2064\ufeff\ufffe\uffff\ud800-\udfff{DIRECTION_MARKS}]"
)
"""Control characters, those without width, ends of lines, marks of direction, and what is no letter at all."""
UNFIT: Final = re.compile(rf"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ufffe\uffff\ud800-\udfff{DIRECTION_MARKS}]")
"""Of these, what no document may hold: it commands a device, turns a page round, or is no letter in XML."""


def visible(text: str, *, kept: str = "") -> str:
    """A text in which letters that nobody sees are told by their number, as <U+202E>; those of `kept` stay."""
    return UNSEEN.sub(lambda letter: letter.group() if letter.group() in kept else _told(letter), text)


def fit_for_documents(text: str) -> str:
    """A text in which letters that no document may hold are told by their number."""
    return UNFIT.sub(_told, text)


def _told(letter: re.Match[str]) -> str:
    return f"<U+{ord(letter.group()):04X}>"
