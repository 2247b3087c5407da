"""Where a sheet's printed pages end: never between a heading and what it heads, nor inside what one page can hold.

The program that prints scales a sheet to one page's width; how many rows then fit is reckoned here, for the font that the
forms name. Heights are in points, rows are counted from 0.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

from xlsxwriter.worksheet import Worksheet

from schemas.form_layout import FIRST_ROW, PlacedBlock, PlacedTable

A4_SHORT, A4_LONG = 595.0, 842.0
SIDES, ENDS = 0.5, 0.65
"""Margins in inches: left and right, top and bottom."""
INCH = 72.0
UNIT, CELL_PADDING = 6.0, 4.3
"""Points of a character of a column's width in 游ゴシック 11, and what each column takes besides."""
DEFAULT_HEIGHT = 15.0
SPARE = 0.95
"""Every computer prints with another font: this share of the paper is reckoned with."""
HEADING_ROWS = 2
"""The title and the headings of a table."""
LEAST_SCALE, MOST_SCALE = 40, 100

Span = tuple[int, int]
"""First and last row of what should stand on one page."""


class PagedSheet(Worksheet):  # type: ignore[misc]
    """A worksheet that remembers how high its rows are."""

    def __init__(self) -> None:
        super().__init__()
        self.heights: dict[int, float] = {}

    def set_row(self, row: int, height: float | None = None, *more: Any, **named: Any) -> int:
        """Set a row's height and remember it."""
        if height is not None:
            self.heights[row] = height
        result: int = super().set_row(row, height, *more, **named)
        return result


def set_pages(sheet: PagedSheet, widths: Sequence[float], spans: Sequence[Span], *, is_portrait: bool) -> None:
    """Fit the sheet to one page's width and end its pages between spans."""
    width, height = (A4_SHORT, A4_LONG) if is_portrait else (A4_LONG, A4_SHORT)
    room = (width - 2 * SIDES * INCH) * SPARE
    needed = sum(UNIT * each + CELL_PADDING for each in widths)
    scale = max(LEAST_SCALE, min(MOST_SCALE, math.floor(100 * room / needed)))
    sheet.fit_to_pages(1, 0)
    sheet.print_area(0, 0, max(sheet.heights), len(widths) - 1)
    page = (height - 2 * ENDS * INCH) * SPARE * 100 / scale
    repeated = repeated_rows(sheet.heights, spans, page)
    sheet.repeat_rows(*repeated)
    breaks = page_breaks(sheet.heights, spans, page - _height(sheet.heights, repeated))
    if breaks:
        sheet.set_h_pagebreaks(breaks)


def repeated_rows(heights: Mapping[int, float], spans: Sequence[Span], page: float) -> Span:
    """The rows at the head of every page: the sheet's titles; or the headings of a table that ends it and needs pages.

    A program that prints repeats rows from the page on where they stand.
    """
    title = (0, FIRST_ROW - 2)
    if spans and _height(heights, spans[-1]) > page - _height(heights, title):
        return spans[-1][0], spans[-1][0] + HEADING_ROWS - 1
    return title


def page_breaks(heights: Mapping[int, float], spans: Sequence[Span], page: float) -> list[int]:
    """Rows that begin a page, for spans in order on pages of that height.

    A span higher than a page begins one, and is broken between its rows.
    """
    breaks: list[int] = []
    used = 0.0
    for first, last in spans:
        height = _height(heights, (first, last))
        if used and used + height > page:
            breaks.append(first)
            used = 0.0
        if height <= page:
            used += height
            continue
        for row in range(first, last + 1):
            row_height = _height(heights, (row, row))
            if used and used + row_height > page:
                breaks.append(row)
                used = 0.0
            used += row_height
    return breaks


def spans_of(blocks: Sequence[PlacedBlock], tables: Sequence[PlacedTable]) -> list[Span]:
    """What belongs together on a sheet: a table; a question with its options; a block's title with its first question."""
    spans: list[Span] = []
    for block in blocks:
        for number, question in enumerate(block.questions):
            slots = [*question.slots, *([question.text_slot] if question.text_slot else [])]
            top = block.top if number == 0 else question.top
            spans.append((top - 1, max(slot.row for slot in slots) - 1))
    spans += [(table.top - 1, table.header_row + len(table.rows) - 1) for table in tables]
    ordered = sorted(spans)
    # rows left free between two spans belong to the page of the one above
    return [
        (first, max(last, following - 1))
        for (first, last), following in zip(ordered, [*(first for first, _ in ordered[1:]), 0], strict=True)
    ]


def _height(heights: Mapping[int, float], span: Span) -> float:
    return sum(heights.get(row, DEFAULT_HEIGHT) for row in range(span[0], span[1] + 1))
