"""Demands that follow from the questionnaire alone: what is asked is answered, what is not asked is not, 特になし stands alone.

The findings that a demand names are those that `validate` has where it is broken.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from pipeline.localise.observed import ObservedProgram
from pipeline.localise.returns import ReturnUnknowns, RowUnknowns, asked, holds
from pipeline.localise.unknowns import FieldUnknowns
from pipeline.program import Sum, total
from pipeline.validate.judged import finding_id
from schemas.questionnaire import NOT_LISTED, Block, Question

PENALTY = 1
"""What breaking a warning's rule costs; the lightest field costs twice as much."""


def demand_derived(
    program: ObservedProgram, built: ReturnUnknowns, blocks: Iterable[tuple[Block, Sequence[Question]]]
) -> None:
    """Add what the questionnaire demands of a return, by block with all its questions."""
    for block, questions in blocks:
        for row in built.rows.get(block.id, ()):
            for question in questions:
                if question.id in row.fields:
                    _demand_answer(program, built, row, question)
        if block.is_table and block.id not in built.absent:
            _demand_rows(program, built, block)


def _demand_answer(program: ObservedProgram, built: ReturnUnknowns, row: RowUnknowns, question: Question) -> None:
    def named(kind: str) -> list[str]:
        return [finding_id(f"{kind}.{question.id}", built.code, str(row.row_no) if row.block.is_table else "")]

    fields = row.fields[question.id]
    is_asked = asked(program, built, row, (*row.block.asked_if, *question.asked_if))
    answered = total(one.answered for one in fields)
    if not is_asked.is_constant:
        program.demand(named("routing"), is_asked * len(fields) - answered, 0, None)
    if question.derived_from:
        _demand_other(program, built, row, question, fields[0])
    if not question.is_optional and row.block.id not in built.absent:
        needed = program.all_of([is_asked, row.present])
        program.demand(named("answered"), answered - needed, 0, None, penalty=None if question.is_required else PENALTY)
    if question.is_multiple:
        scopes = named("scope") if question.type == "matrix" else ()
        _demand_choices(program, question, fields, named("none"), scopes)


def _demand_other(
    program: ObservedProgram, built: ReturnUnknowns, row: RowUnknowns, text: Question, written: FieldUnknowns
) -> None:
    """A free text means its option."""
    parent_id = str(text.derived_from)
    parents = row.fields.get(parent_id, ())
    if not parents:
        return
    parent = parents[0].field.question
    codes = [NOT_LISTED] if parent.type == "register" else [option.code for option in parent.choices if option.is_other]
    subject = str(row.row_no) if row.block.is_table else ""
    names = [finding_id(f"other.{parent_id}", built.code, subject)]
    program.demand(names, holds(built, row, parent_id, codes) - written.answered, 0, None)


def _demand_choices(
    program: ObservedProgram,
    question: Question,
    fields: Sequence[FieldUnknowns],
    none_names: list[str],
    scope_names: Sequence[str],
) -> None:
    nones = {option.code for option in question.choices if option.is_none}
    others = total(one.answered for one in fields if one.key.option_code not in nones)
    for one in fields:
        if one.key.option_code in nones:
            program.demand(none_names, one.answered * len(fields) + others, None, len(fields))
    if question.type == "matrix":
        rows: dict[str, list[Sum]] = {}
        for one in fields:
            rows.setdefault(one.key.option_code.partition(".")[0], []).append(one.answered)
        for ticks in rows.values():
            program.demand(scope_names, total(ticks), None, 1)


def _demand_rows(program: ObservedProgram, built: ReturnUnknowns, block: Block) -> None:
    rows, left_out = built.rows.get(block.id, []), built.left_out.get(block.id, [])
    added = total(one.unknowns.number for one in left_out)
    program.demand((), added, None, block.total_capacity - len(rows))
    whole = RowUnknowns(block, 0, built.code, {})
    is_asked = asked(program, built, whole, block.asked_if)
    if block.is_required:
        present = total(row.present for row in rows)
        program.demand([finding_id(f"rows.{block.id}", built.code)], present + added - is_asked, 0, None)
    for row in rows if added.terms else ():
        gone = row.dropped.change if row.dropped else Sum()
        program.demand((), added + gone * block.total_capacity, None, block.total_capacity)
    for one in left_out:
        program.demand((), is_asked * block.total_capacity - one.unknowns.number, 0, None)
