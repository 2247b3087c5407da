"""What is found of a year's figures: by dbt's tests, by a second calculation, by the declared list, and by the relations."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import duckdb
import polars as pl

from pipeline.beside import beside
from pipeline.check.disclosed import judge_disclosure
from pipeline.check.recalculate import judge_recalculation
from pipeline.check.relations import RelationVerdict, judge_relations
from pipeline.home import Home
from pipeline.validate.judged import Judged, Judgements, finding_id
from pipeline.validate.receipts import MISSING_RETURN
from pipeline.warehouse.connect import connect
from pipeline.warehouse.dbt import NodeResult
from schemas.relations import Term
from schemas.survey import Survey, YearDeclarations

DECLARED_ONCE = "figures.declared-once"
RowKey = tuple[str, int]
"""A relation's id and which of its comparisons."""
Measures = dict[tuple[str, str], float | None]
"""What is known of each figure, by its id and the measure."""

FAILED, UNVERIFIABLE = "次の関係が成り立ちません", "次の関係を確認できません"


def judge_figures(
    home: Home,
    survey: Survey,
    declarations: YearDeclarations,
    dbt_results: Sequence[NodeResult],
    *,
    docs_folder: Path | None = None,
) -> dict[str, pl.DataFrame]:
    """Judge the year's figures in its part of the warehouse: dbt's tests, second calculation, declared figures, relations; and
    what of them is about to be public.

    Gives the tables findings and rule_outcomes of the owners dbt, recalculation, great_expectations and disclosure.
    """
    tests = Judgements(declarations.year, "dbt")
    _judge_tests(dbt_results, tests)
    recalculation = judge_recalculation(home, declarations)
    figures = Judgements(declarations.year, "great_expectations")
    with connect(home.year_warehouse(declarations.year), read_only=True) as connection:
        rows = connection.execute(
            "select relation_id, row_no, left_value, right_value, lower_bound, upper_bound from fct_relation_rows"
            " where year = ? order by all",
            [declarations.year],
        ).df()
        counts = dict(connection.execute(
            "select figure_id, count(*) from fct_figures where year = ? group by all", [declarations.year]
        ).fetchall())  # fmt: skip
        lacking = _lacking_returns(connection, declarations.year)
        measured: Measures = {
            (figure_id, measure): value
            for figure_id, measure, value in connection.execute(
                "select figure_id, measure, value from fct_figure_measures where year = ?", [declarations.year]
            ).fetchall()
        }
    _judge_declared_once(counts, declarations, figures)
    with beside(judge_relations, rows, declarations.relations, docs_folder=docs_folder) as verdicts:
        disclosure = judge_disclosure(home, survey, declarations)
        for verdict in verdicts():
            _report(verdict, rows, lacking, measured, declarations, figures)
    owners = (tests, recalculation, figures, disclosure)
    return {
        "gate_findings": pl.concat([owner.findings() for owner in owners]),
        "gate_rule_outcomes": pl.concat([owner.outcomes() for owner in owners]),
    }


def _judge_tests(results: Sequence[NodeResult], into: Judgements) -> None:
    for result in results:
        if result.kind != "test":
            continue
        rule_id = f"dbt.{result.name}"
        statement = result.statement
        if result.is_success:
            into.count(rule_id, "error", statement, ["pass"])
            continue
        verdict = "fail" if result.status == "fail" else "unverifiable"
        into.count(rule_id, "error", statement, [verdict])
        into.doubt(Judged(
            rule_id, "error", 2, statement, verdict,
            f"{statement}：{result.failure_count}件の不適合があります。{result.message}",
        ))  # fmt: skip


def _judge_declared_once(counts: dict[str, int], declarations: YearDeclarations, into: Judgements) -> None:
    statement = "宣言したすべての数値がちょうど一度ずつある"
    for figure_id in declarations.figures:
        verdict = "pass" if counts.get(figure_id) == 1 else "fail"
        into.count(DECLARED_ONCE, "error", statement, [verdict])
        if verdict == "fail":
            into.doubt(Judged(
                DECLARED_ONCE, "error", 3, statement, verdict,
                f"数値 {figure_id} が集計結果に{counts.get(figure_id, 0)}件あります。", subject=figure_id,
            ))  # fmt: skip


def _lacking_returns(connection: duckdb.DuckDBPyConnection, year: int) -> dict[RowKey, list[str]]:
    """Municipalities whose missing return tells on one side only, by relation and row."""
    lacking: dict[RowKey, list[str]] = defaultdict(list)
    for relation_id, row_no, code in connection.execute(
        "select relation_id, row_no, municipality_code from fct_relation_non_response where year = ? order by all",
        [year],
    ).fetchall():
        lacking[relation_id, row_no].append(code)
    return lacking


