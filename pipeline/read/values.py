"""What an official may type into an answer cell, and what it means. Every function says what it did not understand."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Mapping
from datetime import date, datetime
from functools import lru_cache
from typing import Any, NamedTuple

from pipeline.workbook import Cell
from schemas.form_layout import NOT_LISTED_TEXT, register_text
from schemas.questionnaire import NOT_LISTED, Option

TICKS = {"○", "〇", "◯", "●", "◎", "✓", "✔", "☑", "レ", "1", "TRUE", "はい", "V"}
NO_TICKS = {"", "×", "-", "－", "ー", "0", "FALSE"}
_NUMBER = re.compile(r"^([+-]?(?:\d+|\d{1,3}(?:,\d{3})+)(?:\.\d+)?)\s*([^\d\s]{0,4})$")
_PLAIN_DIGITS = frozenset("0123456789０１２３４５６７８９")
_ERA = re.compile(r"^(令和|平成|R|H)\s*(元|\d{1,2})\s*[年./-]\s*(\d{1,2})\s*[月./-]\s*(\d{1,2})\s*日?$", re.IGNORECASE)
_WESTERN = re.compile(r"^(\d{4})\s*[年./-]\s*(\d{1,2})\s*[月./-]\s*(\d{1,2})\s*日?(?:T00:00:00)?$")
PROBLEMS_OF_KINDS = {
    "error": "error_cell", "uncached_formula": "uncached_formula", "struck": "struck_text", "merged": "merged_cells",
}  # fmt: skip
LARGEST = 999_999_999_999
"""No count is near it, and every table holds it; more is a slip, or somebody who tries what happens."""
_REIWA, _HEISEI = (2018, date(2019, 5, 1), date.max), (1988, date(1989, 1, 8), date(2019, 4, 30))
_ERAS = {"令和": _REIWA, "R": _REIWA, "平成": _HEISEI, "H": _HEISEI}
"""The year before the first of each era, its first and its last day."""


class Parsed(NamedTuple):
    """A typed value, or the stable word for why there is none. Both are None for a blank."""

    value: Any = None
    problem: str | None = None


@lru_cache(maxsize=4_096)
def normalise(text: str) -> str:
    """NFKC, without surrounding blanks: full-width digits and letters become half-width."""
    return unicodedata.normalize("NFKC", text).strip()


def cell_problem(cell: Cell) -> str | None:
    """The problem that makes any answer cell unreadable, whatever its question."""
    return PROBLEMS_OF_KINDS.get(cell.kind)


def parse_tick(cell: Cell) -> Parsed:
    """True for a tick in any of its usual shapes, False for none; anything else is `not_a_tick`."""
    if problem := cell_problem(cell):
        return Parsed(problem=problem)
    text = normalise(cell.text).upper()
    if cell.text.strip() in TICKS or text in TICKS:
        return Parsed(True)
    if cell.text.strip() in NO_TICKS or text in NO_TICKS:
        return Parsed(False)
    return Parsed(problem="not_a_tick")


def parse_count(cell: Cell, unit: str | None) -> Parsed:
    """A whole number. Full-width digits, thousands separators and the question's own unit are understood.

    約５ is none: a guess cannot be published as a figure. Nor are 3,4 and 5²: they would become other numbers.
    """
    if problem := cell_problem(cell):
        return Parsed(problem=problem)
    text = normalise(cell.text)
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
    """A day: an Excel date, 令和6年4月1日, R6.4.1, 2024/4/1. A day that does not exist, in its era either, is `no_such_date`."""
    if problem := cell_problem(cell):
        return Parsed(problem=problem)
    if isinstance(cell.value, datetime):
        return Parsed(cell.value.date())
    if isinstance(cell.value, date):
        return Parsed(cell.value)
    text = normalise(cell.text)
    if not text:
        return Parsed()
    if match := _ERA.match(text):
        era, year, month, day = match.groups()
        before, first, last = _ERAS[era.upper()]
        western = before + (1 if year == "元" else int(year))
    elif match := _WESTERN.match(text):
        western, month, day = int(match.group(1)), match.group(2), match.group(3)
        first, last = date.min, date.max
    else:
        return Parsed(problem="not_a_date")
    try:
        found = date(western, int(month), int(day))
    except ValueError:
        return Parsed(problem="no_such_date")
    return Parsed(found) if first <= found <= last else Parsed(problem="no_such_date")


def parse_option(cell: Cell, options: Iterable[Option]) -> Parsed:
    """The code of the option whose label or alias stands in the cell."""
    if problem := cell_problem(cell):
        return Parsed(problem=problem)
    text = normalise(cell.text)
    if not text:
        return Parsed()
    for option in options:
        if text in {normalise(option.label.ja), *map(normalise, option.aliases), option.code}:
            return Parsed(option.code)
    return Parsed(problem="unknown_option")


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
    """Free text as it stands, without surrounding blanks."""
    if problem := cell_problem(cell):
        return Parsed(problem=problem)
    return Parsed(cell.text.strip() or None)
