"""Frames that rules judge: answers by question, and one row for each subject with its answers beside one another."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import polars as pl

from schemas.questionnaire import Block, Question
from schemas.survey import YearDeclarations

SUBJECT = ["municipality_code", "entity_id", "row_no"]


@dataclass(frozen=True)
class YearTables:
    """The tables of one year that validation reads; `previous_answers` are last year's, perhaps empty."""

    returns: pl.DataFrame
    cells: pl.DataFrame
    answers: pl.DataFrame
    answer_cells: pl.DataFrame
    blocks: pl.DataFrame
    corrections: pl.DataFrame
    previous_answers: pl.DataFrame


def question_frame(tables: YearTables, declarations: YearDeclarations) -> pl.DataFrame:
    """One row for each (municipality, row, question), with what the questionnaire asks of it.

    Columns besides the subject: question_id, type, status (answered where any choice is), problem, is_asked,
    chosen_count, none_count, most_in_row (matrix), value_number, minimum, maximum, is_required, is_optional,
    is_conditional (only some are asked).
    """
    questionnaire = declarations.questionnaire
    attributes = pl.DataFrame(
        [
            (q.id, q.type, q.is_multiple, q.minimum, q.maximum, q.is_required, q.is_optional,
             bool(q.asked_if or questionnaire.block_of[q.id].asked_if))
            for q in questionnaire.questions.values()
        ],
        schema={
            "question_id": pl.String, "type": pl.String, "is_multiple": pl.Boolean, "minimum": pl.Int64,
            "maximum": pl.Int64, "is_required": pl.Boolean, "is_optional": pl.Boolean, "is_conditional": pl.Boolean,
        },
        orient="row",
    )  # fmt: skip
    nones = [f"{q.id}|{o.code}" for q in questionnaire.questions.values() for o in q.choices if o.is_none]
    is_chosen = (pl.col("status") == "answered") & (pl.col("option_code") != "")
    answers = tables.answers.with_columns(
        is_chosen=is_chosen,
        is_none=is_chosen & (pl.col("question_id") + "|" + pl.col("option_code")).is_in(nones),
        matrix_row=pl.col("option_code").str.split(".").list.first(),
    )
    in_row = pl.col("is_chosen").sum().over([*SUBJECT, "question_id", "matrix_row"])
    grouped = (
        answers.with_columns(in_row=in_row)
        .group_by([*SUBJECT, "question_id"], maintain_order=True)
        .agg(
            status=pl.when((pl.col("status") == "unreadable").any()).then(pl.lit("unreadable"))
            .when((pl.col("status") == "answered").any()).then(pl.lit("answered"))
            .otherwise(pl.col("status").first()),
            problem=pl.col("problem").drop_nulls().first(),
            is_asked=pl.col("is_asked").first(),
            chosen_count=pl.col("is_chosen").sum(),
            none_count=pl.col("is_none").sum(),
            most_in_row=pl.col("in_row").max(),
            value_number=pl.col("value_number").first(),
        )
    )  # fmt: skip
    return grouped.join(attributes, on="question_id", how="left", maintain_order="left")


class SubjectFrames:
    """One row for each subject, a column for each question; made once for every rule of a year.

    A column is a code, a number, a date as days since 1970-01-01, or a list of chosen codes; null where there is no
    answer.
    """

    def __init__(self, tables: YearTables, declarations: YearDeclarations) -> None:
        self.tables = tables
        self.declarations = declarations
        self._by_question = tables.answers.partition_by("question_id", as_dict=True, maintain_order=True)
        self._frames: dict[str, pl.DataFrame] = {}

    def of(self, block: Block | None) -> pl.DataFrame:
        """A table's filled rows with the municipality's own questions beside them; None gives municipalities."""
        if block is None:
            return self.municipalities.with_columns(
                entity_id=pl.col("municipality_code"), row_no=pl.lit(1, dtype=pl.Int32)
            )
        if block.id not in self._frames:
            rows = (
                self.tables.answers.filter(pl.col("block_id") == block.id).select(SUBJECT).unique(maintain_order=True)
            )
            for question in block.questions:
                rows = rows.join(self._values(question), on=SUBJECT, how="left", maintain_order="left")
            joined = rows.join(self.municipalities, on="municipality_code", how="left", maintain_order="left")
            self._frames[block.id] = joined
        return self._frames[block.id]

    @cached_property
    def without_return(self) -> list[str]:
        """Codes of surveyed municipalities that have not answered, in the order of the roster."""
        received = set(self.tables.returns["municipality_code"])
        return [m.code for m in self.declarations.municipalities if m.code not in received]

    @cached_property
    def municipalities(self) -> pl.DataFrame:
        """Municipalities with a return, and all their questions outside tables."""
        frame = self.tables.returns.select("municipality_code")
        for block in self.declarations.questionnaire.blocks:
            for question in () if block.is_table else block.questions:
                values = self._values(question).select("municipality_code", question.id)
                frame = frame.join(values, on="municipality_code", how="left", maintain_order="left")
        return frame

    @cached_property
    def secretariats(self) -> pl.DataFrame:
        """Whose answer counts for each registered entity: entity_id, secretariat_code."""
        on = self.declarations.questionnaire.reference_date
        kinds = {grain.register_kind for grain in self.declarations.questionnaire.grains if grain.register_kind}
        rows = [
            (entity.entity_id, entity.secretariat_code)
            for kind in sorted(kinds)
            for entity in self.declarations.reference.entities(kind, on)
        ]
        return pl.DataFrame(rows, schema={"entity_id": pl.String, "secretariat_code": pl.String}, orient="row")

    def _values(self, question: Question) -> pl.DataFrame:
        own = self._by_question.get((question.id,), self.tables.answers.clear())
        if question.is_multiple:
            chosen = pl.col("option_code").filter(pl.col("status") == "answered")
            is_told = (pl.col("status").is_in(["answered", "not_chosen"])).all()
            return own.group_by(SUBJECT, maintain_order=True).agg(
                pl.when(is_told).then(chosen.implode()).otherwise(None).alias(question.id)
            )
        column = {
            "count": pl.col("value_number"),
            "date": pl.col("value_date").cast(pl.Int32).cast(pl.Int64),
            "text": pl.col("value_text"),
        }.get(question.type, pl.col("value_code"))
        return own.select(*SUBJECT, column.alias(question.id))
