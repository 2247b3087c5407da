"""A document as a tagged PDF (PDF/UA-1) on A4, in fonts that it carries within itself; its bytes follow from its content."""

from __future__ import annotations

import json
import unicodedata
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from functools import lru_cache
from importlib.resources import files
from pathlib import Path
from typing import Any

from pipeline.publish.document import Block, Document, Run, Words, constant, words
from pipeline.publish.layout import column_shares

GETA = "〓"
"""What a printer sets for a letter that the fonts lack."""
VARIATIONS = frozenset((*range(0xFE00, 0xFE10), *range(0xE0100, 0xE01F0)))
"""Choose between forms of the letter before them, where the font has both."""
BULLET = "・"
WATERMARK = "案"


def render_pdf(document: Document, created: datetime) -> bytes:
    """Return the report as PDF bytes; `created` is the only time in it. No text of it is ever read as markup."""
    import typst

    folders = sorted({str(path.parent) for path in _fonts()})
    source = files("pipeline.publish") / "templates" / "document.typ"
    return bytes(
        typst.compile(
            source.read_bytes(),
            format="pdf",
            font_paths=typst.Fonts(include_system_fonts=False, include_embedded_fonts=False, font_paths=folders),
            sys_inputs={"document": json.dumps(_data(document), ensure_ascii=False)},
            pdf_standards=["ua-1"],
            timestamp=created.astimezone(UTC),
        )
    )


def pdf_lines(document: Document, pages: int) -> dict[str, list[Words]]:
    """The words of every tagged element of a PDF of so many pages, of what stands on each page, and of its bookmarks.

    Headings are told again as their tags' titles, the title in the properties of two kinds that a PDF has.
    """
    body = [
        *(words("【", *notice.runs, "】") for notice in document.notices),
        document.title,
        *_body(document.blocks),
        *document.closing,
    ]
    headings = [_printable_words(block.words) for block in document.blocks if block.kind == "heading"]
    numbers = range(1, pages + 1)
    return {
        "element": [_printable_words(line) for line in body],
        "header": [_printable_words(line) for number in numbers if (line := _header(document, number)).text],
        "footer": [words(constant(number, "page"), " / ", constant(pages, "number of pages")) for number in numbers],
        "background": [words(WATERMARK)] * (pages if document.watermark else 0),
        "heading": headings,
        "bookmark": headings,
        "property": [_printable_words(document.title)] * 2,
    }


def _body(blocks: Sequence[Block]) -> Iterator[Words]:
    for block in blocks:
        for place in block.places:
            if block.kind == "item":
                yield words(BULLET)
            yield place


def _header(document: Document, page: int) -> Words:
    """The first page has the notices in its text."""
    found = [document.watermark] if document.watermark else []
    return Words(tuple(run for line in [*found, *(document.notices if page > 1 else ())] for run in line.runs))


def _printable_words(line: Words) -> Words:
    return Words(tuple(Run(printable(run.text), run.source) for run in line.runs))


def printable(text: str) -> str:
    """A text as it can be printed: without control characters, which could turn its direction, and 〓 for letters that no
    font has.
    """
    kept = (" " if letter in "\t\n\r" else letter for letter in text)
    return "".join(
        letter if ord(letter) in _coverage() else GETA
        for letter in kept
        if unicodedata.category(letter) not in ("Cc", "Cf")
    )


def _data(document: Document) -> dict[str, Any]:
    """A document as the template takes it."""
    first = [document.watermark] if document.watermark else []
    return {
        "title": _text(document.title),
        "notices": [_text(notice) for notice in document.notices],
        "first": [_text(line) for line in first],
        "header": [_text(line) for line in [*first, *document.notices]],
        "watermark": WATERMARK if document.watermark else None,
        "blocks": list(_blocks(document.blocks)),
        "closing": [_text(line) for line in document.closing],
    }


def _text(line: Words) -> str:
    return printable(line.text)


def _blocks(blocks: Sequence[Block]) -> Iterator[dict[str, Any]]:
    """Items in a row are one list; no heading lies more than one level below the one before it, as tags demand."""
    outline = 0
    items: list[str] = []
    for number, block in enumerate(blocks):
        following = blocks[number + 1].kind if number + 1 < len(blocks) else None
        if block.kind == "item":
            items.append(_text(block.words))
            if following != "item":
                yield {"kind": "items", "items": items}
                items = []
        elif block.table:
            yield {
                "kind": "table",
                "shares": column_shares(block.table),
                "header": [_text(cell) for cell in block.table.header],
                "rows": [[_text(cell) for cell in row] for row in block.table.rows],
            }
        elif block.kind == "heading":
            level = min(block.level, 4)
            outline = min(level, outline + 1)
            yield {"kind": "heading", "level": level, "outline": outline, "text": _text(block.words)}
        else:
            yield {"kind": "paragraph", "text": _text(block.words), "leads": following in ("item", "table")}


def _fonts() -> tuple[Path, ...]:
    import pylopdf_fonts_jp

    return pylopdf_fonts_jp.serif_path(), pylopdf_fonts_jp.sans_path()


@lru_cache(maxsize=1)
def _coverage() -> frozenset[int]:
    """The letters that one of the fonts has, and what chooses between their forms."""
    return VARIATIONS.union(*(_letters(path.read_bytes()) for path in _fonts()))


def _letters(font: bytes) -> Iterator[int]:
    """The code points in the `cmap` of an OpenType font, from its table of format 12."""

    def number(place: int, size: int) -> int:
        return int.from_bytes(font[place : place + size], "big")

    tables = {font[place : place + 4]: number(place + 8, 4) for place in range(12, 12 + 16 * number(4, 2), 16)}
    start = tables[b"cmap"]
    for record in range(start + 4, start + 4 + 8 * number(start + 2, 2), 8):
        table = start + number(record + 4, 4)
        if number(table, 2) == 12:
            for group in range(table + 16, table + 16 + 12 * number(table + 12, 4), 12):
                yield from range(number(group, 4), number(group + 4, 4) + 1)
