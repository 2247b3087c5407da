"""Findings as checks: what stands fails them, what is waived does not, and nothing judged is no pass."""

from __future__ import annotations

from datetime import date
from typing import Any

from dagster import AssetCheckSeverity, TableMetadataValue

from pipeline.home import Home
from pipeline.orchestration.finding_checks import SEVERITIES, finding_check_specs, finding_checks
from pipeline.orchestration.metadata import SHOWN_ROWS, table
from pipeline.tables import frame, save

YEAR = 2031


def finding(number: int, severity: str, waiver: str | None = None) -> tuple[Any, ...]:
    return (
        YEAR, f"finding-{number}", "some-rule", "pandera", 2, severity, "fail", "331007", None, "some_question", None,
        "[]", "回答を確認してください。", "[]", waiver, None,
    )  # fmt: skip


def judge(home: Home, findings: list[tuple[Any, ...]], *, rules: int = 1) -> dict[str, Any]:
    outcomes = [(YEAR, f"rule-{n}", "pandera", "error", "statement", 1, 0, 0) for n in range(rules)]
    save(home, YEAR, {"findings": frame("findings", findings), "rule_outcomes": frame("rule_outcomes", outcomes)})
    return {result.check_name: result for result in finding_checks(home, YEAR, "findings") if result.check_name}


def test_there_is_one_check_for_each_severity_and_none_blocks() -> None:
    specs = finding_check_specs("findings")
    assert [spec.name for spec in specs] == [f"no_{severity}_findings" for severity in SEVERITIES]
    assert not any(spec.blocking for spec in specs)


def test_a_finding_fails_the_check_of_its_severity_alone_and_is_shown(home: Home) -> None:
    results = judge(home, [finding(1, "warning")])
    assert {name: result.passed for name, result in results.items()} == {
        "no_error_findings": True, "no_warning_findings": False, "no_info_findings": True,
    }  # fmt: skip
    failed = results["no_warning_findings"]
    assert failed.severity == AssetCheckSeverity.WARN
    shown = failed.metadata["findings"]
    assert isinstance(shown, TableMetadataValue)
    assert shown.records[0].data["message"] == "回答を確認してください。"


def test_an_error_is_an_error_in_dagster_too(home: Home) -> None:
    failed = judge(home, [finding(1, "error")])["no_error_findings"]
    assert not failed.passed
    assert failed.severity == AssetCheckSeverity.ERROR


def test_a_waived_finding_fails_nothing(home: Home) -> None:
    assert all(result.passed for result in judge(home, [finding(1, "error", "waiver-1")]).values())


def test_nothing_judged_is_no_pass(home: Home) -> None:
    assert not any(result.passed for result in judge(home, [], rules=0).values())


def test_a_table_shows_the_first_rows_null_as_null_and_the_rest_as_text() -> None:
    rows = [{"day": date(2031, 4, 1), "count": None, "is_late": True} for _ in range(SHOWN_ROWS + 1)]
    shown = table(rows)
    assert len(shown.records) == SHOWN_ROWS
    assert shown.records[0].data == {"day": "2031-04-01", "count": None, "is_late": True}
    assert [column.name for column in table([], ["a", "b"]).schema.columns] == ["a", "b"]
