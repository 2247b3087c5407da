"""A warehouse that another version built lacks what this one asks for: said so, and no bug."""

from __future__ import annotations

import json

import duckdb
import pytest

from pipeline.home import Home
from schemas.survey import Survey
from tests.conftest import SECOND_YEAR as YEAR
from tests.support.command import Called, kyogikai


@pytest.fixture
def lacking(ready: Home) -> Home:
    """A home whose figures lack a column, as one of a version that did not know it yet."""
    with duckdb.connect(str(ready.warehouse)) as connection:
        connection.execute("alter table fct_figures drop column display")
    return ready


def figures(home: Home, survey: Survey) -> Called:
    return kyogikai("figures", YEAR, home=home.root, survey=survey.root)


def judged_by(home: Home, code: str) -> None:
    path = home.gate(YEAR) / "gate.json"
    gate = json.loads(path.read_bytes())
    gate["inputs"]["code"] = code
    path.write_text(json.dumps(gate), encoding="utf-8")


def test_a_column_that_another_version_did_not_write_is_told_with_what_to_do(
    lacking: Home, second_survey: Survey
) -> None:
    judged_by(lacking, "0" * 64)
    called = figures(lacking, second_survey)
    assert called.code == 11
    assert "warehouse-of-other-version" in called.err
    assert "display" in called.err
    assert f"--survey {second_survey.root} run YEAR" in called.err
    assert kyogikai("run", YEAR, home=lacking.root, survey=second_survey.root).code == 0
    assert figures(lacking, second_survey).code == 0


def test_where_a_run_did_not_come_to_its_gate_it_is_told_too(lacking: Home, second_survey: Survey) -> None:
    (lacking.gate(YEAR) / "gate.json").unlink()
    assert figures(lacking, second_survey).code == 11


def test_the_same_in_a_warehouse_of_this_code_is_a_bug(lacking: Home, second_survey: Survey) -> None:
    assert figures(lacking, second_survey).code == 70
