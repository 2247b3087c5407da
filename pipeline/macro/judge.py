"""Macro-editing: judging the returns of a year together, beside those of the year before; each doubt with its effect."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import polars as pl

from pipeline.home import Home
from pipeline.macro.effect import Effects
from pipeline.macro.numbers import OUTLIER, UNIT, outlier_subjects, outliers, unit_errors, unit_subjects
from pipeline.macro.pairs import Pairs
from pipeline.macro.returns import (
    DUPLICATED,
    STALE,
    SWAPPED,
    duplicated_subjects,
    other_municipalities_returns,
    stale_returns,
    stale_subjects,
    swapped_subjects,
)
from pipeline.macro.shifts import SHIFTED, shifted_answers, shifted_choices, shifted_columns
from pipeline.macro.suspect import Suspect
from pipeline.validate.frames import YearTables
from pipeline.validate.judged import Judged, Judgements
from pipeline.validate.validate import load_tables
from schemas.survey import YearDeclarations

Subjects = Callable[[Pairs], set[str]]
RULES: dict[str, tuple[str, Subjects]] = {
    UNIT: ("数に桁や単位の誤りがない", unit_subjects),
    OUTLIER: ("数の前回からの変化が、他の市町村と比べて際立っていない", outlier_subjects),
    STALE: ("前回の回答をそのまま写していない", stale_subjects),
    SWAPPED: ("他の市町村の回答と取り違えていない", swapped_subjects),
    DUPLICATED: ("他の市町村と同じ回答になっていない", duplicated_subjects),
    SHIFTED: ("回答を隣の行や列に記入していない", lambda pairs: pairs.compared),
}
"""What each rule states, and the municipalities of which it can be verified."""
FINDERS: tuple[Callable[[Pairs], Iterator[Suspect]], ...] = (
    other_municipalities_returns, shifted_answers, shifted_choices, shifted_columns, unit_errors, stale_returns, outliers,
)  # fmt: skip
"""In the order in which they may doubt an answer: what explains the most answers first."""

OWNER = "macro"


def edit_returns(
    home: Home, declarations: YearDeclarations, *, previous_answers: pl.DataFrame | None = None
) -> dict[str, pl.DataFrame]:
    """Judge a year's returns together; gives the tables findings and rule_outcomes.

    `previous_answers` are those of the year before as it was released; without them, those that were read last.
    """
    judgements = Judgements(declarations.year, OWNER)
    judge_macro(load_tables(home, declarations.year, previous_answers), declarations, judgements)
    return {"findings": judgements.findings(), "rule_outcomes": judgements.outcomes()}


def judge_macro(tables: YearTables, declarations: YearDeclarations, into: Judgements) -> None:
    """Judge the year's returns together; findings with the largest effect on a figure come first.

    An answer that one rule doubts is not doubted by those after it: one slip is asked about once. A return that seems to be
    another municipality's is not looked at row by row. Where there is nothing to compare with, as of a municipality that is new
    this year, a rule cannot be verified; that is only counted, since nobody could answer for it.
    """
    pairs = Pairs(tables, declarations)
    suspects = _first_doubts(suspect for find in FINDERS for suspect in find(pairs))
    for rule_id, (statement, subjects_of) in RULES.items():
        failed = [suspect.municipality_code for suspect in suspects if suspect.rule_id == rule_id]
        clean = subjects_of(pairs) - set(failed)
        unknown = pairs.answered - clean - set(failed)
        verdicts = {"pass": len(clean), "fail": len(failed), "unverifiable": len(unknown)}
        into.count(rule_id, "warning", statement, [name for name, count in verdicts.items() for _ in range(count)])
    effects = Effects(pairs, suspects) if suspects else None
    told = [(suspect, *effects.of(suspect)) for suspect in suspects] if effects else []
    cells = pairs.cells_of([one.answer_id for suspect in suspects for one in suspect.doubted]) if suspects else {}
    for suspect, figure, effect in sorted(told, key=lambda one: -one[2]):
        into.doubt(Judged(
            suspect.rule_id, "warning", 3, RULES[suspect.rule_id][0], "fail", suspect.message, suspect.municipality_code,
            suspect.entity_id, suspect.question_id,
            [cells[one.answer_id] for one in suspect.doubted[: suspect.most_cells] if one.answer_id in cells],
            suspect.subject, figure_id=figure, effect=effect,
        ))  # fmt: skip


def _first_doubts(suspects: Iterator[Suspect]) -> list[Suspect]:
    doubted: set[str] = set()
    whole: set[str] = set()
    found = []
    for suspect in suspects:
        answers = {one.answer_id for one in suspect.doubted}
        if suspect.municipality_code in whole or (answers and answers <= doubted):
            continue
        doubted |= answers
        if suspect.rule_id in (SWAPPED, DUPLICATED):
            whole.add(suspect.municipality_code)
        found.append(suspect)
    return found
