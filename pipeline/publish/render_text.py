"""A document as plain text, with the indents of the printed report."""

from __future__ import annotations

from collections.abc import Iterator

from pipeline.publish.document import Block, Document, Run, Table, Words, words


def render_text(document: Document) -> str:
    """Return the report as UTF-8 text with LF line ends."""
    return "\n".join(line.text for line in text_lines(document)) + "\n"


def text_lines(document: Document) -> list[Words]:
    """Every line of the text, from the first, with what stands behind it."""
    lines = list(_lines(document))
    while not lines[0].runs:
        del lines[0]
    return lines


def _lines(document: Document) -> Iterator[Words]:
    yield from (_between("【", notice, "】") for notice in document.notices)
    if document.watermark:
        yield _between("〔", document.watermark, "〕")
    yield from (words(), document.title, words())
    for number, block in enumerate(document.blocks):
        if block.kind == "heading" and number:
            yield words()
        yield from _table_lines(block.table) if block.table else [_line(block)]
    if document.closing:
        yield from (words(), *document.closing)


def _table_lines(table: Table) -> Iterator[Words]:
    """A line for every row: each cell that is not empty behind the head of its column."""
    for row in table.rows:
        parts: list[str | Run] = []
        for head, cell in zip(table.header, row, strict=True):
            if cell.text:
                parts += [*(["　"] if parts else []), *head.runs, "：", *cell.runs]
        yield words("　　・", *parts)


def _between(opening: str, found: Words, closing: str) -> Words:
    return words(opening, *found.runs, closing)


def _line(block: Block) -> Words:
    if block.kind == "heading":
        return words("　" * max(block.level - 2, 0), *block.words.runs)
    if block.kind == "item":
        return words("　" * (block.level + 1) + "・", *block.words.runs)
    return words("　　", *block.words.runs)
