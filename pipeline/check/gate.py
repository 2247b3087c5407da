"""The release gate: whether a release may be made, in a manifest bound to what was judged."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Sequence
from typing import Any, Literal

import polars as pl
from pydantic import BaseModel

from pipeline.check.inputs import fingerprint, year_inputs
from pipeline.check.recalculate import RECALCULATED
from pipeline.clock import Clock, now
from pipeline.collect.ledger import read_ledger
from pipeline.home import Home, read_kept, write_atomically
from pipeline.tables import load
from pipeline.warehouse.engines import DUCKDB, Engine
from pipeline.warehouse.released import Inputs
from schemas.errors import InputError
from schemas.survey import Survey, YearDeclarations


class _Gate(BaseModel):
    """What every gate's manifest holds, as far as a release or a report goes by it."""

    verdict: Literal["passed", "refused"]
    fingerprint: str
    inputs: Inputs
    contents: dict[str, str]
    is_synthetic: bool
    returns_received: int
    returns_expected: int
    corrections_applied: int
    figures_declared: int
    figures_recalculated: int
    relations_declared: int
    relations_judged: int
    relations_unverifiable: int
    findings: dict[str, int]
    open_findings: dict[str, int]
    blocking: list[str]
    blocking_by_others: list[str]
    waived: dict[str, str]


def decide(
    home: Home, survey: Survey, declarations: YearDeclarations, contents: dict[str, str], *,
    clock: Clock = now, engine: Engine = DUCKDB,
) -> dict[str, Any]:  # fmt: skip
    """Decide whether a release may be made, and write the gate's manifest, which also tells when and on which engine."""
    judged = judge_year(home, survey, declarations, contents)
    manifest = {**judged, "as_of": clock().isoformat(), "engine": engine}
    text = json.dumps(manifest, ensure_ascii=False, indent=2, sort_keys=True) + "\n"
    write_atomically(home.gate(declarations.year) / "gate.json", text.encode())
    return manifest


def judge_year(home: Home, survey: Survey, declarations: YearDeclarations, contents: dict[str, str]) -> dict[str, Any]:
    """The gate's manifest, but for when and on which engine it is made, from what lies in the home.

    The gate passes only if no error-level finding, failed or unverifiable, stands without a waiver, every declared figure
    was calculated a second time, and Great Expectations looked at as many rows of every relation as are declared.
    `contents` are the hashes of the year's rows in the warehouse.
    """
    year = declarations.year
    findings = pl.concat([load(home, year, name) for name in ("findings", "gate_findings")])
    blocking = findings.filter((pl.col("severity") == "error") & pl.col("waiver_id").is_null())
    follows_only = pl.col("follows_from") != "[]"
    outcomes = load(home, year, "gate_rule_outcomes")
    declared = Counter(row.relation_id for row in declarations.relation_rows)
    compared = outcomes.select("rule_id", pl.sum_horizontal("pass_count", "fail_count", "unverifiable_count"))
    looked_at = dict(compared.iter_rows())
    judged = [relation for relation, row_count in declared.items() if looked_at.get(relation) == row_count]
    recalculated = looked_at.get(RECALCULATED, 0)
    is_complete = len(judged) == len(declared) and recalculated == len(declarations.figures)
    open_rules = set(outcomes.filter(pl.col("unverifiable_count") > 0)["rule_id"])
    inputs = year_inputs(home, survey, year)
    return {
        "year": year,
        "verdict": "passed" if blocking.is_empty() and is_complete else "refused",
        "fingerprint": fingerprint(inputs),
        "inputs": inputs,
        "contents": contents,
        "is_synthetic": bool(load(home, year, "returns")["is_synthetic"].any()),
        "returns_received": len(inputs["returns"]),
        "returns_expected": len(declarations.municipalities),
        "corrections_applied": load(home, year, "corrections").filter(pl.col("state") == "applied").height,
        "figures_declared": len(declarations.figures),
        "figures_recalculated": recalculated,
        "relations_declared": len(declared),
        "relations_judged": len(judged),
        "relations_unverifiable": len([relation for relation in judged if relation in open_rules]),
        "findings": {word: findings.filter(pl.col("severity") == word).height for word in ("error", "warning", "info")},
        "open_findings": {
            word: findings.filter((pl.col("severity") == word) & pl.col("waiver_id").is_null()).height
            for word in ("error", "warning", "info")
        },
        "blocking": blocking.sort(follows_only, "finding_id")["finding_id"].to_list(),
        "blocking_by_others": sorted(blocking.filter(follows_only)["finding_id"]),
        "waived": dict(sorted(
            findings.filter(pl.col("waiver_id").is_not_null()).select("finding_id", "waiver_id").iter_rows()
        )),
    }  # fmt: skip


def expect_judged_receipts(home: Home, years: Sequence[int]) -> None:
    """Raise InputError where the ledger no longer holds the last receipt that a year's last gate judged: lines are gone from its end."""
    known = {receipt.hash for receipt in read_ledger(home.ledger)}
    for year in years:
        gate = read_gate(home, year)
        last = gate["inputs"]["receipts"] if gate else None
        if last is not None and last not in known:
            raise InputError(
                reference="ledger-cut", where=str(home.ledger), found=f"no receipt {last}",
                expected=f"the receipts that the last run of {year} judged",
                fix=f"restore the ledger from a backup; where the newest backup is older than that run, remove {home.gate(year)}, "
                "put what has come since into the inbox again, and run",
            )  # fmt: skip


def withdraw(home: Home, year: int) -> None:
    """Take the year's gate back before its tables change: until the run has ended, nothing is judged as a whole."""
    (home.gate(year) / "gate.json").unlink(missing_ok=True)


def read_gate(home: Home, year: int) -> dict[str, Any] | None:
    """Return the manifest of the year's last gate, None where none was run or what it left cannot be read."""
    return read_kept(home.gate(year) / "gate.json", _Gate)
