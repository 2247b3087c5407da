"""The names of an .ods file's XML, and the text that a cell of it shows."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

_ODF = "{urn:oasis:names:tc:opendocument:xmlns:"
OFFICE, TABLE, TEXT, STYLE = (f"{_ODF}{name}:1.0}}" for name in ("office", "table", "text", "style"))
CALC = "{urn:org:documentfoundation:names:experimental:calc:xmlns:calcext:1.0}"
_ANNOTATION = f"{OFFICE}annotation"
_LETTERS = {f"{TEXT}tab": "\t", f"{TEXT}line-break": "\n"}
_SILENT = {f"{TEXT}ruby-text", f"{TEXT}note", _ANNOTATION}
"""Readings above the letters, and what is said about a text."""


def shown_text(cell: Any) -> str:
    """The text that a cell shows, its paragraphs as lines, without its comment."""
    return "\n".join("".join(_letters(part)) for part in cell if part.tag == f"{TEXT}p")


def comment_of(cell: Any) -> str:
    """The text of a cell's comment, empty where there is none."""
    found = (part for part in cell if part.tag == _ANNOTATION)
    paragraphs = (part for comment in found for part in comment.iter(f"{TEXT}p"))
    return "\n".join("".join(_letters(part)) for part in paragraphs)


def _letters(element: Any) -> Iterator[str]:
    yield element.text or ""
    for part in element:
        if part.tag == f"{TEXT}s":
            yield " " * min(int(part.get(f"{TEXT}c", 1)), 1_000)
        elif part.tag in _LETTERS:
            yield _LETTERS[part.tag]
        elif part.tag not in _SILENT:
            yield from _letters(part)
        yield part.tail or ""
