"""Macro-editing: judging the returns of a year together, beside those of the year before; each doubt with its effect."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import polars as pl

from pipeline.home import Home
from pipeline.macro.effect import Effects
from pipeline.macro.numbers import OUTLIER, UNIT, outliers, unit_errors
from pipeline.macro.pairs import Pairs
from pipeline.macro.returns import DUPLICATED, STALE, SWAPPED, other_municipalities_returns, stale_returns
from pipeline.macro.shifts import SHIFTED, shifted_answers, shifted_choices
from pipeline.macro.suspect import Suspect
from pipeline.validate.frames import YearTables
from pipeline.validate.judged import Judged, Judgements
from pipeline.validate.validate import load_tables
from schemas.survey import YearDeclarations

STATEMENTS = {
    UNIT: "数に桁や単位の誤りがない",
    OUTLIER: "数の前回からの変化が、他の市町村と比べて際立っていない",
    STALE: "前回の回答をそのまま写していない",
    SWAPPED: "他の市町村の回答と取り違えていない",
    DUPLICATED: "他の市町村と同じ回答になっていない",
    SHIFTED: "回答を隣の行や列に記入していない",
}
FINDERS: tuple[Callable[[Pairs], Iterator[Suspect]], ...] = (
    unit_errors, other_municipalities_returns, shifted_answers, shifted_choices, stale_returns, outliers,
)  # fmt: skip


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
    """Judge the year's returns together. Without answers of the year before, nothing can be verified, and nothing is judged.

    An answer that one rule doubts is not doubted by those after it: one slip is asked about once. A return that seems to be
    another municipality's is not looked at row by row.
    """
    pairs = Pairs(tables, declarations)
    subjects = sorted(set(pairs.joined["municipality_code"]))
    suspects = _first_doubts(suspect for find in FINDERS for suspect in find(pairs)) if subjects else []
    effects = Effects(pairs) if suspects else None
    cells = pairs.cells_of([one.answer_id for suspect in suspects for one in suspect.doubted]) if suspects else {}
    for rule_id, statement in STATEMENTS.items():
        own = [suspect for suspect in suspects if suspect.rule_id == rule_id]
        clean = len(set(subjects) - {suspect.municipality_code for suspect in own})
        into.count(rule_id, "warning", statement, [*(["pass"] * clean), *(["fail"] * len(own))])
        for suspect in own:
            figure, effect = effects.of(suspect) if effects else (None, 0.0)
            into.doubt(Judged(
                rule_id, "warning", 3, statement, "fail", suspect.message, suspect.municipality_code, suspect.entity_id,
                suspect.question_id, [cells[one.answer_id] for one in suspect.doubted if one.answer_id in cells],
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
