"""Judging free texts that belong to an option, to その他 or to a name that the register lacks: is that option chosen?"""

from __future__ import annotations

import polars as pl

from pipeline.validate.frames import SUBJECT, YearTables
from pipeline.validate.judged import Judged, Judgements
from pipeline.validate.places import CellPlaces
from schemas.pandera_schemas import judge
from schemas.questionnaire import NOT_LISTED, Question
from schemas.survey import YearDeclarations

STATEMENT = "内容が記入されている「その他」等の選択肢は選ばれている"


def judge_other_texts(tables: YearTables, declarations: YearDeclarations, places: CellPlaces, into: Judgements) -> None:
    """Judge every free text that a question implies; whoever writes one means its option, which is then not counted."""
    questions = declarations.questionnaire.questions
    for text in questions.values():
        if not text.derived_from:
            continue
        parent = questions[text.derived_from]
        rule_id = f"other.{parent.id}"
        written = tables.answers.filter((pl.col("question_id") == text.id) & (pl.col("status") == "answered"))
        frame = written.join(_is_chosen(tables, parent), on=SUBJECT, how="left", maintain_order="left")
        verdicts = judge(frame, {rule_id: pl.col("is_chosen")}, name=rule_id)[rule_id]
        into.count(rule_id, "error", STATEMENT, verdicts)
        is_table = declarations.questionnaire.block_of[parent.id].is_table
        option = "一覧にない" if parent.type == "register" else _other_label(parent)
        for row, verdict in zip(frame.iter_rows(named=True), verdicts, strict=True):
            if verdict != "pass":
                code, row_no = row["municipality_code"], row["row_no"]
                cells = places.cells(code, text.id, row_no)
                doubt = (
                    f"「{option}」が選ばれていません。「{option}」を選ぶか、記入した内容を消してください。"
                    if verdict == "fail"
                    else f"「{option}」が選ばれているか確認できません。「{parent.label.ja}」の回答を先に確認してください。"
                )
                into.doubt(Judged(
                    rule_id, "error", 2, STATEMENT, verdict,
                    f"「{text.label.ja}」に「{places.text(cells)}」と記入がありますが、{doubt}",
                    code, row["entity_id"], parent.id, cells, str(row_no) if is_table else "",
                ))  # fmt: skip


def _is_chosen(tables: YearTables, parent: Question) -> pl.DataFrame:
    """Whether the option with the free text is chosen, for each subject; null where the answer cannot be read."""
    codes = [NOT_LISTED] if parent.type == "register" else [o.code for o in parent.choices if o.is_other]
    is_unreadable = (pl.col("status") == "unreadable").any()
    is_chosen = ((pl.col("status") == "answered") & pl.col("value_code").is_in(codes)).any()
    return (
        tables.answers.filter(pl.col("question_id") == parent.id)
        .group_by(SUBJECT, maintain_order=True)
        .agg(is_chosen=pl.when(is_chosen).then(True).when(is_unreadable).then(None).otherwise(False))
    )


def _other_label(parent: Question) -> str:
    return next(option.label.ja for option in parent.options if option.is_other)
