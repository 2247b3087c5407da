"""Rules declared in `rules/<year>.yaml`: between the answers of one return, and over the set of returns."""

from __future__ import annotations

from collections import defaultdict
from datetime import date
from typing import Any

import polars as pl

from pipeline.validate.frames import SUBJECT, SubjectFrames, YearTables
from pipeline.validate.judged import Judged, Judgements, finding_id
from pipeline.validate.places import CellPlaces
from pipeline.validate.receipts import MISSING_RETURN
from schemas.pandera_schemas import judge, rule_expression
from schemas.questionnaire import NOT_LISTED, Block, Question
from schemas.rules import Operand, Rule
from schemas.survey import YearDeclarations

_EPOCH = date(1970, 1, 1)


def judge_declared(tables: YearTables, declarations: YearDeclarations, places: CellPlaces, into: Judgements) -> None:
    """Judge every declared rule; a rule whose frame is empty keeps counts of zero."""
    frames = {
        "compare": _between_answers, "implies": _between_answers, "agreement": _agreement,
        "set_total": _set_total, "previous": _previous,
    }  # fmt: skip
    subjects = SubjectFrames(tables, declarations)
    for rule in declarations.rules:
        frame = frames[rule.kind](rule, subjects)
        verdicts = judge(frame, {rule.id: rule_expression(rule)}, name=rule.id)[rule.id]
        into.count(rule.id, rule.severity, rule.statement.ja, verdicts)
        for row, verdict in zip(frame.iter_rows(named=True), verdicts, strict=True):
            if verdict != "pass":
                into.doubt(_doubt(rule, row, verdict, subjects, places))


def _doubt(rule: Rule, row: dict[str, Any], verdict: str, subjects: SubjectFrames, places: CellPlaces) -> Judged:
    code = row.get("municipality_code")
    entity_id = row.get("entity_id")
    questions = subjects.declarations.questionnaire
    cells: list[str] = []
    for name in rule.named_questions if code else ():
        is_row = questions.block_of[name].is_table
        cells += places.cells(str(code), name, row.get("row_no") or 1 if is_row else 1)
    words = {name: _word(value, questions.questions.get(rule.question or name)) for name, value in row.items()}
    lacking: list[str] = []
    message = rule.message.format_map(defaultdict(lambda: "（不明）", words))
    if verdict == "unverifiable":
        message = f"確認できません：{rule.statement.ja}（必要な回答がそろっていません）"
        lacking = _lacking(rule, row, subjects)
    return Judged(
        rule_id=rule.id, severity=rule.severity, level=rule.level, statement=rule.statement.ja, verdict=verdict,
        message=message, municipality_code=code, entity_id=entity_id,
        question_id=next(iter(rule.named_questions), None), cells=cells,
        subject=str(entity_id) if entity_id and entity_id != code else "",
        follows_from=[finding_id(MISSING_RETURN, lacking_code) for lacking_code in lacking],
    )  # fmt: skip


def _lacking(rule: Rule, row: dict[str, Any], subjects: SubjectFrames) -> list[str]:
    """Municipalities without whose return a subject cannot be verified."""
    if rule.kind == "set_total":
        return subjects.without_return
    return [code for code in [row.get("secretariat_code")] if code in subjects.without_return]


def _word(value: Any, question: Question | None) -> str:
    """An answer as an official knows it: options by their labels, a list with commas."""
    if value is None:
        return "（無回答）"
    labels = {option.code: option.label.ja for option in question.choices} if question else {}
    return "、".join(labels.get(code, str(code)) for code in (value if isinstance(value, list) else [value]))


def _block_of_grain(declarations: YearDeclarations, rule: Rule) -> Block | None:
    if rule.grain == "municipality":
        return None
    return next(block for block in declarations.questionnaire.blocks if block.grain == rule.grain)


def _between_answers(rule: Rule, subjects: SubjectFrames) -> pl.DataFrame:
    declarations = subjects.declarations
    block = _block_of_grain(declarations, rule)
    frame = subjects.of(block)
    if rule.only_secretariat:
        frame = frame.join(subjects.secretariats, on="entity_id", how="left", maintain_order="left").filter(
            pl.col("secretariat_code").is_null() | (pl.col("secretariat_code") == pl.col("municipality_code"))
        )
    for operand in (rule.left, rule.right):
        if operand and operand.rows:
            frame = _with_rows(frame, operand, block, subjects)
        elif operand and operand.reference_date:
            days = (declarations.questionnaire.reference_date - _EPOCH).days
            frame = frame.with_columns(pl.lit(days, dtype=pl.Int64).alias(operand.name))
    if rule.kind == "compare":
        # An answer that was not asked for, or was left to the respondent and left blank, is no subject.
        for operand in (rule.left, rule.right):
            if operand and operand.question and operand.question in frame.columns:
                is_optional = declarations.questionnaire.questions[operand.question].is_optional
                idle = ["not_asked", "missing"] if is_optional else ["not_asked"]
                asked = subjects.tables.answers.filter(
                    (pl.col("question_id") == operand.question) & ~pl.col("status").is_in(idle)
                )
                is_own = declarations.questionnaire.block_of[operand.question].is_table
                keys = SUBJECT if is_own else ["municipality_code"]
                frame = frame.join(asked.select(keys).unique(), on=keys, how="semi", maintain_order="left")
    return frame


