"""Mistakes between answers: rules of one return, of the members of a shared entity, and against last year."""

from __future__ import annotations

import operator
from collections.abc import Iterator, Sequence
from datetime import timedelta
from math import ceil

from pipeline.demo.desk import Desk, Mistake, MistakeFinder
from pipeline.demo.fills import FilledRow
from pipeline.demo.handwriting import CellValue
from schemas.form_layout import Slot
from schemas.questionnaire import Block
from schemas.rules import Operand, Rule

COMPARE = {"=": operator.eq, "<=": operator.le, ">=": operator.ge}


def _rules(desk: Desk, kind: str) -> list[Rule]:
    return [rule for rule in desk.declarations.rules if rule.kind == kind]


def member_differs(desk: Desk) -> Mistake | None:
    """A member of a shared entity reports another number than its secretariat."""
    for rule in _rules(desk, "agreement"):
        question = desk.questionnaire.questions[rule.question or ""]
        for code in desk.codes() if question.type == "count" else ():
            for row_no, row in desk.rows(code, question):
                if not _is_plain_member(desk, code, row):
                    continue
                slot = desk.slots(question.id, row_no)[None]
                value = int(str(row.answers[question.id])) + 1
                return Mistake("member_differs", code, [rule.id], question.id, {slot: value}, place=slot)
    return None


def member_chooses_otherwise(desk: Desk) -> Mistake | None:
    """A member of a shared entity chooses another option than its secretariat."""
    for rule in reversed(_rules(desk, "agreement")):
        question = desk.questionnaire.questions[rule.question or ""]
        for code in desk.codes() if question.type == "single" else ():
            for row_no, row in desk.rows(code, question):
                slot = desk.slots(question.id, row_no).get(None)
                if slot is None or not _is_plain_member(desk, code, row):
                    continue
                other = next(o for o in question.choices if o.code != row.answers[question.id])
                follow = desk.consequences.of([question.id])
                return Mistake(
                    "member_chooses_otherwise",
                    code,
                    [rule.id, *follow],
                    question.id,
                    {slot: other.label.ja},
                    place=slot,
                )
    return None


def _is_plain_member(desk: Desk, code: str, row: FilledRow) -> bool:
    """True where another municipality's answer counts for the row's entity."""
    entities = desk.declarations.reference.register
    return any(e.entity_id == row.entity_id and e.secretariat_code != code for e in entities)


def count_against_rows(desk: Desk) -> Mistake | None:
    """A number that is not that of the rows listed."""
    for rule in _rules(desk, "compare"):
        for operand in (rule.left, rule.right):
            if rule.operator != "=" or rule.when or operand is None or operand.question is None:
                continue
            question = desk.questionnaire.questions[operand.question]
            for code in desk.codes(is_alone=True):
                for row_no, row in desk.rows(code, question):
                    slot = desk.slots(question.id, row_no)[None]
                    value = int(str(row.answers[question.id])) + 2
                    return Mistake("count_against_rows", code, [rule.id], question.id, {slot: value}, place=slot)
    return None


def day_before_reference(desk: Desk) -> Mistake | None:
    """A day that should lie ahead and does not."""
    for rule in _rules(desk, "compare"):
        question = desk.questionnaire.questions.get(rule.left.question or "") if rule.left else None
        if question is None or rule.right is None or not rule.right.reference_date or rule.operator != ">=":
            continue
        day = desk.questionnaire.reference_date - timedelta(days=200)
        for code in desk.codes():
            for row_no, row in desk.rows(code, question):
                if question.id in row.answers:
                    slot = desk.slots(question.id, row_no)[None]
                    text = f"{day.year}/{day.month}/{day.day}"
                    return Mistake("day_before_reference", code, [rule.id], question.id, {slot: text}, place=slot)
    return None


def choice_against_rows(desk: Desk) -> Mistake | None:
    """A choice that the rows of a table contradict."""
    for rule in _rules(desk, "compare"):
        question = desk.questionnaire.questions.get(rule.when[0].question) if len(rule.when) == 1 else None
        if question is None or desk.questionnaire.block_of[question.id].is_table:
            continue
        for code in desk.codes(is_alone=True):
            for option in rule.when[0].in_:
                if not _breaks(desk, rule, code):
                    continue
                slots = desk.slots(question.id)
                edits: dict[Slot, CellValue | None] = dict.fromkeys(slots.values())
                follow = [rule.id, *desk.consequences.of([question.id])]
                return Mistake(
                    "choice_against_rows", code, follow, question.id, {**edits, slots[option]: "○"}, place=slots[option]
                )
    return None


def _breaks(desk: Desk, rule: Rule, code: str) -> bool:
    left, right = _count(desk, rule.left, code), _count(desk, rule.right, code)
    return left is not None and right is not None and not COMPARE[rule.operator](left, right)


