"""A file of tables as the checks see it: its sheets, what is a table in each, and how cells look. Rows and columns count from 1."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Container, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from functools import cached_property
from operator import itemgetter
from typing import Any, Literal

from openpyxl.utils import get_column_letter

from pipeline.publish.standards.texts import is_code_title, is_number_text

Kind = Literal["xlsx", "csv", "other", "too_large", "unreadable"]
Area = tuple[int, int, int, int]
"""First row, first column, last row, last column."""


def address(row: int, column: int) -> str:
    """A cell's address, as B3."""
    return f"{get_column_letter(column)}{row}"


@dataclass(frozen=True)
class Look:
    """How cells of one style look. Colours are RGB, None for the usual ones and "?" for those of a theme."""

    font: str = ""
    size: float = 11
    is_bold: bool = False
    is_italic: bool = False
    is_underlined: bool = False
    is_raised: bool = False
    wraps: bool = False
    colour: str | None = None
    fill: str | None = None
    has_pattern: bool = False
    edges: tuple[str, ...] = ()
    style: str = "Normal"
    shown: str = "General"


@dataclass(frozen=True)
class Marked:
    """An area that is marked as a table. `look` is the name of its table style."""

    name: str
    area: Area
    head_rows: int = 1
    has_filter: bool = False
    look: str = ""
    has_stripes: bool = False


@dataclass(frozen=True)
class Column:
    """A column of a table: its title, and the values below it, None where a cell is empty."""

    title: str
    number: int
    top: int
    values: Sequence[Any]
    is_of_texts: bool = False

    @cached_property
    def firsts(self) -> dict[Any, int]:
        """Each value that is there, with the first row that has it; 1 and True are told apart."""
        typed = list(zip(map(type, self.values), self.values, strict=True))
        last = self.top + len(typed)
        found = dict(zip(reversed(typed), range(last, self.top, -1), strict=True))
        found.pop((type(None), None), None)
        return dict(sorted(found.items(), key=itemgetter(1)))

    @cached_property
    def texts(self) -> dict[str, int]:
        """The different texts, with the first row of each."""
        return {value: row for (kind, value), row in self.firsts.items() if kind is str}

    @cached_property
    def counts(self) -> Mapping[Any, int]:
        """How often each kind of value is there."""
        return Counter(map(type, self.values))

    @property
    def filled_count(self) -> int:
        """How many cells below the title are not empty."""
        return len(self.values) - self.counts.get(type(None), 0)

    def count_texts(self, texts: Container[str]) -> int:
        """How many cells hold one of these texts."""
        return sum(count for text, count in self._text_counts.items() if text in texts)

    @cached_property
    def _text_counts(self) -> Mapping[str, int]:
        return Counter(value for value in self.values if isinstance(value, str))

    @cached_property
    def numbers(self) -> Mapping[str, float]:
        """The different texts that are plain numbers, with their values."""
        return {text: float(text) for text in self.texts if is_number_text(text)}

    @cached_property
    def is_numeric(self) -> bool:
        """Whether at least half of what is there are numbers: typed ones, or in CSV texts that are plain numbers and no codes."""
        filled = self.filled_count
        typed = self.counts.get(int, 0) + self.counts.get(float, 0)
        if typed or not filled:
            return filled > 0 and typed * 2 >= filled
        return self.is_of_texts and self.count_texts(self.numbers) * 2 >= filled and not self.is_code

    @cached_property
    def is_code(self) -> bool:
        """Whether it holds codes: its title says so, or a value has zeros in front or all are digits of one length."""
        if is_code_title(self.title):
            return True
        digits = [text for text in self.texts if text.isdecimal()]
        return any(len(text) > 1 and text[0] == "0" for text in digits)

    @cached_property
    def has_blank(self) -> bool:
        """Whether a cell below the title is empty."""
        return self.counts.get(type(None), 0) > 0

    def cells(self, is_meant: Callable[[Any], bool]) -> Iterator[tuple[int, Any]]:
        """The rows and values of cells of which something holds."""
        return (
            (row, value)
            for row, value in enumerate(self.values, start=self.top + 1)
            if value is not None and is_meant(value)
        )