def _report(
    verdict: RelationVerdict, rows: Any, lacking: dict[RowKey, list[str]], measured: Measures,
    declarations: YearDeclarations, into: Judgements,
) -> None:  # fmt: skip
    """A comparison that fails while one side alone lacks a return does not tell whether the relation holds."""
    relation = verdict.relation
    failed = [n for n in verdict.failed_rows if (relation.id, n) not in lacking]
    unknown = [n for n in (*verdict.failed_rows, *verdict.unknown_rows) if n not in failed]
    words = ["pass"] * (verdict.judged_count - len(failed) - len(unknown))
    words += ["fail"] * len(failed) + ["unverifiable"] * len(unknown)
    into.count(relation.id, relation.severity, relation.statement.ja, words)
    doubtful = [(n, "fail") for n in failed] + [(n, "unverifiable") for n in unknown]
    for row_no, word in doubtful if verdict.judged_count else [(0, "unverifiable")]:
        codes = lacking.get((relation.id, row_no), []) if row_no in verdict.failed_rows else []
        if codes:
            names = {municipality.code: municipality.name for municipality in declarations.municipalities}
            verdict_words, reason = UNVERIFIABLE, f"{'、'.join(names[code] for code in codes)}の回答がありません"
        elif word == "fail":
            verdict_words, reason = FAILED, _numbers(relation.id, row_no, rows, measured, declarations)
        else:
            verdict_words, reason = UNVERIFIABLE, "比べる値がありません"
        into.doubt(Judged(
            relation.id, relation.severity, relation.level, relation.statement.ja, word,
            f"{verdict_words}：{relation.statement.ja}{_kind(relation.id, row_no, declarations)}（{reason}）",
            subject=_subject(relation.id, row_no, declarations),
            follows_from=[finding_id(MISSING_RETURN, code) for code in codes],
        ))  # fmt: skip


def _subject(relation_id: str, row_no: int, declarations: YearDeclarations) -> str:
    """What tells a comparison from the others of its relation: the measure it compares, else its terms."""
    rows = {row.row_no: row for row in declarations.relation_rows if row.relation_id == relation_id}
    if len(rows) < 2:
        return ""
    ways: list[dict[int, str]] = [
        {n: row.left[0].measure for n, row in rows.items()},
        {n: row.left[0].figure for n, row in rows.items()},
        {n: f"{row.left[0].figure}.{row.right[0].measure if row.right else ''}" for n, row in rows.items()},
        {n: _terms((*row.left, *row.right)) for n, row in rows.items()},
    ]
    return next((way for way in ways if len(set(way.values())) == len(rows)), ways[-1])[row_no]


def _terms(terms: Sequence[Term]) -> str:
    return "+".join(f"{term.figure}.{term.measure}" for term in terms)


def _kind(relation_id: str, row_no: int, declarations: YearDeclarations) -> str:
    """Which kind of municipality a row compares, where it compares one."""
    rows = (row for row in declarations.relation_rows if row.relation_id == relation_id and row.row_no == row_no)
    kinds = {
        term.measure.removeprefix("kind_") for row in rows for term in row.left if term.measure.startswith("kind_")
    }
    return f"（{kinds.pop()}）" if len(kinds) == 1 and kinds != {"count"} else ""


def _numbers(relation_id: str, row_no: int, rows: Any, measured: Measures, declarations: YearDeclarations) -> str:
    """Both sides of a comparison, with what each is made of."""
    declared = next(r for r in declarations.relation_rows if r.relation_id == relation_id and r.row_no == row_no)
    row = rows[(rows["relation_id"] == relation_id) & (rows["row_no"] == row_no)].iloc[0]
    sides = (("左辺", declared.left, row["left_value"]), ("右辺", declared.right, row["right_value"]))
    told = []
    for name, terms, value in sides:
        parts = "＋".join(_named(declarations, term, measured) for term in terms)
        told.append(f"{name} {value:g}：{parts}" if parts else f"{name} {value:g}")
    return "、".join(told)


def _named(declarations: YearDeclarations, term: Term, measured: Measures) -> str:
    """A term in words, with its value."""
    figure = declarations.figures[term.figure]
    number = f"［{figure.published_id}］" if figure.published_id else ""
    value = measured.get((term.figure, term.measure))
    times = f"×{term.times}" if term.times != 1 else ""
    return f"{figure.label.ja}{number}{'' if value is None else f' {value:g}'}{times}"
