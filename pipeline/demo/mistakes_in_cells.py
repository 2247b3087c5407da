"""Mistakes within one answer: the wrong kind of text, too much, too little, two where one is asked."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from functools import partial

from pipeline.demo.desk import Desk, Mistake, MistakeFinder
from pipeline.demo.fills import codes_of
from pipeline.demo.handwriting import REIWA_START, CellValue
from pipeline.demo.surgery import put_error, put_uncached_formula
from schemas.form_layout import Slot
from schemas.questionnaire import Condition, Question


def _spoil_number(kind: str, rule: str, value_of: Callable[[Question, int], CellValue | None]) -> MistakeFinder:
    """A count that is replaced by what `value_of` gives for the question and its answer."""

    def find(desk: Desk) -> Mistake | None:
        for code, question, row_no, answer in desk.answered("count"):
            value = value_of(question, int(str(answer)))
            slot = desk.slots(question.id, row_no)[None]
            if value is not None and _is_free_of_rules(desk, question):
                return _mistake(desk, kind, f"{rule}.{question.id}", code, question, slot, {slot: value})
        return None

    return find


def _is_free_of_rules(desk: Desk, question: Question) -> bool:
    """True where no error-level rule compares the question, so that one error does not show up as several."""
    return not any(question.id in rule.named_questions and rule.severity == "error" for rule in desk.declarations.rules)


def _operate_on_number(kind: str, operation: Callable[..., bytes]) -> MistakeFinder:
    """A count whose cell is changed in the finished workbook."""

    def find(desk: Desk) -> Mistake | None:
        for code, question, row_no, _ in desk.answered("count"):
            if not _is_free_of_rules(desk, question):
                continue
            slot = desk.slots(question.id, row_no)[None]
            found = _mistake(desk, kind, f"type.{question.id}", code, question, slot, {})
            return Mistake(
                found.kind, code, found.rule_ids, question.id, place=slot,
                operate=partial(operation, sheet=slot.sheet, address=slot.address),
            )  # fmt: skip
        return None

    return find


def _mistake(
    desk: Desk, kind: str, rule_id: str, code: str, question: Question, slot: Slot, edits: dict[Slot, CellValue | None]
) -> Mistake:
    block = desk.questionnaire.block_of[question.id]
    follow = desk.consequences.of([question.id], [block.id] if question.type == "register" else ())
    return Mistake(kind, code, [rule_id, *follow], question.id, edits, place=slot)


def _spoil_date(kind: str, text: Callable[[Desk], CellValue]) -> MistakeFinder:
    """A date, asked for, that is replaced by something else."""

    def find(desk: Desk) -> Mistake | None:
        for question in desk.questions("date"):
            for code in desk.codes():
                if is_asked(desk, code, question):
                    slot = desk.slots(question.id)[None]
                    return _mistake(desk, kind, f"type.{question.id}", code, question, slot, {slot: text(desk)})
        return None

    return find


def is_asked(desk: Desk, code: str, question: Question) -> bool:
    """Say whether a question outside tables is put to a municipality, from its clean answers."""
    block = desk.questionnaire.block_of[question.id]
    return not block.is_table and all(_holds(desk, code, c) for c in (*block.asked_if, *question.asked_if))


def _holds(desk: Desk, code: str, condition: Condition) -> bool:
    home = desk.questionnaire.block_of[condition.question]
    return desk.fills[code].answer(home.id, condition.question) in condition.in_


def _no_such_day(desk: Desk) -> str:
    return f"令和{desk.questionnaire.reference_date.year + 2 - REIWA_START.year}年２月30日"


def _year_alone(desk: Desk) -> CellValue:
    """A year where a day is asked for, which Excel shows as a day of 1905."""
    return desk.questionnaire.reference_date.year + 1


def two_answers(desk: Desk) -> Mistake | None:
    """A second tick where one is allowed."""
    for code, question, _, answer in desk.answered("single"):
        slots = desk.slots(question.id)
        second = next((slot for choice, slot in slots.items() if choice not in (None, answer)), None)
        if second is not None:
            return _mistake(
                desk, "two_answers", f"single.{question.id}", code, question, slots[str(answer)], {second: "○"}
            )
    return None


def unknown_option(desk: Desk) -> Mistake | None:
    """A word that is not in the drop-down list."""
    for code, question, row_no, _ in desk.answered("single"):
        slot = desk.slots(question.id, row_no).get(None)
        if slot is not None:
            return _mistake(desk, "unknown_option", f"option.{question.id}", code, question, slot, {slot: "わからない"})
    return None


def typed_name(desk: Desk) -> Mistake | None:
    """A name typed where one is chosen from the register's list; a typed name is no identity."""
    for code, question, row_no, answer in desk.answered("register"):
        block = desk.questionnaire.block_of[question.id]
        entity = next((e for e in desk.declarations.reference.register if e.entity_id == answer), None)
        if entity is not None and (question.id != block.identity or entity.kind == "single"):
            slot = desk.slots(question.id, row_no)[None]
            return _mistake(desk, "typed_name", f"option.{question.id}", code, question, slot, {slot: entity.name})
    return None


