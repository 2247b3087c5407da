"""Findings as asset checks: one check for each severity that rules can declare, on every asset that judges."""

from __future__ import annotations

from typing import get_args

from dagster import AssetCheckResult, AssetCheckSeverity, AssetCheckSpec

from pipeline.audit.listing import list_findings
from pipeline.check.gate import read_gate
from pipeline.home import Home
from pipeline.orchestration.metadata import table
from pipeline.tables import load
from schemas.labels import Severity

SEVERITIES: tuple[Severity, ...] = get_args(Severity)
COLUMNS = ("finding_id", "rule_id", "verdict", "municipality_code", "question_id", "cells", "message")


def finding_check_specs(asset: str) -> list[AssetCheckSpec]:
    """One check for each severity. None blocks what follows: a draft is written also when returns are wrong."""
    return [
        AssetCheckSpec(_name(severity), asset=asset, description=f"no finding of severity {severity} without a waiver")
        for severity in SEVERITIES
    ]


def finding_checks(home: Home, year: int, table_name: str) -> list[AssetCheckResult]:
    """Judge a table of findings (`findings` or `gate_findings`); the findings that stand become metadata tables.

    Where no rule was judged at all, no check passes.
    """
    outcomes = load(home, year, table_name.replace("findings", "rule_outcomes"))
    own = set(load(home, year, table_name)["finding_id"])
    standing = [row for row in list_findings(home, year) if row["finding_id"] in own and not row["waiver_id"]]
    results = []
    for severity in SEVERITIES:
        rows = [row for row in standing if row["severity"] == severity]
        results.append(
            AssetCheckResult(
                check_name=_name(severity),
                passed=not rows and not outcomes.is_empty(),
                severity=AssetCheckSeverity.ERROR if severity == "error" else AssetCheckSeverity.WARN,
                description=f"{len(rows)} findings of {year}; {outcomes.height} rules were judged",
                metadata={"year": year, "finding_count": len(rows), "findings": table(rows, COLUMNS)},
            )
        )
    return results


def gate_check_spec(asset: str) -> AssetCheckSpec:
    """The gate's decision as a check; only the release itself is refused by it."""
    return AssetCheckSpec("gate_passed", asset=asset, description="no error without a waiver; every relation judged")


def gate_check(home: Home, year: int) -> AssetCheckResult:
    """The decision of the year's last gate, with what it counted."""
    manifest = read_gate(home, year) or {"verdict": "refused", "blocking": []}
    counted = (
        "returns_received",
        "returns_expected",
        "figures_recalculated",
        "figures_declared",
        "relations_judged",
        "relations_declared",
    )
    return AssetCheckResult(
        check_name="gate_passed", passed=manifest["verdict"] == "passed",
        description=f"{manifest['verdict']} in {year}: {len(manifest['blocking'])} findings block a release",
        metadata={"year": year, **{name: manifest.get(name) for name in counted}},
    )  # fmt: skip


def _name(severity: Severity) -> str:
    return f"no_{severity}_findings"
