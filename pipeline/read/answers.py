"""One workbook to answers: typed values with their status, and the cells each one rests on."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from functools import cached_property
from typing import Any, NamedTuple

from pipeline.japanese import normalise
from pipeline.read.values import (
    Parsed,
    parse_count,
    parse_date,
    parse_option,
    parse_register,
    parse_text,
    parse_tick,
)
from pipeline.workbooks.workbook import Cell, Workbook
from schemas.form_layout import Slot
from schemas.questionnaire import NOT_LISTED, Block, Condition, Question, Questionnaire, block_questions


class Answer(NamedTuple):
    """One answer: a single value, or one choice of a multiple-answer question."""

    block: Block
    entity_id: str
    row_no: int
    question: Question
    option_code: str
    status: str
    problem: str | None
    is_asked: bool | None
    value: Any
    cells: tuple[Slot, ...]


@dataclass(frozen=True, slots=True)
class BlockFill:
    """How many rows of a block were filled, whether it was asked, and its first cell on a sheet that is not there."""

    block: Block
    is_asked: bool | None
    row_count: int
    first_slot: Slot
    absent_slot: Slot | None


@dataclass
class ReturnAnswers:
    """All that one return answers."""

    answers: list[Answer] = field(default_factory=list)
    blocks: list[BlockFill] = field(default_factory=list)


Codes = frozenset[str]
"""The options of which one is meant: one, several where too many are ticked, none where nothing is known."""


@dataclass(frozen=True)
class FormReader:
    """Reads the returns of one questionnaire from its answer cells; `register` gives the list of each kind: ids by text."""

    questionnaire: Questionnaire
    slots: tuple[Slot, ...]
    register: Mapping[str, Mapping[str, str]]

    @cached_property
    def _slots(self) -> dict[str, dict[int, dict[str, list[Slot]]]]:
        """Slots by block, row and question."""
        slots: dict[str, dict[int, dict[str, list[Slot]]]] = {block.id: {} for block in self.questionnaire.blocks}
        for slot in self.slots:
            rows = slots[self.questionnaire.block_of[slot.question_id].id]
            rows.setdefault(slot.row_no, {}).setdefault(slot.question_id, []).append(slot)
        return slots

    @cached_property
    def _places(self) -> dict[tuple[str, int], dict[str, frozenset[tuple[int, int]]]]:
        """Where the cells of a block's row stand: (row, column) by sheet."""
        places: dict[tuple[str, int], dict[str, frozenset[tuple[int, int]]]] = {}
        for block_id, rows in self._slots.items():
            for row_no, row in rows.items():
                by_sheet: dict[str, set[tuple[int, int]]] = {}
                for slot in _all_slots(row):
                    by_sheet.setdefault(slot.sheet, set()).add((slot.row, slot.column))
                places[block_id, row_no] = {sheet: frozenset(cells) for sheet, cells in by_sheet.items()}
        return places

    @cached_property
    def _questions(self) -> dict[str, tuple[Question, ...]]:
        """Questions by block."""
        return {block.id: tuple(block_questions(block)) for block in self.questionnaire.blocks}

    @cached_property
    def _first_slots(self) -> dict[str, dict[str, Slot]]:
        """The first slot on each sheet, by block and sheet."""
        first: dict[str, dict[str, Slot]] = {block.id: {} for block in self.questionnaire.blocks}
        for block_id, rows in self._slots.items():
            for slot in _all_slots(*rows.values()):
                first[block_id].setdefault(slot.sheet, slot)
        return first

    def read(self, workbook: Workbook, municipality_code: str) -> ReturnAnswers:
        """Read every answer of one return. Grain out: one row for each (row of a block, question, choice)."""
        result = ReturnAnswers()
        singles: dict[str, Codes] = {}
        parsed_rows: list[tuple[Block, int, dict[str, dict[str | None, tuple[Parsed, Slot]]]]] = []
        fills: dict[str, int] = {}
        for block in self.questionnaire.blocks:
            rows = self._slots[block.id]
            fills[block.id] = 0
            for row_no, by_question in rows.items():
                if block.is_table and not _is_filled(workbook, self._places[block.id, row_no]):
                    continue
                fills[block.id] += 1
                parsed = {
                    question.id: {
                        slot.choice: (
                            self.parse(question, slot, workbook.cell(slot.sheet, slot.row, slot.column)),
                            slot,
                        )
                        for slot in by_question.get(question.id, ())
                    }
                    for question in self._questions[block.id]
                }
                parsed_rows.append((block, row_no, parsed))
                if not block.is_table:
                    singles |= {q: _single_codes(values) for q, values in parsed.items()}
        for block in self.questionnaire.blocks:
            first_slots = list(self._first_slots[block.id].values())
            absent = next((slot for slot in first_slots if slot.sheet not in workbook.sheets), None)
            is_asked = _asked(block.asked_if, singles.get)
            result.blocks.append(BlockFill(block, is_asked, fills[block.id], first_slots[0], absent))
        for block, row_no, parsed in parsed_rows:
            entity_id = _entity_id(block, row_no, parsed, municipality_code)
            row_singles = {**singles, **({q: _single_codes(v) for q, v in parsed.items()} if block.is_table else {})}
            for question in self._questions[block.id]:
                is_asked = _asked((*block.asked_if, *question.asked_if), row_singles.get)
                result.answers += _answers(block, entity_id, row_no, question, parsed[question.id], is_asked)
        return result

    def parse(self, question: Question, slot: Slot, cell: Cell) -> Parsed:
        """What stands in an answer cell, as its question takes it."""
        if slot.choice is not None:
            return parse_tick(cell)
        if question.type == "count":
            return parse_count(cell, question.unit)
        if question.type == "date":
            return parse_date(cell)
        if question.type == "register":
            return parse_register(cell, self.register.get(question.register_kind or "", {}))
        if question.type == "text":
            return parse_text(cell)
        return parse_option(cell, question.choices)


