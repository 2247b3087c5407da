"""Documents that have to go on one page: type of fixed heights, whatever the fonts, and how much of a page they take."""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass
from math import ceil
from typing import Any

from docx.document import Document as DocxDocument
from docx.enum.text import WD_LINE_SPACING
from docx.oxml.ns import qn
from docx.shared import Length, Pt

from pipeline.publish.document import Document, Words
from pipeline.publish.docx_template import DocxTemplate, page_parts
from pipeline.publish.layout import column_shares


@dataclass(frozen=True)
class Fixed:
    """Points of a character, of a line, and above and below a paragraph."""

    size: float
    line: float
    before: float
    after: float


TITLE, HEADING = Fixed(14, 19, 0, 4), Fixed(10, 13, 5, 1.5)
TEXT, CELL = Fixed(9, 12, 0, 1), Fixed(8, 10.5, 0.75, 0.75)
AFTER_TABLE = 3
CELL_SIDES, BORDER, INDENT = 11.0, 0.5, 28.0
"""Points beside a cell's text and of a line between cells; of a list's indent, whatever the template's is."""
HEADER_LINE = 12.0
"""Points of a line of ours in a header."""
RESERVE = 0.97
"""Of a page's height: lines break where no line may begin or end with a mark, and letters are not all as wide as counted."""


def set_compact(file: DocxDocument) -> None:
    """Fix the height of every line of a document's body."""
    looks = {style.style_id: HEADING for style in file.styles if str(style.name).startswith("Heading")}
    looks[file.styles["Title"].style_id] = TITLE
    body = file.element.body
    for paragraph in body.iter(qn("w:p")):
        in_table = paragraph.getparent().tag != body.tag
        _fix(paragraph, CELL if in_table else looks.get(paragraph.style, TEXT))


def _fix(paragraph: Any, fixed: Fixed) -> None:
    look = paragraph.get_or_add_pPr()
    look.spacing_lineRule, look.spacing_line = WD_LINE_SPACING.EXACTLY, Pt(fixed.line)
    look.spacing_before, look.spacing_after, look.pageBreakBefore_val = Pt(fixed.before), Pt(fixed.after), False
    for run in paragraph.r_lst:
        run.get_or_add_rPr().sz_val = Pt(fixed.size)


@dataclass(frozen=True)
class Room:
    """The text area of a page, in points."""

    width: float
    height: float


def room_of(template: DocxTemplate, notices: int) -> Room:
    """What a first page leaves for its text, where so many notices stand below what the template's header and footer hold."""
    file = template.open()
    section = file.sections[0]
    parts = list(page_parts(file))
    on_first = [part for part in parts if part.is_first] or parts[:2]
    left, right, gutter = (_points(v) for v in (section.left_margin, section.right_margin, section.gutter))
    edges = []
    for kind, margin, distance in (
        ("header", section.top_margin, section.header_distance), ("footer", section.bottom_margin, section.footer_distance),
    ):  # fmt: skip
        part = next(part for part in on_first if part.kind == kind)
        ours = 0 if part.is_first else notices if kind == "header" else 1
        own = _part_height(part.element, len(part.texts))
        edges.append(max(_points(margin), _points(distance) + own + ours * HEADER_LINE))
    width = _points(section.page_width) - left - right - gutter
    return Room(width, (_points(section.page_height) - sum(edges)) * RESERVE)


def _points(value: Any) -> float:
    return float(Length(value or 0).pt)


def _part_height(element: Any, paragraphs: int) -> float:
    """Of what a header holds: its lines, and its pictures one below the other."""
    drawing = "{http://schemas.openxmlformats.org/drawingml/2006/wordprocessingDrawing}"
    pictures = sum(int(extent.get("cy", 0)) for extent in element.iter(f"{drawing}extent"))
    return max(paragraphs - 1, 0) * 18 + _points(pictures)


def height_of(document: Document, width: float) -> float:
    """Points that a document takes on paper of this width, as `set_compact` sets it."""
    height = _height(document.title.text, TITLE, width)
    height += sum(_height(f"【{notice.text}】", TEXT, width) for notice in document.notices)
    height += sum(_height(line.text, TEXT, width) for line in document.closing)
    for block in document.blocks:
        if block.table:
            shares = column_shares(block.table)
            rows = (block.table.header, *block.table.rows)
            height += sum(_row_height(row, shares, width) for row in rows) + AFTER_TABLE
        elif block.kind == "heading":
            height += _height(block.text, HEADING, width)
        else:
            height += _height(block.text, TEXT, width - INDENT)
    return height


def _row_height(row: tuple[Words, ...], shares: list[float], width: float) -> float:
    cells = zip(row, shares, strict=True)
    return max(_height(cell.text, CELL, share * width - CELL_SIDES) for cell, share in cells) + BORDER


def _height(text: str, fixed: Fixed, width: float) -> float:
    """Of a paragraph in points; of several lines each holds a letter less than would fit, for one that may not stand there."""
    letters = sum(1.0 if unicodedata.east_asian_width(letter) in "WFA" else 0.6 for letter in text)
    fits = max(width / fixed.size, 2)
    lines = 1 if letters <= fits - 0.5 else ceil(letters / (fits - 1))
    return lines * fixed.line + fixed.before + fixed.after
