"""Judging the rows of tables beside the register and one another: what kind a row says its entity is, and whose rows it lists.

A row is judged once it is known what it is about: what is unread, unanswered or not listed has a finding of its own.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import NamedTuple

import polars as pl

from pipeline.validate.frames import YearTables
from pipeline.validate.judged import Judged, Judgements
from pipeline.validate.places import CellPlaces
from schemas.pandera_schemas import judge
from schemas.questionnaire import NOT_LISTED, Block, Question
from schemas.reference import RegisterEntity
from schemas.survey import YearDeclarations

AS_REGISTERED = "単独・共同の別は登録簿のとおりである"
POINTED = "一覧の各行は、回答に挙げられているもののものである"
BY_SECRETARIAT = "事務局だけが記入する表は、事務局の市町村が記入する"


class _Row(NamedTuple):
    """A row to judge: whose, the answer, what it is about as far as the register knows it, and whether it is right."""

    code: str
    row_no: int
    entity: RegisterEntity | None
    is_right: bool


def judge_register_rows(
    tables: YearTables, declarations: YearDeclarations, places: CellPlaces, into: Judgements
) -> None:
    """Judge every table whose rows are about entities of the register, or belong to them."""
    on = declarations.questionnaire.reference_date
    registered = {entity.entity_id: entity for entity in declarations.reference.register if entity.is_valid(on)}

    def report(
        rule_id: str, statement: str, question: Question, rows: list[_Row], tell: Callable[[_Row, str], str]
    ) -> None:
        frame = pl.DataFrame({"is_right": [row.is_right for row in rows]}, {"is_right": pl.Boolean})
        verdicts = judge(frame, {rule_id: pl.col("is_right")}, name=rule_id)[rule_id]
        into.count(rule_id, "error", statement, verdicts)
        for row, verdict in zip(rows, verdicts, strict=True):
            if verdict != "pass":
                cells = places.cells(row.code, question.id, row.row_no)
                entity_id = row.entity.entity_id if row.entity else None
                into.doubt(Judged(
                    rule_id, "error", 2, statement, verdict, tell(row, places.text(cells)), row.code, entity_id,
                    question.id, cells, str(row.row_no),
                ))  # fmt: skip

    for block in declarations.questionnaire.blocks:
        for question in block.questions if block.is_table else ():
            if question.registered_as == "kind":
                rows = list(_kinds(block, question, registered, tables))
                report(f"registered.{question.id}", AS_REGISTERED, question, rows, _kind_message(question))
            listing = listing_of(question, declarations)
            if question.type != "register" or question.id == block.identity or listing is None:
                continue
            rows = list(_pointed(question, listing, registered, tables))
            report(f"pointed.{question.id}", POINTED, question, rows, _pointed_message(question, listing))
            if block.only_secretariat:
                rows = list(_secretariats(question, registered, tables))
                report(f"secretariat.{question.id}", BY_SECRETARIAT, question, rows, _secretariat_message)


def _answers(tables: YearTables, question_id: str) -> Iterator[tuple[str, int, str | None]]:
    """What every row with something in it answers to a question; None where that is not known."""
    own = tables.answers.filter((pl.col("question_id") == question_id) & (pl.col("status") != "not_asked"))
    answer = pl.when(pl.col("status") == "answered").then("value_code")
    return iter(own.select("municipality_code", "row_no", answer.alias("answer")).iter_rows())


def _kinds(
    block: Block, question: Question, registered: dict[str, RegisterEntity], tables: YearTables
) -> Iterator[_Row]:
    about = {(code, row_no): answer for code, row_no, answer in _answers(tables, str(block.identity))}
    for code, row_no, answer in _answers(tables, question.id):
        entity = registered.get(about.get((code, row_no)) or "")
        if entity is not None and answer is not None:
            yield _Row(code, row_no, entity, answer == entity.kind)


def _kind_message(question: Question) -> Callable[[_Row, str], str]:
    labels = {option.code: option.label.ja for option in question.options}

    def tell(row: _Row, text: str) -> str:
        name, kind = (row.entity.name, labels[row.entity.kind]) if row.entity else ("", "")
        return (
            f"「{name}」の「{question.label.ja}」の回答「{text}」は、登録簿の「{kind}」と異なります。"
            "回答が正しいときは登録簿を改めてください。"
        )

    return tell


def listing_of(question: Question, declarations: YearDeclarations) -> Block | None:
    """The table that says which entities of a register question's kind a return is about."""
    questions = declarations.questionnaire.questions
    return next(
        (
            block for block in declarations.questionnaire.blocks
            if block.identity and questions[block.identity].register_kind == question.register_kind
        ),
        None,
    )  # fmt: skip


def _pointed(
    question: Question, listing: Block, registered: dict[str, RegisterEntity], tables: YearTables
) -> Iterator[_Row]:
    """Rows beside the table that they point to, unless a row of that is not known and may be the one that is meant."""
    listed: dict[str, set[str | None]] = {}
    for code, _, answer in _answers(tables, str(listing.identity)):
        listed.setdefault(code, set()).add(answer)
    for code, row_no, answer in _answers(tables, question.id):
        known = listed.get(code, set())
        if answer is not None and known and (answer in known or None not in known):
            yield _Row(code, row_no, registered.get(answer), answer in known)


def _pointed_message(question: Question, listing: Block) -> Callable[[_Row, str], str]:
    return lambda _, text: (
        f"「{question.label.ja}」の回答「{text}」は、「{listing.label.ja}」の表に挙げられていません。"
        "どちらかを訂正してください。"
    )


def _secretariats(question: Question, registered: dict[str, RegisterEntity], tables: YearTables) -> Iterator[_Row]:
    """Rows of a shared entity that another member lists too would be counted twice."""
    for code, row_no, answer in _answers(tables, question.id):
        if answer is not None and answer != NOT_LISTED and answer in registered:
            yield _Row(code, row_no, registered[answer], registered[answer].secretariat_code == code)


def _secretariat_message(row: _Row, text: str) -> str:
    return (
        f"「{text}」については事務局の市町村だけが記入しますが、登録簿ではこの市町村は事務局ではありません。"
        "この行を消してもらってください。事務局が替わったときは登録簿を改めてください。"
    )