def not_a_tick(desk: Desk) -> Mistake | None:
    """A △ where only ○ or a blank has a meaning."""
    for code, question, row_no, answer in desk.answered("multiple"):
        slots = desk.slots(question.id, row_no)
        free = next((o.code for o in question.choices if o.code not in codes_of(answer) and not o.is_none), None)
        if free is not None:
            return _mistake(desk, "not_a_tick", f"type.{question.id}", code, question, slots[free], {slots[free]: "△"})
    return None


def none_with_others(desk: Desk) -> Mistake | None:
    """特になし ticked beside another option."""
    for code, question, row_no, answer in desk.answered("multiple"):
        nones = [o.code for o in question.choices if o.is_none]
        if nones and not set(nones) & set(codes_of(answer)):
            slot = desk.slots(question.id, row_no)[nones[0]]
            return _mistake(desk, "none_with_others", f"none.{question.id}", code, question, slot, {slot: "○"})
    return None


def two_columns(desk: Desk) -> Mistake | None:
    """Two columns of a matrix ticked in one row."""
    for code, question, row_no, answer in desk.answered("matrix"):
        slots = desk.slots(question.id, row_no)
        chosen = next((code for code in codes_of(answer) if "." in code), None)
        if chosen is not None:
            row = chosen.split(".")[0]
            other = next(choice for choice in slots if str(choice).split(".")[0] == row and choice != chosen)
            slot = slots[other]
            return _mistake(desk, "two_columns", f"scope.{question.id}", code, question, slot, {slot: "○"})
    return None


def required_blank(desk: Desk) -> Mistake | None:
    """A required number left blank."""
    for code, question, row_no, _ in desk.answered("count"):
        if question.is_required and _is_free_of_rules(desk, question):
            slot = desk.slots(question.id, row_no)[None]
            return _mistake(desk, "required_blank", f"answered.{question.id}", code, question, slot, {slot: None})
    return None


def answered_unasked(desk: Desk) -> Mistake | None:
    """An answer to a question that another answer rules out."""
    day = desk.questionnaire.reference_date + timedelta(days=400)
    values: dict[str, CellValue] = {"date": f"{day.year}/{day.month}/{day.day}", "multiple": "○", "count": 1}
    for question in desk.questions(*values):
        if desk.questionnaire.block_of[question.id].is_table:
            continue
        first = next((option.code for option in question.choices if not option.is_none), None)
        slot = desk.slots(question.id)[first]
        for code in desk.codes():
            if not is_asked(desk, code, question):
                edits: dict[Slot, CellValue | None] = {slot: values[question.type]}
                return _mistake(desk, "answered_unasked", f"routing.{question.id}", code, question, slot, edits)
    return None


def _below(question: Question, _: int) -> CellValue | None:
    return question.minimum - 3 if question.minimum is not None else None


def _above(question: Question, _: int) -> CellValue | None:
    return question.maximum + 1 if question.maximum is not None else None


CELL_MISTAKES: tuple[MistakeFinder, ...] = (
    answered_unasked,
    _spoil_date("no_such_date", _no_such_day),
    _spoil_date("not_a_date", lambda _: "来年度中"),
    _spoil_date("year_for_date", _year_alone),
    typed_name,
    unknown_option,
    two_columns,
    none_with_others,
    not_a_tick,
    two_answers,
    required_blank,
    _spoil_number("text_for_number", "type", lambda _, __: "未定"),
    _spoil_number("not_whole", "type", lambda _, __: "2.5"),
    _spoil_number("negative", "range", _below),
    _spoil_number("too_large", "range", _above),
    _operate_on_number("error_cell", put_error),
    _operate_on_number("uncached_formula", put_uncached_formula),
)