def _all_slots(*rows: dict[str, list[Slot]]) -> Iterator[Slot]:
    return (slot for row in rows for slots in row.values() for slot in slots)


def _is_filled(workbook: Workbook, places: dict[str, frozenset[tuple[int, int]]]) -> bool:
    for sheet, expected in places.items():
        cells = workbook.sheets.get(sheet, {})
        if any(normalise(cells[place].text) for place in expected if place in cells):
            return True
    return False


def _single_codes(values: dict[str | None, tuple[Parsed, Slot]]) -> Codes:
    if None in values:
        value = values[None][0].value
        return frozenset({value}) if isinstance(value, str) else frozenset()
    if any(parsed.problem for parsed, _ in values.values()):
        return frozenset()
    return frozenset(code for code, (parsed, _) in values.items() if parsed.value is True and code)


def _asked(conditions: Iterable[Condition], codes_of: Callable[[str], Codes | None]) -> bool | None:
    """All conditions hold (True), one is known not to hold (False), or it cannot be told (None)."""
    verdicts = [_holds(condition, codes_of(condition.question) or frozenset()) for condition in conditions]
    if False in verdicts:
        return False
    return None if None in verdicts else True


def _holds(condition: Condition, codes: Codes) -> bool | None:
    """Whether the condition holds whichever of these options is meant; None where they differ in that, or none is known."""
    led = {code in condition.in_ for code in codes}
    return led.pop() if len(led) == 1 else None


def _entity_id(
    block: Block, row_no: int, parsed: dict[str, dict[str | None, tuple[Parsed, Slot]]], municipality_code: str
) -> str:
    if not block.is_table:
        return municipality_code
    own = f"{block.id}:{municipality_code}:{row_no}"
    if block.identity is None:
        return own
    value = parsed[block.identity][None][0].value
    return own if value in (None, NOT_LISTED) else str(value)


def _answers(
    block: Block,
    entity_id: str,
    row_no: int,
    question: Question,
    values: dict[str | None, tuple[Parsed, Slot]],
    is_asked: bool | None,
) -> Sequence[Answer]:
    slots = tuple(slot for _, slot in values.values())
    nothing = "not_asked" if is_asked is False else "missing"

    def answer(code: str, status: str, problem: str | None, value: Any, cells: tuple[Slot, ...]) -> Answer:
        return Answer(block, entity_id, row_no, question, code, status, problem, is_asked, value, cells)

    if None in values:
        parsed, _ = values[None]
        if parsed.problem:
            return [answer("", "unreadable", parsed.problem, None, slots)]
        return [answer("", nothing if parsed.value is None else "answered", None, parsed.value, slots)]
    chosen = [code for code, (parsed, _) in values.items() if parsed.value is True and code]
    problem = next((parsed.problem for parsed, _ in values.values() if parsed.problem), None)
    if not question.is_multiple:
        if problem or len(chosen) > 1:
            return [answer("", "unreadable", problem or "two_answers", None, slots)]
        return [answer("", "answered" if chosen else nothing, None, chosen[0] if chosen else None, slots)]
    found: list[Answer] = []
    for code, (parsed, slot) in values.items():
        if parsed.problem:
            status = "unreadable"
        elif parsed.value is True:
            status = "answered"
        else:
            status = "not_chosen" if chosen else nothing
        cells = (slot,) if status in ("answered", "unreadable") else (slot, *(s for s in slots if s is not slot))
        found.append(answer(code or "", status, parsed.problem, None, cells))
    return found


def value_columns(answer: Answer) -> tuple[str | None, int | None, date | None, str | None]:
    """The answer's value as (code, number, date, text); at most one is not None."""
    if answer.status != "answered":
        return None, None, None, None
    if answer.question.is_multiple:
        return answer.option_code, None, None, None
    match answer.question.type:
        case "count":
            return None, answer.value, None, None
        case "date":
            return None, None, answer.value, None
        case "text":
            return None, None, None, answer.value
        case _:
            return answer.value, None, None, None
