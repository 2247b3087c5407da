"""The lowest and the highest number or day that an answer may have to have for all demands to be met."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from math import floor

from pipeline.localise.fields import EPOCH, Rows
from schemas.questionnaire import Question
from schemas.rules import Rule
from schemas.survey import YearDeclarations

Reach = tuple[int, int]
Previous = Mapping[tuple[str, str, str], int]
"""Last year's numbers by municipality, entity and question."""


def step_of(rule: Rule, before: int) -> int:
    """How far a number may be from last year's."""
    return max(rule.slack, floor(before * (rule.share or 0)))


def number_reaches(declarations: YearDeclarations, returns: Mapping[str, Rows], previous: Previous) -> dict[str, Reach]:
    """The reach of every count and date question.

    What the questionnaire declares; where it declares nothing, one beyond all numbers at hand and those of the questionnaire
    and the rules. Every demand compares two of them, so that a solution with numbers further out has one with these too, and
    a number that could be the one beyond could be any.
    """
    questions = [q for q in declarations.questionnaire.questions.values() if q.type in ("count", "date")]
    ends: dict[str, Reach] = {}
    for kind in ("count", "date"):
        own = {question.id: question for question in questions if question.type == kind}
        told = [*_declared(declarations, kind), *_observed(own, returns)]
        if kind == "count":
            told += _of_last_year(declarations.rules, returns, previous)
        low = min(0, *told) if kind == "count" else min(told) - 1
        for question in own.values():
            lowest = low if question.minimum is None else question.minimum
            highest = max(told) + 1 if question.maximum is None else question.maximum
            ends[question.id] = lowest, max(lowest, highest)
    return ends


def _declared(declarations: YearDeclarations, kind: str) -> Iterator[int]:
    questionnaire = declarations.questionnaire
    if kind == "date":
        yield (questionnaire.reference_date - EPOCH).days
        return
    yield 0
    yield from (block.total_capacity for block in questionnaire.blocks)
    for question in questionnaire.questions.values():
        yield from (end for end in (question.minimum, question.maximum) if end is not None)
    for rule in declarations.rules:
        yield from (one.constant for one in (rule.left, rule.right) if one and one.constant is not None)


def _observed(questions: Mapping[str, Question], returns: Mapping[str, Rows]) -> Iterator[int]:
    """The numbers that were answered and may stay."""
    for rows in returns.values():
        for row in (row for by_number in rows.values() for row in by_number.values()):
            for question_id, (one, *_) in row.items():
                if (
                    question_id in questions
                    and one.observed is not None
                    and is_within(questions[question_id], one.observed)
                ):
                    yield one.observed


def is_within(question: Question, number: int) -> bool:
    """Whether a number is within what the questionnaire declares."""
    low, high = question.minimum, question.maximum
    return (low is None or low <= number) and (high is None or number <= high)


def _of_last_year(rules: Iterable[Rule], returns: Mapping[str, Rows], previous: Previous) -> Iterator[int]:
    by_question: dict[str, list[Rule]] = {}
    for rule in rules:
        if rule.kind == "previous":
            by_question.setdefault(str(rule.question), []).append(rule)
    for (code, _, question), before in previous.items():
        for rule in by_question.get(question, ()) if code in returns else ():
            step = step_of(rule, before)
            yield from (before - step, before + step)
