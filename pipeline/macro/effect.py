"""What doubted answers mean for the published figures: by which share the figure would change that changes most."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import polars as pl

from pipeline.macro.pairs import Pairs
from pipeline.macro.suspect import Suspect
from schemas.figures import Figure

Row = Mapping[str, Any]
Subject = tuple[str, str, str]
"""A question, and whose answer it is: municipality and entity."""
SUBJECT = ["question_id", "municipality_code", "entity_id"]


class Effects:
    """Effects of some doubted answers on the counts and sums of a year.

    Whose answers count is what it is for the figures themselves: an entity that several report counts once, by its
    secretariat's answer, and a pair of municipality and entity by the municipality's own.
    """

    def __init__(self, pairs: Pairs, suspects: Sequence[Suspect]) -> None:
        self._pairs = pairs
        self._by_question: dict[str, list[Figure]] = defaultdict(list)
        for figure in pairs.declarations.figures.values():
            if figure.question and figure.operation in ("count", "sum"):
                self._by_question[figure.question].append(figure)
        self._counting = self._rows_that_count()
        self._rows: dict[str, Row] = {}
        self._of_subject: dict[Subject, list[Row]] = defaultdict(list)
        doubted = pl.col("answer_id").is_in([one.answer_id for suspect in suspects for one in suspect.doubted])
        subjects = self._counting.filter(doubted).select(SUBJECT).unique()
        for row in self._counting.join(subjects, on=SUBJECT, how="semi", maintain_order="left").iter_rows(named=True):
            self._rows[row["answer_id"]] = row
            self._of_subject[_subject(row)].append(row)
        self._totals: dict[str, float] = {}

    def _rows_that_count(self) -> pl.DataFrame:
        """Answers from the first row of each entity in a return, and whether its municipality speaks for the entity."""
        on = self._pairs.declarations.questionnaire.reference_date
        secretariats = {
            e.entity_id: e.secretariat_code for e in self._pairs.declarations.reference.register if e.is_valid(on)
        }
        reporter = pl.col("municipality_code").min().over("grain", "entity_id")
        speaker = pl.col("entity_id").replace_strict(secretariats, default=reporter, return_dtype=pl.String)
        first = pl.col("row_no").min().over("block_id", "municipality_code", "entity_id")
        rows = self._pairs.tables.answers.with_columns(
            is_speaker=speaker == pl.col("municipality_code"), is_first=pl.col("row_no") == first
        )
        return rows.filter(pl.col("is_first") & pl.col("question_id").is_in(list(self._by_question)))

    def of(self, suspect: Suspect) -> tuple[str | None, float]:
        """The figure that would change most if the answers were as expected, and by which share of it; 0 where none would."""
        expected = {one.answer_id: one.expected for one in suspect.doubted if one.answer_id in self._rows}
        changes: dict[str, float] = defaultdict(float)
        for question_id, code, entity_id in dict.fromkeys(_subject(self._rows[name]) for name in expected):
            rows = self._of_subject[question_id, code, entity_id]
            after = [
                self._as_expected(row, expected[name]) if (name := row["answer_id"]) in expected else row
                for row in rows
            ]
            for figure in self._by_question[question_id]:
                if rows[0]["is_speaker"] or figure.grain != rows[0]["grain"]:
                    changes[figure.id] += _contribution(figure, after) - _contribution(figure, rows)
        shares = {name: abs(change) / max(1.0, self._total(name)) for name, change in changes.items()}
        name = max(shares, key=lambda figure: shares[figure], default=None)
        return (name, shares[name]) if name and shares[name] else (None, 0.0)

    def _as_expected(self, row: Row, expected: str | None) -> Row:
        """The answer as it is expected to be, a choice by 1 or 0; unanswered where nothing is expected."""
        if row["option_code"]:
            return {**row, "status": "answered" if expected == "1" else "not_chosen", "value_code": row["option_code"]}
        is_count = self._pairs.declarations.questionnaire.questions[row["question_id"]].type == "count"
        value = (int(expected) if expected else None) if is_count else expected
        status = "answered" if expected else "missing"
        return {**row, "status": status, "value_number" if is_count else "value_code": value}

    def _total(self, figure_id: str) -> float:
        if figure_id not in self._totals:
            figure = self._pairs.declarations.figures[figure_id]
            is_counted = pl.col("value_code").is_in(figure.options) if figure.options else pl.lit(True)
            counted = self._counting.filter(
                (pl.col("question_id") == figure.question)
                & (pl.col("is_speaker") | (pl.col("grain") != figure.grain))
                & (pl.col("status") == "answered")
                & is_counted
            )
            subjects = counted.select("municipality_code", "entity_id").n_unique()
            self._totals[figure_id] = float(counted["value_number"].sum() if figure.operation == "sum" else subjects)
        return self._totals[figure_id]


def _subject(row: Row) -> Subject:
    return row["question_id"], row["municipality_code"], row["entity_id"]


def _contribution(figure: Figure, rows: Iterable[Row]) -> float:
    """What one subject's answers add to a figure; one that chose several of the options is counted once."""
    counted = [
        r for r in rows if r["status"] == "answered" and (not figure.options or r["value_code"] in figure.options)
    ]
    return float(sum(row["value_number"] or 0 for row in counted) if figure.operation == "sum" else bool(counted))