def _with_rows(frame: pl.DataFrame, operand: Operand, block: Block | None, subjects: SubjectFrames) -> pl.DataFrame:
    """Add a column that counts the filled rows of another table that belong to the subject."""
    questionnaire = subjects.declarations.questionnaire
    other = next(b for b in questionnaire.blocks if b.id == operand.rows)
    rows = subjects.of(other)
    for question, option in operand.where.items():
        rows = rows.filter(pl.col(question) == option)
    keys = ["municipality_code"]
    if block is not None:
        kind = next(g.register_kind for g in questionnaire.grains if g.id == block.grain)
        link = next(q.id for q in other.questions if q.type == "register" and q.register_kind == kind)
        rows = rows.drop("entity_id").rename({link: "entity_id"})
        rows = _with_unlisted(rows, block, subjects)
        keys.append("entity_id")
    counts = rows.group_by(keys).agg(pl.len().cast(pl.Int64).alias(operand.name))
    return frame.join(counts, on=keys, how="left", maintain_order="left").with_columns(
        pl.col(operand.name).fill_null(0)
    )


def _with_unlisted(rows: pl.DataFrame, block: Block, subjects: SubjectFrames) -> pl.DataFrame:
    """Let `not_listed` mean the one entity of the block that the municipality did not find listed, where it is one."""
    own = subjects.of(block).filter(pl.col(str(block.identity)) == NOT_LISTED)
    single = own.group_by("municipality_code").agg(
        unlisted=pl.when(pl.len() == 1).then(pl.col("entity_id").first()).otherwise(None)
    )
    return rows.join(single, on="municipality_code", how="left", maintain_order="left").with_columns(
        entity_id=pl.when(pl.col("entity_id") == NOT_LISTED).then(pl.col("unlisted")).otherwise(pl.col("entity_id"))
    )


def _agreement(rule: Rule, subjects: SubjectFrames) -> pl.DataFrame:
    """Members beside the secretariat of each shared entity; entities with one reporter have nothing to agree on."""
    block = _block_of_grain(subjects.declarations, rule)
    question = str(rule.question)
    rows = subjects.of(block).select(*SUBJECT, pl.col(question).cast(pl.String))
    rows = rows.join(subjects.secretariats, on="entity_id", how="inner", maintain_order="left")
    is_secretariat = pl.col("municipality_code") == pl.col("secretariat_code")
    own = rows.filter(is_secretariat).select("entity_id", secretariat=pl.col(question))
    members = rows.filter(~is_secretariat).rename({question: "member"})
    return members.join(own.unique("entity_id"), on="entity_id", how="left", maintain_order="left").with_columns(
        pl.col("member").alias(question)
    )


def _set_total(rule: Rule, subjects: SubjectFrames) -> pl.DataFrame:
    """One row: how many chose each option, null while a return is missing; and how many are surveyed."""
    answers = subjects.tables.answers.filter(
        (pl.col("question_id") == rule.question) & (pl.col("status") == "answered")
    )
    counts = dict(answers.group_by("value_code").len().iter_rows())
    row = {option: None if subjects.without_return else counts.get(option, 0) for option in rule.options}
    schema = dict.fromkeys([*rule.options, "municipality_count"], pl.Int64)
    return pl.DataFrame([{**row, "municipality_count": len(subjects.declarations.municipalities)}], schema=schema)


def _previous(rule: Rule, subjects: SubjectFrames) -> pl.DataFrame:
    """This year's number beside last year's, by municipality and entity; no row where last year has none."""
    question = str(rule.question)
    keys = ["municipality_code", "entity_id"]

    def numbers(answers: pl.DataFrame, name: str) -> pl.DataFrame:
        own = answers.filter((pl.col("question_id") == question) & (pl.col("status") != "not_asked"))
        return own.select(*keys, "row_no", pl.col("value_number").alias(name)).unique(keys, maintain_order=True)

    previous = numbers(subjects.tables.previous_answers, "previous").drop("row_no")
    current = numbers(subjects.tables.answers, "current")
    return current.join(previous, on=keys, how="inner", maintain_order="left").with_columns(
        pl.col("current").alias(question)
    )