def _count(desk: Desk, operand: Operand | None, code: str) -> int | None:
    """How many rows of a return an operand counts, or its constant; None for any other operand."""
    if operand is None or operand.constant is not None:
        return operand.constant if operand else None
    if operand.rows is None:
        return None
    rows = desk.fills[code].rows.get(operand.rows, ())
    return sum(all(row.answers.get(q) == option for q, option in operand.where.items()) for row in rows)


def premise_without_conclusion(desk: Desk) -> Mistake | None:
    """An answer that another answer forbids: 特になし where the premise says there is something."""
    for rule in _rules(desk, "implies"):
        clause = rule.then[0]
        if clause.has_not is None:
            continue
        question = desk.questionnaire.questions[clause.question]
        for code in desk.codes():
            for row_no, row in desk.rows(code, question):
                if question.id not in row.answers or not _premises_hold(desk, rule, code):
                    continue
                slots = desk.slots(question.id, row_no)
                edits: dict[Slot, CellValue | None] = dict.fromkeys(slots.values())
                slot = slots[clause.has_not]
                follow = [rule.id, *desk.consequences.of([question.id])]
                return Mistake(
                    "premise_without_conclusion", code, follow, question.id, {**edits, slot: "○"}, place=slot
                )
    return None


def _premises_hold(desk: Desk, rule: Rule, code: str) -> bool:
    def answer(question_id: str) -> object:
        return desk.fills[code].answer(desk.questionnaire.block_of[question_id].id, question_id)

    return all(clause.in_ and answer(clause.question) in clause.in_ for clause in rule.when)


def leap_from_last_year(desk: Desk) -> Mistake | None:
    """A number far from last year's."""
    if desk.year - 1 not in desk.demo.survey.years:
        return None
    earlier = desk.demo.fills(desk.year - 1)
    for rule in _rules(desk, "previous"):
        question = desk.questionnaire.questions[rule.question or ""]
        block = desk.questionnaire.block_of[question.id]
        for code in desk.codes() if not block.is_table else ():
            before = earlier[code].answer(block.id, question.id) if code in earlier else None
            if not isinstance(before, int):
                continue
            value = ceil(before * (1 + (rule.share or 0))) + rule.slack + 10
            slot = desk.slots(question.id)[None]
            if question.maximum is None or value <= question.maximum:
                follow = [rule.id, *desk.consequences.of([question.id])]
                return Mistake("leap_from_last_year", code, follow, question.id, {slot: value}, place=slot)
    return None


def no_rows(desk: Desk) -> Mistake | None:
    """A table left blank although its rows are asked for."""
    for block in _by_weight(desk):
        for code in desk.codes(is_alone=True):
            slots = [
                s
                for row_no, _ in enumerate(desk.fills[code].rows.get(block.id, ()), 1)
                for s in _row(desk, block, row_no)
            ]
            if slots and block.is_required:
                rules = [f"rows.{block.id}", *desk.consequences.of([q.id for q in block.questions], [block.id])]
                edits: dict[Slot, CellValue | None] = dict.fromkeys(slots)
                return Mistake("no_rows", code, rules, block.identity, edits, place=slots[0])
    return None


def row_twice(desk: Desk) -> Mistake | None:
    """The same entity entered in two rows."""
    for block in _by_weight(desk):
        for code in desk.codes(is_alone=True):
            count = len(desk.fills[code].rows.get(block.id, ()))
            if not 0 < count < block.capacity:
                continue
            cells = desk.demo.cells(desk.year, code)
            first, second = _row(desk, block, 1), _row(desk, block, count + 1)
            edits = {copy: cells.get(slot) for slot, copy in zip(first, second, strict=True)}
            identity = block.identity or ""
            rules = [f"twice.{identity}", *desk.consequences.of([q.id for q in block.questions], [block.id])]
            return Mistake("row_twice", code, rules, identity, edits, place=desk.slots(identity, count + 1)[None])
    return None


def _by_weight(desk: Desk) -> Sequence[Block]:
    """Tables whose rows a register names, the one first on which the fewest rules depend."""
    blocks = [block for block in desk.questionnaire.blocks if block.identity]
    return sorted(blocks, key=lambda b: len(desk.consequences.of([q.id for q in b.questions], [b.id])))


def _row(desk: Desk, block: Block, row_no: int) -> list[Slot]:
    return list(_row_slots(desk, block, row_no))


def _row_slots(desk: Desk, block: Block, row_no: int) -> Iterator[Slot]:
    for slot in desk.declarations.layout.slots:
        if slot.row_no == row_no and desk.questionnaire.block_of[slot.question_id].id == block.id:
            yield slot


ROW_MISTAKES: tuple[MistakeFinder, ...] = (
    day_before_reference,
    member_differs,
    member_chooses_otherwise,
    count_against_rows,
    choice_against_rows,
    premise_without_conclusion,
    leap_from_last_year,
    no_rows,
    row_twice,
)
