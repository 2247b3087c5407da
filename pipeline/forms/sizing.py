"""How much room text needs, and from that the columns of a sheet. Columns are counted from 0, as xlsxwriter does.

Widths are in characters of the workbook's default font, heights in points. Both are reckoned a little too large,
since every computer prints with another font.
"""

from __future__ import annotations

import math
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from schemas.form_layout import ANSWER_COLUMN, TEXT_COLUMN, PlacedBlock, PlacedQuestion, PlacedTable
from schemas.questionnaire import Question

BODY, SMALL, BAR = 10.5, 9.0, 12.0
"""Font sizes in points."""
CHARACTER = 5.25
"""Points of one unit of column width."""
HALF_WIDTH = 0.58
"""Width of a Latin letter or digit as a share of the font size; a Japanese character is as wide as high."""
LEADING = 1.5
PADDING = 2.6
"""What borders and the indent of a cell take of its width."""
LEAST_HEIGHT = 23.0
MOST_HEIGHT = 400.0

NUMBER_WIDTH = 8.0
QUESTION_WIDTH = 46.0
REGISTER_WIDTH = 28.0
LEAST_ANSWER_WIDTH = 11.0
LEAST_ANSWER_COLUMNS = 3
PREVIOUS_WIDTH, TABLE_PREVIOUS_WIDTH = 20.0, 26.0
PORTRAIT_WIDTH = 118.0
"""Up to this width a sheet is legible on upright A4."""


def text_width(text: str, size: float = BODY) -> float:
    """Width of one line of text."""
    wide = sum(1 if unicodedata.east_asian_width(letter) in "WFA" else HALF_WIDTH for letter in text)
    return wide * size / CHARACTER


def text_height(text: str, width: float, *, size: float = BODY, notes: Iterable[str] = ()) -> float:
    """Height of wrapped text in a cell of that width, with small notes below it; 0 where there is no text."""
    paragraphs = [(text, size), *((note, SMALL) for note in notes)] if text else []
    room = max(width - PADDING, 1)
    return sum(
        max(1, math.ceil(text_width(line, line_size) / room)) * line_size * LEADING
        for paragraph, line_size in paragraphs
        for line in paragraph.split("\n")
    )


def row_height(*cells: float) -> float:
    """Height of a row that holds cells of these heights."""
    return round(min(MOST_HEIGHT, max(LEAST_HEIGHT, *(height + 5 for height in cells))), 1)


@dataclass(frozen=True)
class Grid:
    """The columns of one sheet. `answer_last` ends the answers of lists, `list_last` the lists.

    `has_previous` says whether last year's answers stand beside this year's.
    """

    widths: tuple[float, ...]
    answer_last: int
    list_last: int
    has_previous: bool

    @property
    def last(self) -> int:
        """The sheet's last column."""
        return len(self.widths) - 1

    @property
    def is_portrait(self) -> bool:
        """True where the sheet is narrow enough for upright paper."""
        return sum(self.widths) <= PORTRAIT_WIDTH

    def reach(self, first: int, width: float) -> int:
        """The column at which a span from `first` on is as wide as that, the sheet's last at most."""
        last = min(first, self.last)
        while last < self.last and self.width(first, last) < width:
            last += 1
        return last

    def width(self, first: int, last: int) -> float:
        """Width of a span of columns, both included."""
        return sum(self.widths[first : last + 1])


def plan_grid(blocks: Sequence[PlacedBlock], tables: Sequence[PlacedTable], *, has_previous: bool) -> Grid:
    """Choose the columns of a sheet so that its lists and its tables share them; only rows have fixed places."""
    questions = [question for block in blocks for question in block.questions]
    widths = [NUMBER_WIDTH, REGISTER_WIDTH if tables else QUESTION_WIDTH]
    for table in tables:
        for question, choice, column in table.columns:
            widths += [0.0] * (column - len(widths))
            widths[column - 1] = max(widths[column - 1], _column_width(question, choice))
    if tables and has_previous:
        widths.append(TABLE_PREVIOUS_WIDTH)
    answer_last = list_last = 0
    if questions:
        answer_last = ANSWER_COLUMN - 2 + max(LEAST_ANSWER_COLUMNS, *map(_answer_columns, questions))
        widths += [0.0] * (answer_last + 1 - len(widths))
        for column in range(ANSWER_COLUMN - 1, answer_last + 1):
            widths[column] = max(widths[column], LEAST_ANSWER_WIDTH)
        list_last = answer_last
        while has_previous and sum(widths[answer_last + 1 : list_last + 1]) < PREVIOUS_WIDTH:
            list_last += 1
            if list_last == len(widths):
                widths.append(PREVIOUS_WIDTH)
    return Grid(tuple(widths), answer_last, list_last, has_previous)


def _answer_columns(placed: PlacedQuestion) -> int:
    return 1 + max(slot.column for slot in placed.slots) - ANSWER_COLUMN


def _column_width(question: Question, choice: str | None) -> float:
    if choice is not None:
        return 13.0 if choice == TEXT_COLUMN else 6.4
    match question.type:
        case "register":
            return REGISTER_WIDTH
        case "single":
            return min(14.0, max(10.0, *(text_width(option.label.ja) + 4 for option in question.options)))
        case "count":
            return 11.0
        case "date":
            return 14.0
        case _:
            return 16.0
