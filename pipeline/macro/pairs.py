"""This year's answers beside those of the year before: the same municipality, entity, question and choice."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

import polars as pl

from pipeline.validate.frames import YearTables
from schemas.questionnaire import Question
from schemas.survey import YearDeclarations

KEYS = ["municipality_code", "entity_id", "question_id", "option_code"]
TOLD = ("answered", "not_chosen", "missing", "not_asked")


@dataclass(frozen=True)
class Pairs:
    """The answers of a year that can be compared: no free texts, no names of the register, nothing of who filled the form in.

    `now` and `before` are what was answered as text, empty where nothing was; numbers are there as numbers too.
    """

    tables: YearTables
    declarations: YearDeclarations

    @cached_property
    def questions(self) -> dict[str, Question]:
        """The questions whose answers are compared, by id: those that were asked alike the year before."""
        changes = self.declarations.changes
        return {
            question.id: question
            for block in self.declarations.questionnaire.blocks
            for question in block.questions
            if question.type in ("single", "multiple", "matrix", "count")
            and (changes is None or changes.asks_alike(question.id))
        }

    @cached_property
    def now(self) -> pl.DataFrame:
        """This year's answers with their values as text; unreadable ones are left out."""
        return self._valued(self.tables.answers)

    @cached_property
    def before(self) -> pl.DataFrame:
        """Those of the year before, to questions and choices that are still asked."""
        return self._valued(self.tables.previous_answers)

    def _valued(self, answers: pl.DataFrame) -> pl.DataFrame:
        chosen = pl.when(pl.col("status") == "answered").then(pl.lit("1")).otherwise(pl.lit("0"))
        single = pl.coalesce("value_code", pl.col("value_number").cast(pl.String)).fill_null("")
        return answers.filter(
            pl.col("question_id").is_in(list(self.questions)) & pl.col("status").is_in(TOLD)
        ).with_columns(value=pl.when(pl.col("option_code") == "").then(single).otherwise(chosen))

    @cached_property
    def joined(self) -> pl.DataFrame:
        """Both years beside one another: columns of this year, and `value_before`, `number_before`."""
        before = self.before.select(*KEYS, value_before="value", number_before="value_number").unique(
            KEYS, keep="first"
        )
        return self.now.join(before, on=KEYS, how="inner", maintain_order="left")

    @cached_property
    def numbers(self) -> pl.DataFrame:
        """Numbers of both years beside one another, one for each entity of a return, also where it is entered twice."""
        both = self.joined.filter(pl.col("value_number").is_not_null() & pl.col("number_before").is_not_null())
        return both.unique(KEYS, keep="first", maintain_order=True)

    @cached_property
    def answered(self) -> set[str]:
        """The municipalities with answers of this year."""
        return set(self.now["municipality_code"])

    @cached_property
    def compared(self) -> set[str]:
        """Those of them with answers of the year before."""
        return set(self.joined["municipality_code"])

    @cached_property
    def names(self) -> Mapping[str, str]:
        """The municipalities' names by code."""
        return {m.code: m.name for m in self.declarations.municipalities}

    def cells_of(self, answer_ids: list[str]) -> dict[str, str]:
        """The cell of each of these answers; of several, the first in which something stands, but of an option its own."""
        option = self.tables.answers.select("answer_id", is_option=pl.col("option_code") != "")
        own = self.tables.answer_cells.filter(pl.col("answer_id").is_in(answer_ids))
        own = own.join(option, on="answer_id", how="left", maintain_order="left")
        filled = self.tables.cells.filter(pl.col("text") != "").select("cell_id", is_filled=True)
        placed = own.join(filled, on="cell_id", how="left", maintain_order="left").sort(
            pl.col("is_filled").fill_null(False) & ~pl.col("is_option"), descending=True, maintain_order=True
        )
        return dict(placed.group_by("answer_id", maintain_order=True).agg(pl.col("cell_id").first()).iter_rows())
