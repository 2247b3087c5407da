"""Every seeded error is found by a rule its key names, and no other error-level finding appears."""

from __future__ import annotations

import json

import pytest

from pipeline.audit.listing import list_findings
from pipeline.demo.demo import answer_key, make_demo
from pipeline.home import PROJECT_ROOT, Home
from pipeline.run import open_run, run_year
from schemas.errors import UsageError
from schemas.survey import Survey

YEAR = 2024
KINDS_ASKED = 15


def test_every_seeded_error_is_found_and_nothing_else_is_an_error(home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KYOGIKAI_NOW", "2024-12-02T09:00:00+09:00")
    survey = Survey(PROJECT_ROOT)
    make_demo(home, survey, years=[YEAR], with_errors=True)
    for year in (YEAR - 1, YEAR):
        run_year(open_run(home, survey, year))
    key = json.loads(answer_key(home, YEAR).read_text(encoding="utf-8"))
    findings = list_findings(home, YEAR)
    found = {row["rule_id"] for row in findings}
    assert [error["kind"] for error in key if not found & set(error["rule_ids"])] == []
    named = {rule for error in key for rule in error["rule_ids"]}
    assert {row["rule_id"] for row in findings if row["severity"] == "error"} - named == set()
    assert len({error["kind"] for error in key}) >= KINDS_ASKED
    with pytest.raises(UsageError):
        make_demo(home, survey, years=[YEAR], with_errors=True)
