"""Figures from which the answer of a single municipality can be told, though its question is published in figures only."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

import polars as pl

from pipeline.publish.compare import Comparison
from schemas.figures import Figure
from schemas.survey import YearDeclarations

BY_VALUE = "値による"
SHOWN, WITHHELD = "方針により示す", "単位の語では示さない"


def telling_figures(declarations: YearDeclarations, contributions: pl.DataFrame) -> Iterator[tuple[Figure, str, str]]:
    """(figure, what it tells in Japanese, what is done about it) in the order of the report.

    A count tells the answer of all municipalities where it counts all or none of them, and that of the only one of its kind
    where the word behind it says which kinds it counts. `contributions` are those of the release.
    """
    kinds = {municipality.code: municipality.kind for municipality in declarations.municipalities}
    only = {kind for kind, count in Counter(kinds.values()).items() if count == 1}
    names = {m.kind: m.name for m in declarations.municipalities if m.kind in only}
    questions = declarations.questionnaire.questions
    for figure in declarations.figures.values():
        if figure.grain != "municipality" or figure.operation != "count" or figure.question is None:
            continue
        if questions[figure.question].disclosure != "aggregate":
            continue
        own = contributions.filter(pl.col("figure_id") == figure.id)
        counted = set(own.filter(pl.col("is_counted"))["municipality_code"])
        if not counted or counted == set(own["municipality_code"]):
            yield figure, "すべての市町村が該当する" if counted else "どの市町村も該当しない", BY_VALUE
            continue
        treatment = SHOWN if declarations.shows_kinds(figure) else WITHHELD
        present = {kinds[code] for code in counted}
        for kind in sorted(only, key=list(kinds.values()).index):
            yield figure, f"{names[kind]}が該当{'する' if kind in present else 'しない'}", treatment


def telling_revisions(
    declarations: YearDeclarations, comparison: Comparison | None
) -> Iterator[tuple[Figure, str, str]]:
    """Such figures that changed with the return of one municipality alone: their difference from the release before tells it."""
    questions, names = declarations.questionnaire.questions, {m.code: m.name for m in declarations.municipalities}
    for change in comparison.figures if comparison else ():
        figure = declarations.figures.get(change.figure_id)
        if figure is None or figure.question is None or questions[figure.question].disclosure != "aggregate":
            continue
        if len(change.causes) == 1 and change.causes[0].kind in ("return", "late_return"):
            code = change.causes[0].subject
            yield figure, f"{names.get(code, code)}の回答（前の版との差）", BY_VALUE