@dataclass(frozen=True)
class Table:
    """A table of a sheet: its area with the row of titles, its columns, and what marks it as a table, if anything does."""

    area: Area
    columns: tuple[Column, ...]
    marked: Marked | None = None

    @property
    def top(self) -> int:
        """The row of the titles."""
        return self.area[0]

    def row(self, row: int) -> dict[str, Any]:
        """The values of a row, by title."""
        return {column.title: column.values[row - column.top - 1] for column in self.columns}


@dataclass(frozen=True)
class Sheet:
    """A sheet: its values, and what else lies on it. `objects` are its pictures, charts, shapes and comments, with their places."""

    name: str
    rows: Sequence[Sequence[Any]]
    styles: Mapping[tuple[int, int], int] = field(default_factory=dict)
    formulas: tuple[tuple[int, int], ...] = ()
    merged: tuple[str, ...] = ()
    marked: tuple[Marked, ...] = ()
    widths: Mapping[int, float] = field(default_factory=dict)
    usual_width: float = 8.43
    hidden: tuple[str, ...] = ()
    objects: tuple[tuple[str, str], ...] = ()
    margins: tuple[str, ...] = ()
    links: frozenset[str] = frozenset()
    has_filter: bool = False
    has_panes: bool = False
    has_rules_of_colour: bool = False
    active_cell: str = "A1"
    raised: frozenset[str] = frozenset()
    is_of_texts: bool = False

    def at(self, row: int, column: int) -> Any:
        """The value of a cell, None where it is empty."""
        line = self.rows[row - 1] if 0 < row <= len(self.rows) else ()
        return line[column - 1] if 0 < column <= len(line) else None

    @cached_property
    def spans(self) -> list[tuple[int, int, int] | None]:
        """For each row its first and its last filled column and how many are filled; None for an empty row."""
        spans: list[tuple[int, int, int] | None] = []
        for line in self.rows:
            filled = [number for number, value in enumerate(line, start=1) if value is not None]
            spans.append((filled[0], filled[-1], len(filled)) if filled else None)
        return spans

    @cached_property
    def tables(self) -> tuple[Table, ...]:
        """The areas that are marked as tables; where none is, those that look like one: two filled columns or more.

        Rows with one filled cell above are titles, but for the last one above a row of numbers alone; empty rows end a table.
        """
        marked = [self._table(part.area, part) for part in self.marked]
        inside = [part.area for part in self.marked]
        return (*marked, *(self._table(area) for area in self._blocks() if not any(_meet(area, own) for own in inside)))

    def _table(self, area: Area, marked: Marked | None = None) -> Table:
        top, left, bottom, right = area
        head = top + (marked.head_rows if marked else 1) - 1
        lines = [tuple(self.rows[row - 1]) if row <= len(self.rows) else () for row in range(head + 1, bottom + 1)]
        padded = [
            (*line[left - 1 : right], *[None] * (right - left + 1 - len(line[left - 1 : right]))) for line in lines
        ]
        by_column = list(zip(*padded, strict=True)) or [()] * (right - left + 1)
        has_head = marked is None or marked.head_rows > 0
        columns = tuple(
            Column(
                str(self.at(head, number) or "") if has_head else "", number, head, values, is_of_texts=self.is_of_texts
            )
            for number, values in enumerate(by_column, start=left)
        )
        return Table((head, left, bottom, right), columns, marked)

    def _blocks(self) -> Iterator[Area]:
        for first, last in _runs(self.spans):
            spans = {row: span for row in range(first, last + 1) if (span := self.spans[row - 1])}
            top = next((row for row, span in spans.items() if span[2] > 1), None)
            if top is None and self._is_list(first, last):
                top = first
            elif top is not None and top > first and all(map(self._is_number, self.rows[top - 1])):
                top -= 1
            if top is not None:
                body = [spans[row] for row in range(top, last + 1)]
                yield top, min(span[0] for span in body), last, max(span[1] for span in body)

    def _is_list(self, first: int, last: int) -> bool:
        """Whether rows of one cell are a title above numbers, and no text."""
        values = [
            next(value for value in self.rows[row - 1] if value is not None) for row in range(first + 1, last + 1)
        ]
        return bool(values) and all(map(self._is_number, values))

    def _is_number(self, value: Any) -> bool:
        """Whether a value is a number or none at all."""
        return value is None or isinstance(value, int | float) or (self.is_of_texts and is_number_text(str(value)))

    @cached_property
    def loose_texts(self) -> dict[tuple[int, int], str]:
        """The texts outside all tables, by row and column."""
        areas = [table.area for table in self.tables]
        return {
            (row, column): value
            for row, line in enumerate(self.rows, start=1)
            if not any(area[0] <= row <= area[2] and area[1] == 1 and area[3] >= len(line) for area in areas)
            for column, value in enumerate(line, start=1)
            if isinstance(value, str) and not any(_meet(area, (row, column, row, column)) for area in areas)
        }

    def style(self, row: int, column: int) -> int:
        """The number of a cell's style."""
        return self.styles.get((row, column), 0)


