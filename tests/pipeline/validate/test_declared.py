"""A rule of a table may compare what the municipality answered outside it."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import polars as pl

from pipeline.home import Home
from pipeline.validate.validate import validate_returns
from schemas.rules import Rule
from schemas.survey import YearDeclarations

EXAMPLES: dict[str, Any] = {"pass": {}, "fail": {}, "boundary": {}, "boundary_is": "pass", "unverifiable": {}}


def test_each_row_is_judged_by_its_municipalitys_own_answer(
    finished_home: Home, second_declarations: YearDeclarations
) -> None:
    rule = Rule.model_validate({
        "id": "as-many-plans", "kind": "compare", "grain": "network", "left": "plan_count", "operator": ">=",
        "right": {"question": "drill_count"}, "statement": "a", "message": "", "examples": EXAMPLES,
    })  # fmt: skip
    judged = validate_returns(finished_home, replace(second_declarations, rules=(rule,)))["rule_outcomes"]
    (counts,) = judged.filter(pl.col("rule_id") == rule.id).select("pass_count", "fail_count").rows()
    assert counts[0] + counts[1] > 0
