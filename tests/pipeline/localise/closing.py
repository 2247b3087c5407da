"""A solution written into the cells of a return, as an official would who believes it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import timedelta
from itertools import islice, product

from pipeline.localise.fields import EPOCH
from pipeline.localise.possible import Possible
from pipeline.localise.search import Solution
from pipeline.localise.unknowns import FieldUnknowns
from schemas.form_layout import register_text
from schemas.questionnaire import Question, block_questions
from schemas.survey import YearDeclarations

Place = tuple[str, int, str | None]
Written = dict[tuple[str, Place], str]
"""What is to stand in cells, by municipality and by question, row and choice; an empty text for nothing."""
MOST = 60
"""Ways of writing a solution that are tried: of fields that change together, not every value goes with every other."""


def ways_of_writing(
    solution: Solution, declarations: YearDeclarations, rows_used: Mapping[tuple[str, str], int]
) -> Iterator[Written]:
    """The ways of writing a solution; `rows_used` are the filled rows by municipality and block."""
    pairs = zip(solution.fields, solution.possible, strict=True)
    choices = [list(_texts(one, possible, declarations, rows_used)) for one, possible in pairs]
    for chosen in islice(product(*choices), MOST):
        yield {place: text for part in chosen for place, text in part.items()}


def _texts(
    one: FieldUnknowns, possible: Possible, declarations: YearDeclarations, rows_used: Mapping[tuple[str, str], int]
) -> Iterator[Written]:
    code, question, row = one.key.municipality_code, one.field.question, one.key.row_no
    if one.field.kind == "dropped_row":
        yield {
            (code, place): "" for place in _places(declarations, {q.id for q in block_questions(one.field.block)}, row)
        }
        return
    if one.field.kind == "added_rows":
        first = rows_used.get((code, one.field.block.id), 0) + 1
        number = possible.numbers[1] if possible.numbers else 1
        yield {
            (code, (q.id, first + step, None)): _any_answer(q, one.field.entity_id, declarations)
            for step in range(number or 1) for q in one.field.block.questions
        }  # fmt: skip
        return
    cells = list(_places(declarations, {question.id}, row))
    if question.is_multiple:
        cells = [place for place in cells if place[2] == one.key.option_code]
    blank = {(code, place): "" for place in cells}
    for value in possible.options:
        is_ticks = len(cells) > 1 or question.is_multiple
        wanted = one.key.option_code if question.is_multiple else value
        place = (question.id, row, wanted) if is_ticks else cells[0]
        yield blank | {(code, place): "○" if is_ticks else _option_text(question, value, declarations)}
    if possible.numbers:
        low, high = possible.numbers
        for number in dict.fromkeys(end for end in (low, high) if end is not None):
            yield blank | {(code, cells[0]): _number_text(question, number)}
        if low is None and high is None:
            yield blank | {(code, cells[0]): _number_text(question, 1)}
    if possible.is_text:
        yield blank | {(code, cells[0]): "内容"}
    if possible.is_blank:
        yield blank


def _places(declarations: YearDeclarations, questions: set[str], row: int) -> Iterator[Place]:
    for slot in declarations.layout.slots:
        if slot.question_id in questions and slot.row_no == row:
            yield slot.question_id, slot.row_no, slot.choice


def _option_text(question: Question, code: str, declarations: YearDeclarations) -> str:
    if question.type == "register":
        entity = next(e for e in declarations.reference.register if e.entity_id == code)
        return register_text(entity.name, entity.entity_id)
    return next(option.label.ja for option in question.choices if option.code == code)


def _number_text(question: Question, number: int) -> str:
    return (EPOCH + timedelta(days=number)).isoformat() if question.type == "date" else str(number)


def _any_answer(question: Question, entity_id: str, declarations: YearDeclarations) -> str:
    if question.type == "register":
        return _option_text(question, entity_id, declarations)
    return str(question.minimum or 0) if question.type == "count" else question.choices[0].label.ja
