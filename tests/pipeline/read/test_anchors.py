"""The anchors of a form stand on the form as it is written, and a form whose rows or columns moved has none of them all."""

from __future__ import annotations

import pytest

from pipeline.forms.write import write_form
from pipeline.home import PROJECT_ROOT
from pipeline.read.anchors import anchors_of, stand
from pipeline.workbooks.opening import open_workbook
from schemas.survey import Survey, YearDeclarations

FORMS = [
    Survey(PROJECT_ROOT).load_year(2024),
    Survey(PROJECT_ROOT).load_year(2022),
    Survey(PROJECT_ROOT / "tests" / "second_survey").load_year(2025),
]


@pytest.mark.parametrize("declarations", FORMS, ids=lambda d: f"{d.questionnaire.survey}-{d.year}")
def test_every_answer_cell_has_an_anchor_in_its_row_and_all_stand(declarations: YearDeclarations) -> None:
    sheets = open_workbook(write_form(declarations, declarations.municipalities[0])).sheets
    anchors = anchors_of(declarations.layout)
    for slot in declarations.layout.slots:
        assert any(anchor.row == slot.row for anchor in anchors[slot.sheet])
    for sheet, own in anchors.items():
        assert [anchor for anchor in own if not anchor.holds(sheets[sheet].get((anchor.row, anchor.column)))] == []
        assert stand(own, sheets[sheet])


@pytest.mark.parametrize("declarations", FORMS, ids=lambda d: f"{d.questionnaire.survey}-{d.year}")
def test_nothing_is_inserted_before_an_anchor_without_one_that_fails(declarations: YearDeclarations) -> None:
    sheets = open_workbook(write_form(declarations, declarations.municipalities[0])).sheets
    for sheet, own in anchors_of(declarations.layout).items():
        for row in range(1, max(anchor.row for anchor in own) + 1):
            assert not stand(own, {(r + (r >= row), c): cell for (r, c), cell in sheets[sheet].items()}), row
        for column in range(1, max(anchor.column for anchor in own) + 1):
            assert not stand(own, {(r, c + (c >= column)): cell for (r, c), cell in sheets[sheet].items()}), column
