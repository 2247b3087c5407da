"""Every seeded error is found by a rule its key names, and no other error-level finding appears."""

from __future__ import annotations

import json
import shutil
from typing import Any

import pytest

from pipeline.audit.listing import list_findings
from pipeline.demo.demo import answer_key, make_demo
from pipeline.home import PROJECT_ROOT, Home
from pipeline.run import open_run, run_year
from schemas.errors import UsageError
from schemas.survey import Survey
from tests.conftest import DEMO_NOW
from tests.conftest import DEMO_YEAR as YEAR

KINDS_ASKED = 40


def finds(finding: dict[str, Any], error: dict[str, Any]) -> bool:
    """The rule that the key names first failed in a cell that it names; without cells, for its municipality."""
    is_there = (
        set(finding["cells"]) & set(error["cells"])
        if error["cells"]
        else finding["municipality_code"] == error["municipality_code"]
    )
    return finding["verdict"] == "fail" and finding["rule_id"] == error["rule_ids"][0] and bool(is_there)


def test_every_seeded_error_is_found_and_nothing_else_is_an_error(
    mistaken_home: Home, home: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("KYOGIKAI_NOW", DEMO_NOW)
    survey = Survey(PROJECT_ROOT)
    shutil.copytree(mistaken_home.root, home.root)
    run_year(open_run(home, survey, YEAR))
    key = json.loads(answer_key(home, YEAR).read_text(encoding="utf-8"))
    findings = list_findings(home, YEAR)
    assert [error["kind"] for error in key if not any(finds(row, error) for row in findings)] == []
    named = {rule for error in key for rule in error["rule_ids"]}
    assert {row["rule_id"] for row in findings if row["severity"] == "error"} - named == set()
    assert len({error["kind"] for error in key}) >= KINDS_ASKED
    with pytest.raises(UsageError):
        make_demo(home, survey, years=[YEAR], with_errors=True)
