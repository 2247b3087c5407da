"""Answers of two years without a file, for rules that judge the returns of a year together."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from random import Random
from typing import Any

import polars as pl

from pipeline.macro.judge import judge_macro
from pipeline.macro.pairs import Pairs
from pipeline.read.columns import cell_id
from pipeline.tables import frame
from pipeline.validate.frames import YearTables
from pipeline.validate.judged import Judgements
from schemas.questionnaire import Question
from schemas.survey import YearDeclarations

Key = tuple[str, int, str]
"""A question, the row of its table, and the option of a multiple answer; "" for any other."""
Answers = dict[Key, Any]
"""What a municipality answered: a number, an option, True for an option that is chosen; None or nothing: unanswered."""
Year = dict[str, Answers]
"""By municipality."""
TYPES = ("single", "multiple", "matrix", "count")


def questions_of(declarations: YearDeclarations, *types: str) -> list[Question]:
    """The questions of these types outside tables."""
    return [
        q for block in declarations.questionnaire.blocks if not block.is_table for q in block.questions if q.type in types
    ]  # fmt: skip


def keys_of(declarations: YearDeclarations, question: Question, row_no: int = 1) -> list[Key]:
    """The answers to a question: one, or one for each option."""
    options = [s.choice for s in declarations.layout.slots if (s.question_id, s.row_no) == (question.id, row_no)]
    return (
        [(question.id, row_no, str(option)) for option in options]
        if question.is_multiple
        else [(question.id, row_no, "")]
    )


def invent(declarations: YearDeclarations, codes: Iterable[str], *, seed: int = 1) -> Year:
    """Answers to all questions outside tables, drawn for each municipality; no two are alike."""
    year: Year = {}
    for code in codes:
        random, own = Random(f"{seed} {code}"), Answers()  # noqa: S311
        for question in questions_of(declarations, *TYPES):
            for key in keys_of(declarations, question):
                if question.type == "count":
                    own[key] = random.randint(20, 40)
                else:
                    own[key] = random.random() < 0.4 if key[2] else random.choice(question.options).code
        year[code] = own
    return year


def later(declarations: YearDeclarations, before: Year, *, seed: int = 3, share: float = 0.1) -> Year:
    """The same a year later: some numbers are one more or less, some options are chosen or left."""
    year: Year = {}
    for code, answers in before.items():
        random = Random(f"{seed} {code}")  # noqa: S311
        year[code] = {
            key: value if random.random() > share or isinstance(value, str)
            else not value if isinstance(value, bool) else value + random.choice((-1, 1))
            for key, value in answers.items()
        }  # fmt: skip
    return year


def tables_of(
    declarations: YearDeclarations,
    now: Year,
    before: Year | None = None,
    *,
    rows: Mapping[str, Mapping[str, list[str]]] | None = None,
) -> YearTables:
    """The tables of a year with these answers; `rows` are the entities of a municipality's tables, by block, of both years."""
    answers = _answers(declarations, now, rows or {})
    cells = [(row["year"], row["answer_id"], cell_id("0" * 64, "表", row["answer_id"])) for row in answers.to_dicts()]
    return YearTables(
        returns=frame("returns", []), cells=frame("cells", []), answers=answers, answer_cells=frame("answer_cells", cells),
        blocks=frame("blocks", []), corrections=frame("corrections", []),
        previous_answers=_answers(declarations, before or {}, rows or {}),
    )  # fmt: skip


def _answers(declarations: YearDeclarations, year: Year, rows: Mapping[str, Mapping[str, list[str]]]) -> pl.DataFrame:
    found = []
    for code, own in year.items():
        for block in declarations.questionnaire.blocks:
            entities = rows.get(code, {}).get(block.id, []) if block.is_table else [code]
            for row_no, entity_id in enumerate(entities, start=1):
                for question in block.questions:
                    for key in keys_of(declarations, question, row_no):
                        value = entity_id if question.id == block.identity else own.get(key)
                        found.append(_row(declarations, code, block.id, block.grain, entity_id, key, question, value))
    return frame("answers", found)


def _row(
    declarations: YearDeclarations,
    code: str,
    block_id: str,
    grain: str,
    entity_id: str,
    key: Key,
    question: Question,
    value: Any,
) -> tuple[Any, ...]:
    question_id, row_no, option = key
    is_unreadable = value == UNREADABLE
    is_answered = not is_unreadable and value is not None and value is not False
    blank = "not_chosen" if option else "missing"
    status = "unreadable" if is_unreadable else "answered" if is_answered else blank
    number = value if is_answered and question.type == "count" else None
    code_value = option or value if is_answered and question.type != "count" and question.type != "text" else None
    text = value if is_answered and question.type == "text" else None
    answer_id = f"{declarations.year}:{code}:{question_id}:{row_no}:{option}"
    return (
        declarations.year, answer_id, code, code, block_id, grain, entity_id, row_no, question_id, option, status, None, True,
        code_value, number, None, text,
    )  # fmt: skip


UNREADABLE = "（読めません）"
"""As a value: something is written there that cannot be read."""


def pairs_of(declarations: YearDeclarations, now: Year, before: Year | None = None, **rows: Any) -> Pairs:
    """Both years beside one another."""
    return Pairs(tables_of(declarations, now, before, **rows), declarations)


def judge_together(
    declarations: YearDeclarations, tables: YearTables
) -> tuple[list[dict[str, Any]], dict[str, tuple[int, int, int]]]:
    """The findings in their order, and how often each rule passed, failed and could not be verified."""
    judgements = Judgements(declarations.year, "macro")
    judge_macro(tables, declarations, judgements)
    counts = judgements.outcomes().select("rule_id", "pass_count", "fail_count", "unverifiable_count").iter_rows()
    return judgements.findings().to_dicts(), {
        rule: (passed, failed, unknown) for rule, passed, failed, unknown in counts
    }
