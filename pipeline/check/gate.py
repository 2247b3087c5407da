"""The release gate: every owner's verdicts in one place, and a manifest bound to what was judged."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import duckdb
import polars as pl

from pipeline.check.beside import judge_beside
from pipeline.check.inputs import fingerprint, year_inputs
from pipeline.check.relations import RelationVerdict
from pipeline.clock import Clock, now
from pipeline.home import Home, write_atomically
from pipeline.tables import load
from pipeline.validate.judged import Judged, Judgements
from pipeline.warehouse.build import failing_rows
from pipeline.warehouse.dbt import NodeResult
from schemas.errors import DeclarationError
from schemas.survey import Survey, YearDeclarations
from schemas.waivers import load_waivers

DECLARED_ONCE = "figures.declared-once"


def judge_figures(
    home: Home, declarations: YearDeclarations, dbt_results: Sequence[NodeResult], *, docs_folder: Path | None = None
) -> dict[str, pl.DataFrame]:
    """Judge the year's figures in the warehouse built aside: dbt's tests, declared figures, relations.

    Gives the tables findings and rule_outcomes of the owners dbt and great_expectations.
    """
    tests = Judgements(declarations.year, "dbt")
    _judge_tests(home, dbt_results, tests)
    figures = Judgements(declarations.year, "great_expectations")
    with duckdb.connect(str(home.warehouse_build), read_only=True) as connection:
        rows = connection.execute(
            "select relation_id, row_no, left_value, right_value, lower_bound, upper_bound from fct_relation_rows"
            " where year = ? order by all",
            [declarations.year],
        ).df()
        counts = dict(connection.execute(
            "select figure_id, count(*) from fct_figures where year = ? group by all", [declarations.year]
        ).fetchall())  # fmt: skip
    _judge_declared_once(counts, declarations, figures)
    verdicts = judge_beside(rows, declarations.relations, docs_folder=docs_folder)
    for verdict in verdicts:
        _report(verdict, rows, declarations, figures)
    return {
        "gate_findings": pl.concat([tests.findings(), figures.findings()]),
        "gate_rule_outcomes": pl.concat([tests.outcomes(), figures.outcomes()]),
    }


def _judge_tests(home: Home, results: Sequence[NodeResult], into: Judgements) -> None:
    """A dbt test that fails on rows of another year does not concern this one."""
    for result in results:
        if result.kind != "test":
            continue
        rule_id = f"dbt.{result.name}"
        statement = f"データウェアハウスの検査 {result.name} に合格する"
        if result.is_success:
            into.count(rule_id, "error", statement, ["pass"])
            continue
        rows = failing_rows(home, result) if result.status == "fail" else []
        if rows and all("year" in row for row in rows) and not any(row["year"] == into.year for row in rows):
            into.count(rule_id, "error", statement, ["pass"])
            continue
        verdict = "fail" if result.status == "fail" else "unverifiable"
        into.count(rule_id, "error", statement, [verdict])
        into.doubt(Judged(
            rule_id, "error", 2, statement, verdict,
            f"集計表の検査 {result.name} に{result.failure_count}件の不適合があります。{result.message}",
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


def _report(verdict: RelationVerdict, rows: Any, declarations: YearDeclarations, into: Judgements) -> None:
    relation = verdict.relation
    words = ["pass"] * max(verdict.judged_count - len(verdict.failed_rows) - len(verdict.unknown_rows), 0)
    words += ["fail"] * len(verdict.failed_rows) + ["unverifiable"] * len(verdict.unknown_rows)
    into.count(relation.id, relation.severity, relation.statement.ja, words or ["unverifiable"])
    own = rows[rows["relation_id"] == relation.id]
    doubtful = [(n, "fail") for n in verdict.failed_rows] + [(n, "unverifiable") for n in verdict.unknown_rows]
    if verdict.judged_count == 0:
        doubtful = [(0, "unverifiable")]
    for row_no, word in doubtful:
        row = own[own["row_no"] == row_no]
        numbers = ""
        if word == "fail" and len(row):
            declared = next(
                r for r in declarations.relation_rows if r.relation_id == relation.id and r.row_no == row_no
            )
            left, right = _number(row["left_value"].iloc[0]), _number(row["right_value"].iloc[0])
            terms = "、".join(_name(declarations, t.figure) for t in (*declared.left, *declared.right))
            numbers = f"（左辺 {left}、右辺 {right}：{terms}）"
        reason = "関係が成り立ちません" if word == "fail" else "確認できません（比べる値がありません）"
        into.doubt(Judged(
            relation.id, relation.severity, relation.level, relation.statement.ja, word,
            f"{relation.statement.ja}：{reason}{numbers}", subject=str(row_no),
        ))  # fmt: skip


def _name(declarations: YearDeclarations, figure_id: str) -> str:
    figure = declarations.figures[figure_id]
    return f"{figure.label.ja}［{figure.published_id or figure.id}］"


def _number(value: float) -> str:
    return f"{value:g}"


def apply_waivers(home: Home, year: int, *, clock: Clock = now) -> dict[str, pl.DataFrame]:
    """Mark waived findings; returns the tables findings and gate_findings anew.

    Raises DeclarationError for a waiver that names a finding that is not there.
    """
    path = home.waivers(year)
    waived = load_waivers(path, on=clock().date())
    tables = {name: load(home, year, name) for name in ("findings", "gate_findings")}
    known = {finding for table in tables.values() for finding in table["finding_id"]}
    unknown = sorted(set(waived) - known)
    if unknown:
        raise DeclarationError(
            reference="waiver-matches-nothing", where=str(path), found=", ".join(unknown),
            expected="ids of findings that this run has", fix="remove the waiver; what it waived is gone",
        )  # fmt: skip
    return {
        name: table.with_columns(
            waiver_id=pl.col("finding_id").replace_strict(waived, default=None, return_dtype=pl.String)
        )
        for name, table in tables.items()
    }


def decide(
    home: Home, survey: Survey, declarations: YearDeclarations, contents: dict[str, str], *, clock: Clock = now
) -> dict[str, Any]:
    """Decide whether a release may be made, and write the gate's manifest.

    The gate passes only if no error-level finding, failed or unverifiable, stands without a waiver, and as many
    relations were judged as are declared. `contents` are the hashes of the year's rows in the warehouse.
    """
    year = declarations.year
    findings = pl.concat([load(home, year, name) for name in ("findings", "gate_findings")])
    blocking = findings.filter((pl.col("severity") == "error") & pl.col("waiver_id").is_null())
    outcomes = load(home, year, "gate_rule_outcomes")
    declared = {relation.id for relation in declarations.relations}
    judged = declared & set(outcomes.filter(pl.col("owner") == "great_expectations")["rule_id"])
    inputs = year_inputs(home, survey, year)
    manifest = {
        "year": year,
        "verdict": "passed" if blocking.is_empty() and judged == declared else "refused",
        "as_of": clock().isoformat(),
        "fingerprint": fingerprint(inputs),
        "inputs": inputs,
        "contents": contents,
        "is_synthetic": bool(load(home, year, "returns")["is_synthetic"].any()),
        "returns_received": len(inputs["returns"]),
        "returns_expected": len(declarations.municipalities),
        "relations_declared": len(declared),
        "relations_judged": len(judged),
        "findings": {word: findings.filter(pl.col("severity") == word).height for word in ("error", "warning", "info")},
        "blocking": sorted(blocking["finding_id"]),
        "waived": dict(sorted(
            findings.filter(pl.col("waiver_id").is_not_null()).select("finding_id", "waiver_id").iter_rows()
        )),
    }  # fmt: skip
    text = json.dumps(manifest, ensure_ascii=False, indent=2, sort_keys=True) + "\n"
    write_atomically(home.gate(year) / "gate.json", text.encode())
    return manifest


def read_gate(home: Home, year: int) -> dict[str, Any] | None:
    """Return the manifest of the year's last gate, None where none was run."""
    path = home.gate(year) / "gate.json"
    return json.loads(path.read_text(encoding="utf-8")) if path.exists() else None