@dataclass(frozen=True)
class Told:
    """What metadata beside a file say of it: the units of its columns, and whether they say what an empty field means."""

    units: Mapping[str, str] = field(default_factory=dict)
    tells_blanks: bool = False


@dataclass(frozen=True)
class Book:
    """A file of tables. `problem` says in Japanese why it cannot be read, where it cannot."""

    name: str
    kind: Kind
    sheets: tuple[Sheet, ...] = ()
    looks: tuple[Look, ...] = (Look(),)
    problem: str = ""
    encoding: str = ""
    title: str = ""
    language: str = ""
    has_macros: bool = False
    active_sheet: int = 0
    told: Told = field(default_factory=Told)

    @property
    def is_read(self) -> bool:
        """Whether its tables can be looked at."""
        return self.kind in ("xlsx", "csv")

    def tables(self) -> Iterator[tuple[Sheet, Table]]:
        """All tables, each with its sheet."""
        return ((sheet, table) for sheet in self.sheets for table in sheet.tables)

    def columns(self) -> Iterator[tuple[Sheet, Table, Column]]:
        """All columns of all tables."""
        return ((sheet, table, column) for sheet, table in self.tables() for column in table.columns)

    def look(self, sheet: Sheet, row: int, column: int) -> Look:
        """How a cell looks."""
        number = sheet.style(row, column)
        return self.looks[number] if number < len(self.looks) else self.looks[0]

    @cached_property
    def texts(self) -> list[str]:
        """All different texts, in tables and outside of them."""
        found: dict[str, None] = {}
        for sheet in self.sheets:
            found |= dict.fromkeys(sheet.loose_texts.values())
            for table in sheet.tables:
                for column in table.columns:
                    found |= dict.fromkeys([column.title, *column.texts])
        return list(found)


def is_day(value: Any) -> bool:
    """Whether a value is a day or a moment."""
    return isinstance(value, date)


def _runs(spans: Sequence[tuple[int, int, int] | None]) -> Iterator[tuple[int, int]]:
    """The first and the last row of each run of rows without an empty one."""
    first = None
    for row, span in enumerate([*spans, None], start=1):
        if span is not None and first is None:
            first = row
        elif span is None and first is not None:
            yield first, row - 1
            first = None


def _meet(one: Area, other: Area) -> bool:
    return one[0] <= other[2] and other[0] <= one[2] and one[1] <= other[3] and other[1] <= one[3]
