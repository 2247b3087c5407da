"""Rules that follow from a question alone: type, code, one answer, range, routing, no answer, 特になし.

Their ids are `<kind>.<question>`; they need no declaration beyond the questionnaire.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

import polars as pl

from pipeline.read.problems import PROBLEM_TEXTS
from pipeline.validate.frames import YearTables, question_frame
from pipeline.validate.judged import Judged, Judgements, finding_id
from pipeline.validate.places import CellPlaces
from schemas.labels import Severity
from schemas.pandera_schemas import judge
from schemas.questionnaire import Condition, Question
from schemas.survey import YearDeclarations

MISSING_SHEET, ALTERED = "return.sheets", "form.altered"
ABSENT = {
    False: "シート「{sheet}」がありません。シートを削除せずに送り直してください。",
    True: "シート「{sheet}」の回答は、どの設問のものか確かめられないため読み取っていません。行や列を戻して送り直してください。",
}
"""What is said of a sheet that is not read, by whether it is there."""
CODE_PROBLEMS = ("unknown_option", "not_in_register")
SINGLE_PROBLEMS = ("two_answers",)
IS_WRITTEN = pl.col("status").is_in(["answered", "unreadable"])
PROBLEM = pl.col("problem").fill_null("")


@dataclass(frozen=True)
class DerivedRule:
    """A rule for every question it applies to. `valid` is null where it cannot be told."""

    kind: str
    statement: str
    level: int
    applies: pl.Expr
    valid: pl.Expr
    severity: Callable[[Question], Severity]
    message: Callable[[Question, dict[str, Any], str], str]

    def place(self, question: Question, places: CellPlaces, subject: tuple[str, str, int]) -> tuple[list[str], str]:
        """The cells that a finding is about, those that are at fault alone or first, and what stands there in words."""
        if self.kind in ("type", "option") and (unread := places.unread(*subject)):
            return unread, places.text(unread)
        ticked = places.ticked(*subject)
        if self.kind == "scope" and ticked:
            rows = Counter(code.partition(".")[0] for code in ticked)
            labels = [option.label.ja for option in question.options if rows[option.code] > 1]
            return [cell for code, cell in ticked.items() if rows[code.partition(".")[0]] > 1], "」「".join(labels)
        if self.kind == "none" and ticked:
            nones = {option.code for option in question.choices if option.is_none}
            cells = [ticked[code] for code in sorted(ticked, key=lambda code: code not in nones)]
            return cells, places.text(cells)
        cells = places.cells(*subject)
        return cells, places.text(cells)


def _error(_: Question) -> Severity:
    return "error"


def _problem_message(question: Question, row: dict[str, Any], text: str) -> str:
    reason = PROBLEM_TEXTS.get(row["problem"] or "", "読み取れません。")
    return f"「{question.label.ja}」の回答「{text}」：{reason}"


def _how_to_answer_nothing(question: Question) -> str:
    """What to write where there is nothing to tell, so that it is no blank."""
    if question.type == "count":
        return "ないときは０と記入してください。"
    none = next((option.label.ja for option in question.choices if option.is_none), None)
    return f"該当がないときは「{none}」を選んでください。" if none else "記入してください。"


def _range_message(question: Question, row: dict[str, Any], text: str) -> str:
    low, high = question.minimum, question.maximum
    bounds = f"{'' if low is None else low}～{'' if high is None else high}{question.unit or ''}"
    return f"「{question.label.ja}」の回答「{text}」は想定する範囲（{bounds}）の外です。値を確認してください。"


DERIVED_RULES = (
    DerivedRule(
        "type", "回答は設問の型として読み取れる", 1, IS_WRITTEN,
        ~PROBLEM.is_in(sorted(set(PROBLEM_TEXTS) - {*CODE_PROBLEMS, *SINGLE_PROBLEMS})), _error, _problem_message,
    ),
    DerivedRule(
        "option", "回答は選択肢又は一覧にある", 1,
        IS_WRITTEN & pl.col("type").is_in(["single", "register"]), ~PROBLEM.is_in(CODE_PROBLEMS), _error,
        _problem_message,
    ),
    DerivedRule(
        "single", "一つだけ選ぶ設問の回答は一つである", 1,
        IS_WRITTEN & (pl.col("type") == "single"), ~PROBLEM.is_in(SINGLE_PROBLEMS), _error, _problem_message,
    ),
    DerivedRule(
        "range", "数は想定する範囲にある", 1,
        (pl.col("type") == "count") & (pl.col("status") == "answered")
        & (pl.col("minimum").is_not_null() | pl.col("maximum").is_not_null()),
        (pl.col("minimum").is_null() | (pl.col("value_number") >= pl.col("minimum")))
        & (pl.col("maximum").is_null() | (pl.col("value_number") <= pl.col("maximum"))),
        _error, _range_message,
    ),
    DerivedRule(
        "routing", "回答対象でない設問には回答がない", 2, IS_WRITTEN & pl.col("is_conditional"), pl.col("is_asked"), _error,
        lambda q, _, text: (
            f"「{q.label.ja}」は、他の設問の回答からみて回答の対象ではありませんが、「{text}」と記入があります。"
            "どちらかを訂正してください。"
        ),
    ),
    DerivedRule(
        "answered", "対象となる設問に回答がある", 1,
        ~pl.col("is_optional") & (pl.col("is_asked").is_null() | pl.col("is_asked")),
        pl.when(pl.col("status") != "missing").then(True).when(pl.col("is_asked")).then(False).otherwise(None),
        lambda q: "error" if q.is_required else "warning",
        lambda q, _, __: f"「{q.label.ja}」に回答がありません（無回答）。{_how_to_answer_nothing(q)}",
    ),
    DerivedRule(
        "none", "「特になし」は他の選択肢と同時に選ばれない", 2,
        pl.col("is_multiple") & IS_WRITTEN,
        (pl.col("none_count") == 0) | (pl.col("chosen_count") == pl.col("none_count")), _error,
        lambda q, _, __: f"「{q.label.ja}」で「特になし」と他の選択肢が同時に選ばれています。どちらかにしてください。",
    ),
    DerivedRule(
        "scope", "一つの項目に選ぶ区分は一つまでである", 2,
        (pl.col("type") == "matrix") & IS_WRITTEN, pl.col("most_in_row") <= 1, _error,
        lambda q, _, text: f"「{q.label.ja}」の「{text}」に複数の区分が選ばれています。一つに絞ってください。",
    ),
)  # fmt: skip


def judge_derived(tables: YearTables, declarations: YearDeclarations, places: CellPlaces, into: Judgements) -> None:
    """Judge every answer by the rules that follow from its question."""
    answers = question_frame(tables, declarations)
    questions = declarations.questionnaire.questions
    absent = absent_sheets(tables)
    for rule in DERIVED_RULES:
        judged = answers.filter(rule.applies)
        verdicts = judge(judged, {rule.kind: rule.valid}, name=rule.kind)[rule.kind]
        judged = judged.with_columns(verdict=verdicts)
        if rule.kind == "answered":
            judged = _without_absent(judged, absent, declarations)
        for (question_id, verdict), group in judged.group_by(["question_id", "verdict"], maintain_order=True):
            question = questions[str(question_id)]
            rule_id = f"{rule.kind}.{question_id}"
            into.count(rule_id, rule.severity(question), rule.statement, [str(verdict)] * group.height)
            if verdict == "pass":
                continue
            for row in group.iter_rows(named=True):
                subject = (row["municipality_code"], question.id, row["row_no"])
                cells, text = rule.place(question, places, subject)
                block = declarations.questionnaire.block_of[question.id]
                sheet = absent.get((subject[0], block.id)) if rule.kind == "answered" else None
                is_table = declarations.questionnaire.block_of[question.id].is_table
                into.doubt(
                    Judged(
                        rule_id=rule_id, severity=rule.severity(question), level=rule.level,
                        statement=rule.statement, verdict=str(verdict),
                        message=_absent_message(question, sheet) if sheet
                        else _unknown_message(question, rule, declarations) if verdict == "unverifiable"
                        else rule.message(question, row, text),
                        municipality_code=row["municipality_code"], entity_id=row["entity_id"],
                        question_id=question.id, cells=cells, subject=str(row["row_no"]) if is_table else "",
                        follows_from=[finding_id(MISSING_SHEET, row["municipality_code"], sheet)] if sheet else (),
                        names_place=bool(sheet),
                    )
                )  # fmt: skip


def absent_sheets(tables: YearTables) -> dict[tuple[str, str], str]:
    """The sheet that a return lacks, by municipality and block."""
    lacking = tables.blocks.filter(pl.col("absent_cell_id").is_not_null())
    columns = ["municipality_code", "block_id", "absent_cell_id"]
    return {(code, block): cell.split("!")[1] for code, block, cell in lacking.select(columns).iter_rows()}


def _without_absent(
    judged: pl.DataFrame, absent: dict[tuple[str, str], str], declarations: YearDeclarations
) -> pl.DataFrame:
    """What stood on a sheet that is gone is not known: no answer is no failure there."""
    blocks = {name: block.id for name, block in declarations.questionnaire.block_of.items()}
    keys = zip(judged["municipality_code"], judged["question_id"], judged["verdict"], strict=True)
    verdicts = [
        "unverifiable" if verdict == "fail" and (code, blocks[question]) in absent else verdict
        for code, question, verdict in keys
    ]
    return judged.with_columns(verdict=pl.Series(verdicts, dtype=pl.String))


def _absent_message(question: Question, sheet: str) -> str:
    return f"シート「{sheet}」がないため、「{question.label.ja}」の回答を確認できません。"


def _unknown_message(question: Question, rule: DerivedRule, declarations: YearDeclarations) -> str:
    if rule.kind in ("routing", "answered"):
        block = declarations.questionnaire.block_of[question.id]
        return _undecided(question.label.ja, (*block.asked_if, *question.asked_if), declarations)
    return f"「{question.label.ja}」を確認できません：{rule.statement}（必要な回答がそろっていません）"


def _undecided(label: str, conditions: Iterable[Condition], declarations: YearDeclarations) -> str:
    """Says which answers decide whether something is asked."""
    questions = declarations.questionnaire.questions
    deciding = "".join(dict.fromkeys(f"「{questions[condition.question].label.ja}」" for condition in conditions))
    return f"「{label}」が回答の対象かどうか確認できません。対象を決める設問{deciding}の回答を先に確認してください。"


def judge_sheets(tables: YearTables, declarations: YearDeclarations, into: Judgements) -> None:
    """Judge whether each return has every sheet of the form; what stood on an absent one is not known to be blank."""
    rule_id, statement = MISSING_SHEET, "回答には調査票のすべてのシートがあり、設問の場所が分かる"
    sections = declarations.questionnaire.section_of
    own_sheets = {block: section.sheet for block, section in sections.items()}
    absent = pl.col("absent_cell_id").str.split("!").list.get(1, null_on_oob=True)
    sheets = tables.blocks.with_columns(
        sheet=pl.coalesce(absent, pl.col("block_id").replace_strict(own_sheets))
    ).unique(["municipality_code", "sheet"], keep="first", maintain_order=True)
    present = set(tables.cells.filter(pl.col("text") != "").select("municipality_code", "sheet").unique().iter_rows())
    verdicts = judge(sheets, {rule_id: pl.col("absent_cell_id").is_null()}, name=rule_id)[rule_id]
    into.count(rule_id, "error", statement, verdicts)
    for row, verdict in zip(sheets.iter_rows(named=True), verdicts, strict=True):
        if verdict != "pass":
            into.doubt(Judged(
                rule_id, "error", 1, statement, verdict,
                ABSENT[(is_there := (row["municipality_code"], row["sheet"]) in present)].format(sheet=row["sheet"]),
                row["municipality_code"], None, None, [row["absent_cell_id"]], row["sheet"], names_place=True,
                follows_from=[finding_id(ALTERED, row["municipality_code"], row["sheet"])] if is_there else (),
            ))  # fmt: skip


def judge_rows(tables: YearTables, declarations: YearDeclarations, places: CellPlaces, into: Judgements) -> None:
    """Judge tables: at least one row where one is needed, and no entity twice in one return."""
    for block in declarations.questionnaire.blocks:
        if not block.is_table:
            continue
        fills = tables.blocks.filter(pl.col("block_id") == block.id)
        if block.is_required:
            statement = f"「{block.label.ja}」は回答対象であれば一行以上記入する"
            asked = fills.filter(pl.col("is_asked").is_null() | pl.col("is_asked"))
            has_row = pl.when(pl.col("row_count") > 0).then(True).when(pl.col("is_asked")).then(False).otherwise(None)
            verdicts = judge(asked, {"rows": has_row}, name="rows")["rows"]
            into.count(f"rows.{block.id}", "error", statement, verdicts)
            for row, verdict in zip(asked.iter_rows(named=True), verdicts, strict=True):
                if verdict != "pass":
                    message = (
                        f"「{block.label.ja}」に記入がありません。一行以上記入してください。" if verdict == "fail"
                        else _undecided(block.label.ja, block.asked_if, declarations)
                    )  # fmt: skip
                    into.doubt(Judged(
                        f"rows.{block.id}", "error", 1, statement, verdict, message,
                        row["municipality_code"], None, block.identity, [row["first_cell_id"]],
                    ))  # fmt: skip
        if block.identity:
            _judge_twice(tables, block.identity, block.label.ja, places, into)


def _judge_twice(tables: YearTables, identity: str, label: str, places: CellPlaces, into: Judgements) -> None:
    statement = f"「{label}」に同じものが二度記入されていない"
    named = tables.answers.filter(
        (pl.col("question_id") == identity) & (pl.col("status") == "answered") & (pl.col("value_code") != "not_listed")
    ).with_columns(times=pl.len().over("municipality_code", "entity_id"))
    verdicts = judge(named, {"twice": pl.col("times") == 1}, name="twice")["twice"]
    rule_id = f"twice.{identity}"
    into.count(rule_id, "error", statement, verdicts)
    for row, verdict in zip(named.iter_rows(named=True), verdicts, strict=True):
        if verdict != "pass":
            cells = places.cells(row["municipality_code"], identity, row["row_no"])
            into.doubt(Judged(
                rule_id, "error", 2, statement, verdict,
                f"「{label}」に「{places.text(cells)}」が二度記入されています。重複を除いてください。",
                row["municipality_code"], row["entity_id"], identity, cells, str(row["row_no"]),
            ))  # fmt: skip
