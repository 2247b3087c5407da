"""The answer key, return by return: the rule named first finds the error in the cell named, and nothing stands beside it."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import polars as pl
import pytest

from pipeline.audit.listing import list_findings
from pipeline.collect.collect import collect
from pipeline.demo.demo import answer_key
from pipeline.home import PROJECT_ROOT, Home
from pipeline.macro.judge import RULES, edit_returns
from pipeline.read.read import read_returns
from pipeline.tables import save
from pipeline.validate.validate import validate_returns
from schemas.survey import Survey
from tests.conftest import FIXED_NOW

YEAR = 2024
CELL_KINDS = {
    "text_for_number", "not_whole", "negative", "too_large", "error_cell", "uncached_formula", "required_blank",
    "no_such_date", "not_a_date", "two_answers", "unknown_option", "typed_name", "not_a_tick", "none_with_others",
    "two_columns", "answered_unasked", "year_for_date", "drawn_oval",
}  # fmt: skip
ROW_KINDS = {
    "member_differs", "member_chooses_otherwise", "count_against_rows", "choice_against_rows", "day_before_reference",
    "premise_without_conclusion", "leap_from_last_year", "no_rows", "row_twice",
}  # fmt: skip
FILE_KINDS = {
    "missing_return", "empty_form", "zero_bytes", "not_excel", "locked", "damaged", "wrong_year",
    "damaged_zip", "zip_bomb", "zip_of_returns", "ods", "macros",
    "wrong_version", "other_municipality", "no_identity", "same_bytes",
}  # fmt: skip
SHEET_KINDS = {"text_box", "two_municipalities", "lost_identity", "near_name"}
MACRO_KINDS = {
    "ten_times": "macro.unit", "far_from_last_year": "macro.outlier", "last_years_return": "macro.stale",
    "swapped_returns": "macro.swapped", "copied_return": "macro.duplicated", "shifted_numbers": "macro.shifted",
    "shifted_choices": "macro.shifted", "shifted_columns": "macro.shifted",
}  # fmt: skip
ALL_KINDS = CELL_KINDS | ROW_KINDS | FILE_KINDS | SHEET_KINDS | set(MACRO_KINDS)


@dataclass(frozen=True)
class Judged:
    """The key to a home with errors, and what validation found there."""

    errors: list[dict[str, Any]]
    findings: list[dict[str, Any]]
    year_before: list[dict[str, Any]]


@pytest.fixture(scope="module")
def judged(mistaken_home: Home, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Judged]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("KYOGIKAI_NOW", FIXED_NOW)
        home, survey = Home(tmp_path_factory.mktemp("errors") / "home"), Survey(PROJECT_ROOT)
        shutil.copytree(mistaken_home.root, home.root)
        for year in (YEAR - 1, YEAR):
            declarations = survey.load_year(year)
            collect(home, declarations)
            save(home, year, read_returns(home, declarations))
            judged, together = validate_returns(home, declarations), edit_returns(home, declarations)
            save(home, year, {name: pl.concat([table, together[name]]) for name, table in judged.items()})
        key = json.loads(answer_key(home, YEAR).read_text(encoding="utf-8"))
        findings = [list_findings(home, year) for year in (YEAR, YEAR - 1)]
        yield Judged(key, *findings)


def test_every_kind_is_seeded_into_a_return_of_its_own(judged: Judged) -> None:
    kinds = [error["kind"] for error in judged.errors]
    assert set(kinds) == ALL_KINDS
    assert sorted(kinds) == sorted([*ALL_KINDS, "swapped_returns"])
    assert len({error["municipality_code"] for error in judged.errors}) == len(kinds)
    assert len({error["error_id"] for error in judged.errors}) == len(kinds)


def test_every_rule_about_the_returns_together_has_a_kind_of_its_own(judged: Judged) -> None:
    assert set(MACRO_KINDS.values()) == set(RULES)
    assert {
        error["kind"]: error["rule_ids"][0] for error in judged.errors if error["kind"] in MACRO_KINDS
    } == MACRO_KINDS


@pytest.mark.parametrize("kind", sorted(ALL_KINDS))
def test_the_rule_named_first_finds_the_error_where_it_stands(kind: str, judged: Judged) -> None:
    for error in judged.errors:
        if error["kind"] == kind:
            found = [
                finding
                for finding in judged.findings
                if finding["rule_id"] == error["rule_ids"][0]
                and finding["verdict"] == "fail"
                and finding["municipality_code"] in (error["municipality_code"], None)
            ]
            assert found
            assert set(error["cells"]) <= {cell for finding in found for cell in finding["cells"]}


def test_no_return_has_an_error_that_its_key_does_not_name(judged: Judged) -> None:
    named = {error["municipality_code"]: set(error["rule_ids"]) for error in judged.errors}
    named[None] = set().union(*named.values())
    errors = [finding for finding in judged.findings if finding["severity"] == "error"]
    assert [f["finding_id"] for f in errors if f["rule_id"] not in named.get(f["municipality_code"], set())] == []
    assert [f["finding_id"] for f in judged.year_before if f["severity"] == "error"] == []
