"""A second set of the form's sheets in one workbook is told, whosever it is."""

from __future__ import annotations

from collections.abc import Callable
from io import BytesIO
from typing import Any

import openpyxl
import pytest

from pipeline.forms.write import write_form
from pipeline.home import Home
from schemas.survey import YearDeclarations
from tests.support.judging import judge_returns
from tests.support.moved import filled_form

SHEET = "計画"


def judged(
    home: Home, declarations: YearDeclarations, change: Callable[[openpyxl.Workbook], None]
) -> list[dict[str, Any]]:
    folder = home.inbox(declarations.year)
    folder.mkdir(parents=True)
    filled_form(declarations, declarations.municipalities[0], change).save(folder / "回答.xlsx")
    findings, _ = judge_returns(home, declarations)
    return [row for row in findings if row["rule_id"].startswith("form.")]


@pytest.mark.parametrize("is_moved", [False, True])
def test_another_municipalitys_sheet_in_the_same_workbook_is_an_error_that_shows_whose_it_is(
    home: Home, second_declarations: YearDeclarations, is_moved: bool
) -> None:
    other = second_declarations.municipalities[1]
    form = openpyxl.load_workbook(BytesIO(write_form(second_declarations, other)))

    def change(book: openpyxl.Workbook) -> None:
        copy = book.create_sheet(f"{SHEET} (2)")
        for row in form[SHEET].iter_rows():
            for cell in row:
                if cell.value is not None:
                    copy[cell.coordinate].value = cell.value
        if is_moved:
            copy.insert_rows(1)

    findings = judged(home, second_declarations, change)
    if is_moved:
        assert findings
        assert {row["rule_id"] for row in findings} <= {"form.second_set", "form.outside"}
        return
    (finding,) = findings
    assert (finding["rule_id"], finding["severity"]) == ("form.second_set", "error")
    assert f"シート「{SHEET} (2)」" in finding["message"]
    assert f"A2「{other.prefecture}{other.name}（{other.code}）" in finding["message"]


@pytest.mark.parametrize("is_filled", [True, False])
def test_a_copy_of_the_own_sheet_is_an_error_only_with_other_answers(
    home: Home, second_declarations: YearDeclarations, is_filled: bool
) -> None:
    slot = next(slot for slot in second_declarations.layout.slots if slot.question_id == "plan_count")

    def change(book: openpyxl.Workbook) -> None:
        copy = book.copy_worksheet(book[SHEET])
        copy.title = f"{SHEET} (2)"
        if is_filled:
            copy[slot.address].value = 77

    (finding,) = judged(home, second_declarations, change)
    assert finding["rule_id"] == ("form.second_set" if is_filled else "form.outside")
    assert ("77" in finding["message"]) == is_filled
    assert f"シート「{SHEET} (2)」" in finding["message"]
