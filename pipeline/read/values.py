"""What an official may type into an answer cell, and what it means. Every function says what it did not understand."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Mapping
from datetime import date, datetime
from functools import lru_cache
from typing import Any, NamedTuple

from pipeline.japanese import WEEKDAYS, normalise, written_text
from pipeline.workbooks.workbook import Cell
from schemas.form_layout import NOT_LISTED_TEXT, register_text
from schemas.questionnaire import NOT_LISTED, Option

TICKS = {"○", "〇", "◯", "●", "◎", "✓", "✔", "☑", "✅", "レ", "ㇾ", "1", "TRUE", "はい", "V"}
NO_TICKS = {"", "×", "✕", "✖", "-", "ー", "−", "‐", "–", "—", "―", "─", "0", "FALSE"}
_NUMBER = re.compile(r"^([+-]?(?:\d+|\d{1,3}(?:,\d{3})+)(?:\.\d+)?)\s*([^\d\s]{0,4})$")
_PLAIN_DIGITS = frozenset("0123456789０１２３４５６７８９")
_DAY = r"\s*[年./-]\s*(\d{1,2})\s*[月./-]\s*(\d{1,2})\s*日?"
_ERA = re.compile(rf"^(令和|令|平成|平|昭和|昭|R|H|S)\s*(元|\d{{1,2}}){_DAY}$", re.IGNORECASE)
_WESTERN = re.compile(rf"^(\d{{4}}){_DAY}(?:T00:00:00)?$")
_PROGRAMS_DAY = re.compile(r"^(?:18|19)\d\d\s*[./-]")
"""How programs write days of before 1910 as text; a person who means one writes 年."""
_COMPACT = re.compile(r"^((?:19|20)\d{2})(\d{2})(\d{2})$")
_WEEKDAY = re.compile(r"\s*\(([月火水木金土日])(?:曜日?)?\)$")
PROBLEMS_OF_KINDS = {
    "error": "error_cell", "uncached_formula": "uncached_formula", "struck": "struck_text", "merged": "merged_cells",
    "drawn": "drawn_mark",
}  # fmt: skip
LARGEST = 999_999_999_999
"""No count is near it, and every table holds it; more is a slip, or somebody who tries what happens."""
_REIWA, _HEISEI = (2018, date(2019, 5, 1), date.max), (1988, date(1989, 1, 8), date(2019, 4, 30))
_SHOWA = (1925, date(1926, 12, 25), date(1989, 1, 7))
_ERAS = {
    "令和": _REIWA, "令": _REIWA, "R": _REIWA, "平成": _HEISEI, "平": _HEISEI, "H": _HEISEI, "昭和": _SHOWA, "昭": _SHOWA, "S": _SHOWA,
}  # fmt: skip
"""The year before the first of each era, its first and its last day."""
_FIRST_DATE_CELL = date(1910, 1, 1)
"""What a date cell shows before is a count, or a year, that was typed into it: 3 is shown as 1900/1/3, 2024 as 1905/7/16."""
_SHAPES = str.maketrans(dict.fromkeys("〇◯", "○") | dict.fromkeys("✕✖", "×") | dict.fromkeys("−‐–—―─", "-"))


class Parsed(NamedTuple):
    """A typed value, or the stable word for why there is none. Both are None for a blank."""

    value: Any = None
    problem: str | None = None


def cell_problem(cell: Cell) -> str | None:
    """The problem that makes any answer cell unreadable, whatever its question."""
    return PROBLEMS_OF_KINDS.get(cell.kind)


def parse_tick(cell: Cell) -> Parsed:
    """True for a tick in any of its usual shapes, False for none; anything else is `not_a_tick`."""
    if problem := cell_problem(cell):
        return Parsed(problem=problem)
    text = normalise(cell.text).upper()
    if text in TICKS:
        return Parsed(True)
    if text in NO_TICKS:
        return Parsed(False)
    return Parsed(problem="not_a_tick")


def parse_count(cell: Cell, unit: str | None) -> Parsed:
    """A whole number. Full-width digits, thousands separators and the question's own unit are understood.

    約５ is none: a guess cannot be published as a figure. Nor are 3,4 and 5²: they would become other numbers, nor a date, as
    programs make of 3-4.
    """
    if problem := cell_problem(cell):
        return Parsed(problem=problem)
    if cell.kind == "date":
        return Parsed(problem="date_for_number")
    text = normalise(cell.text).replace("−", "-")
    if not text:
        return Parsed()
    match = _NUMBER.match(text)
    allowed = {"", *(normalise(unit or ""),), "件", "か所", "箇所", "ヶ所"}
    is_plain = all(letter in _PLAIN_DIGITS for letter in cell.text if unicodedata.numeric(letter, None) is not None)
    if not match or not is_plain or match.group(2) not in allowed:
        return Parsed(problem="not_a_number")
    number = float(match.group(1).replace(",", ""))
    if abs(number) > LARGEST:
        return Parsed(problem="too_large")
    return Parsed(int(number)) if number.is_integer() else Parsed(problem="not_a_whole_number")


def parse_date(cell: Cell) -> Parsed:
    """A day: a cell formatted as a date, 令和6年4月1日, R6.4.1, 2024/4/1, 20240401; with its day of the week or without.

    A day that does not exist, in its era or on its day of the week either, is `no_such_date`. Of a number without a format nobody
    knows whether it is meant for a date; it is none.
    """
    if problem := cell_problem(cell):
        return Parsed(problem=problem)
    if isinstance(cell.value, date):
        found = cell.value.date() if isinstance(cell.value, datetime) else cell.value
        return Parsed(found) if found >= _FIRST_DATE_CELL else Parsed(problem="number_for_date")
    text = normalise(cell.text)
    if not text:
        return Parsed()
    weekday = _WEEKDAY.search(text)
    plain = text[: weekday.start()] if weekday else text
    first, last = date.min, date.max
    if match := _ERA.match(plain):
        era, year, month, day = match.groups()
        before, first, last = _ERAS[era.upper()]
        western = before + (1 if year == "元" else int(year))
    elif match := _WESTERN.match(plain) or _COMPACT.match(plain):
        western, month, day = int(match.group(1)), match.group(2), match.group(3)
    else:
        return Parsed(problem="not_a_date")
    try:
        found = date(western, int(month), int(day))
    except ValueError:
        return Parsed(problem="no_such_date")
    if found < _FIRST_DATE_CELL and _PROGRAMS_DAY.match(plain):
        return Parsed(problem="number_for_date")
    is_there = first <= found <= last and (not weekday or WEEKDAYS[found.weekday()] == weekday.group(1))
    return Parsed(found) if is_there else Parsed(problem="no_such_date")


@lru_cache(maxsize=4_096)
def _choice_text(text: str) -> str:
    """A label without blanks and line breaks, its circles, crosses and dashes in one shape."""
    return "".join(normalise(text).split()).translate(_SHAPES)


def parse_option(cell: Cell, options: Iterable[Option]) -> Parsed:
    """The code of the option whose label or alias stands in the cell; one that two options have is none."""
    if problem := cell_problem(cell):
        return Parsed(problem=problem)
    text = _choice_text(cell.text)
    if not text:
        return Parsed()
    codes = [
        option.code
        for option in options
        if text in (option.code, _choice_text(option.label.ja)) or text in map(_choice_text, option.aliases)
    ]
    return Parsed(codes[0]) if len(codes) == 1 else Parsed(problem="unknown_option")


def parse_register(cell: Cell, known: Mapping[str, str]) -> Parsed:
    """The id of an entity that stands as the form's list has it, `name〔id〕`; `一覧にない` gives not_listed.

    `known` gives the id of every text of the list, without blanks. A typed name is no identity, nor is an id beside another
    name or beside another id.
    """
    if problem := cell_problem(cell):
        return Parsed(problem=problem)
    text = normalise(cell.text)
    if not text:
        return Parsed()
    if text == NOT_LISTED_TEXT:
        return Parsed(NOT_LISTED)
    entity_id = known.get("".join(text.split()))
    return Parsed(problem="not_in_register") if entity_id is None else Parsed(entity_id)


def register_list(entities: Iterable[tuple[str, str]]) -> dict[str, str]:
    """The id of every (name, id) by its text in the form's list, in one width and without blanks."""
    return {"".join(normalise(register_text(name, entity_id)).split()): entity_id for name, entity_id in entities}


def parse_text(cell: Cell) -> Parsed:
    """Free text as it was written, without surrounding blanks."""
    if problem := cell_problem(cell):
        return Parsed(problem=problem)
    return Parsed(written_text(cell.text) or None)
