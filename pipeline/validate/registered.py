"""Judging what answers name from the register: that it is listed, and that the municipality is a member of it."""

from __future__ import annotations

from collections import Counter

import polars as pl

from pipeline.validate.frames import YearTables
from pipeline.validate.judged import Judged, Judgements
from pipeline.validate.places import CellPlaces
from schemas.pandera_schemas import judge
from schemas.questionnaire import NOT_LISTED, Question
from schemas.survey import YearDeclarations

LISTED = "登録簿にあるものは一覧から選ばれている"
MEMBER = "登録簿で構成市町村であるものが選ばれている"
NAMED = "登録簿で構成市町村となっているものが、回答で挙げられている"


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
        _judge_named(question, named, tables, declarations, places, into)


def _judge_named(
    question: Question, named: pl.DataFrame, tables: YearTables, declarations: YearDeclarations, places: CellPlaces,
    into: Judgements,
) -> None:  # fmt: skip
    """A municipality that the register holds for a member names the entity; else one of the two is wrong.

    An assumed membership is only asked about, and of what others share alone; so is, outside tables, what is shared. One
    that has named what is not listed, not its own or the same twice, or what could not be read, that has left open what it
    is asked, or lacks the sheet, is asked about that first.
    """
    on = declarations.questionnaire.reference_date
    block = declarations.questionnaire.block_of[question.id]
    answered = Counter(named.select("municipality_code", "value_code").iter_rows())
    members = {(m.code, m.entity_id): m.status for m in declarations.reference.register_members if m.is_valid(on)}
    strange = {pair[0] for pair, times in answered.items() if times > 1 or pair not in members}
    skipped = strange | _asked_first(question, tables, is_required=block.is_required or not block.is_table)
    fills = tables.blocks.filter(pl.col("block_id") == block.id)
    firsts = dict(fills.select("municipality_code", "first_cell_id").iter_rows())
    for rule_id, severity, status in (
        (f"named.{question.id}", "error", "confirmed"), (f"named_assumed.{question.id}", "warning", "assumed"),
    ):  # fmt: skip
        expected = [
            (code, entity.entity_id, entity.name, (code, entity.entity_id) in answered)
            for code in tables.returns["municipality_code"]
            if code not in skipped
            for entity in declarations.reference.entities_of(code, str(question.register_kind), on)
            if members[code, entity.entity_id] == status
            and (entity.kind == "joint" or (block.is_table and status == "confirmed"))
        ]
        schema = {"code": pl.String, "entity_id": pl.String, "name": pl.String, "is_named": pl.Boolean}
        frame = pl.DataFrame(expected, schema=schema, orient="row")
        verdicts = judge(frame, {rule_id: pl.col("is_named")}, name=rule_id)[rule_id]
        into.count(rule_id, severity, NAMED, verdicts)
        for (code, entity_id, name, _), verdict in zip(expected, verdicts, strict=True):
            if verdict != "pass":
                cells = places.cells(code, question.id, 1) or [firsts[code]]
                message = (
                    f"登録簿では「{name}」の構成市町村ですが、「{question.label.ja}」の回答に挙げられていません。"
                    "回答が正しいときは登録簿を改めてください。"
                )
                into.doubt(Judged(
                    rule_id, severity, 2, NAMED, verdict, message, code, entity_id, question.id, cells, entity_id
                ))  # fmt: skip


def _asked_first(question: Question, tables: YearTables, *, is_required: bool) -> set[str]:
    """Municipalities with another finding about this question, or about whether it has to be answered."""
    may_be_asked = pl.col("is_asked").is_null() | pl.col("is_asked")
    own = tables.answers.filter(pl.col("question_id") == question.id)
    doubtful = own.filter(
        (pl.col("status") == "unreadable")
        | (pl.col("value_code") == NOT_LISTED)
        | ((pl.col("status") == "missing") & may_be_asked)
    )
    blocks = own["block_id"].unique().to_list()
    fills = tables.blocks.filter(pl.col("block_id").is_in(blocks))
    is_open = (pl.col("row_count") == 0) & may_be_asked & pl.lit(is_required)
    unfilled = fills.filter(pl.col("absent_cell_id").is_not_null() | is_open)
    return {*doubtful["municipality_code"], *unfilled["municipality_code"]}


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
