"""A form for each municipality, in the home."""

from __future__ import annotations

import polars as pl
import pytest

from pipeline.collect.recognise import Recogniser
from pipeline.forms.issue import issue_forms
from pipeline.forms.write import SYNTHETIC_PREVIOUS
from pipeline.home import Home
from pipeline.tables import TABLES, save
from pipeline.workbooks.opening import open_workbook
from tests.pipeline.forms.sample import CODE, OTHER_CODE, SAMPLE, opened, slot_of
from tests.pipeline.forms.test_previous import answer, keep


def test_every_municipality_gets_its_own_form(home: Home) -> None:
    paths = issue_forms(home, SAMPLE)
    expected = [f"2031_{CODE}_=1+1_b_&'___b_.xlsx", f"2031_{OTHER_CODE}_次の市.xlsx"]
    assert [path.name for path in paths] == expected
    assert [Recogniser(SAMPLE).identify(open_workbook(path.read_bytes())).code for path in paths] == [CODE, OTHER_CODE]
    assert sorted(home.forms(2031).iterdir()) == sorted(paths)


def test_issuing_again_replaces_the_forms_and_changes_no_byte(home: Home) -> None:
    first = [path.read_bytes() for path in issue_forms(home, SAMPLE)]
    assert [path.read_bytes() for path in issue_forms(home, SAMPLE)] == first


@pytest.mark.parametrize("is_synthetic", [True, False])
def test_invented_answers_of_last_year_are_said_to_be_so(home: Home, *, is_synthetic: bool) -> None:
    keep(home, answer("person_count", 41, code=OTHER_CODE))
    row = {"municipality_code": OTHER_CODE, "is_synthetic": is_synthetic}
    save(home, SAMPLE.year - 1, {"returns": pl.DataFrame([row], schema=TABLES["returns"])})
    first, second = (opened(path.read_bytes()) for path in issue_forms(home, SAMPLE))
    shown = [sheet.title for sheet in second if sheet["A3"].value == SYNTHETIC_PREVIOUS]
    assert len(shown) == (len([s for s in second if s.sheet_state == "visible"]) if is_synthetic else 0)
    assert all(sheet["A3"].value is None for sheet in first if sheet.sheet_state == "visible")


def test_last_years_answers_go_to_the_municipality_that_gave_them(home: Home) -> None:
    keep(home, answer("person_count", 41, code=OTHER_CODE))
    first, second = (opened(path.read_bytes())["一覧"] for path in issue_forms(home, SAMPLE))
    row = slot_of("person_count").row
    assert "４１" not in [str(cell.value) for cell in first[row]]
    assert "４１" in [str(cell.value) for cell in second[row]]
