"""What doubted answers mean for the published figures: by which share the figure would change that changes most."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence

import polars as pl

from pipeline.macro.pairs import Pairs
from pipeline.macro.suspect import Suspect
from schemas.figures import Figure


class Effects:
    """Effects on the counts and sums of a year, in which an entity that several report is counted by its secretariat's answer."""

    def __init__(self, pairs: Pairs) -> None:
        self._pairs = pairs
        self._by_question: dict[str, list[Figure]] = defaultdict(list)
        for figure in pairs.declarations.figures.values():
            if figure.question and figure.operation in ("count", "sum"):
                self._by_question[figure.question].append(figure)
        on = pairs.declarations.questionnaire.reference_date
        self._speaker = {
            e.entity_id: e.secretariat_code for e in pairs.declarations.reference.register if e.is_valid(on)
        }
        answered = pairs.tables.answers.filter(pl.col("status") == "answered")
        self._answers = {row["answer_id"]: row for row in self._counting(answered).iter_rows(named=True)}
        self._totals: dict[str, float] = {}

    def _counting(self, answers: pl.DataFrame) -> pl.DataFrame:
        speaker = pl.col("entity_id").replace_strict(
            self._speaker, default=pl.col("municipality_code"), return_dtype=pl.String
        )
        return answers.filter(speaker.is_null() | (speaker == pl.col("municipality_code")))

    def of(self, suspect: Suspect) -> tuple[str | None, float]:
        """The figure that would change most if the answers were as expected, and by which share of it; 0 where none would."""
        changes: dict[str, float] = defaultdict(float)
        for one in suspect.doubted:
            row = self._answers.get(one.answer_id)
            if row is not None:
                for figure in self._by_question[row["question_id"]]:
                    changes[figure.id] += self._change(figure, row, one.expected)
        shares = {name: abs(change) / max(1.0, self._total(name)) for name, change in changes.items()}
        name = max(shares, key=lambda figure: shares[figure], default=None)
        return (name, shares[name]) if name and shares[name] else (None, 0.0)

    def _change(self, figure: Figure, row: dict[str, object], expected: str | None) -> float:
        """What leaves the figure where the answer leaves, and what comes where the expected one comes."""
        if figure.operation == "sum":
            return float(str(row["value_number"] or 0)) - float(expected or 0)
        now = not figure.options or row["value_code"] in figure.options
        if row["option_code"]:
            return float(now) if expected != "1" else 0.0
        then = bool(expected) and (not figure.options or expected in figure.options)
        return float(now) - float(then)

    def _total(self, figure_id: str) -> float:
        if figure_id not in self._totals:
            figure = self._pairs.declarations.figures[figure_id]
            own: Sequence[dict[str, object]] = [
                row for row in self._answers.values()
                if row["question_id"] == figure.question and (not figure.options or row["value_code"] in figure.options)
            ]  # fmt: skip
            total = (
                sum(float(str(row["value_number"] or 0)) for row in own)
                if figure.operation == "sum"
                else float(len(own))
            )
            self._totals[figure_id] = total
        return self._totals[figure_id]
