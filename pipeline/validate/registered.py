"""Judging what answers name from the register: that it is listed, and that the municipality is a member of it."""

from __future__ import annotations

import polars as pl

from pipeline.validate.frames import YearTables
from pipeline.validate.judged import Judged, Judgements
from pipeline.validate.places import CellPlaces
from schemas.pandera_schemas import judge
from schemas.questionnaire import NOT_LISTED, Question
from schemas.survey import YearDeclarations

LISTED = "登録簿にあるものは一覧から選ばれている"
MEMBER = "登録簿で構成市町村であるものが選ばれている"


def judge_registered(tables: YearTables, declarations: YearDeclarations, places: CellPlaces, into: Judgements) -> None:
    """Judge the questions by which a municipality says what it takes part in.

    A name that the register does not list is no identity, so that nobody can tell whether two municipalities mean the
    same. A table that only points to rows of another one says nothing of its own.
    """
    on = declarations.questionnaire.reference_date
    members = [
        (member.code, member.entity_id) for member in declarations.reference.register_members if member.is_valid(on)
    ]
    memberships = pl.DataFrame(
        members, schema={"municipality_code": pl.String, "value_code": pl.String}, orient="row"
    ).with_columns(is_member=pl.lit(True))
    for question in declarations.questionnaire.questions.values():
        block = declarations.questionnaire.block_of[question.id]
        if question.type != "register" or (block.is_table and block.identity != question.id):
            continue
        named = tables.answers.filter((pl.col("question_id") == question.id) & (pl.col("status") == "answered"))
        _judge(f"unlisted.{question.id}", LISTED, named, pl.col("value_code") != NOT_LISTED, question, places, into)
        listed = named.filter(pl.col("value_code") != NOT_LISTED).join(
            memberships, on=["municipality_code", "value_code"], how="left", maintain_order="left"
        )
        valid = pl.col("is_member").fill_null(value=False)
        _judge(f"member.{question.id}", MEMBER, listed, valid, question, places, into)


def _judge(
    rule_id: str, statement: str, frame: pl.DataFrame, valid: pl.Expr, question: Question, places: CellPlaces,
    into: Judgements,
) -> None:  # fmt: skip
    verdicts = judge(frame, {rule_id: valid}, name=rule_id)[rule_id]
    into.count(rule_id, "error", statement, verdicts)
    for row, verdict in zip(frame.iter_rows(named=True), verdicts, strict=True):
        if verdict != "pass":
            code, row_no = row["municipality_code"], row["row_no"]
            cells = places.cells(code, question.id, row_no)
            text = places.text(cells)
            message = (
                f"「{question.label.ja}」で「{text}」が選ばれています。どの市町村のものと同じか確認できないため、登録簿に"
                "追加したうえで、一覧から選び直してもらってください。"
                if row["value_code"] == NOT_LISTED
                else f"「{question.label.ja}」の回答「{text}」は、登録簿ではこの市町村が構成市町村ではありません。"
                "回答が正しいときは登録簿を改めてください。"
            )
            into.doubt(Judged(
                rule_id, "error", 2, statement, verdict, message, code, row["entity_id"], question.id, cells, str(row_no)
            ))  # fmt: skip
