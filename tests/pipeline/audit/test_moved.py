"""What was read in a moved return is traced to the cells where it stands in the file, and counts as ever."""

from __future__ import annotations

from pathlib import Path

import openpyxl
import pytest

from pipeline.audit.listing import list_figures
from pipeline.audit.reverse import figures_of_cell
from pipeline.audit.trace import trace_figure
from pipeline.home import Home
from pipeline.run import open_run, run_year
from schemas.survey import Survey, YearDeclarations
from tests.conftest import FIXED_NOW
from tests.conftest import SECOND_YEAR as YEAR
from tests.pipeline.conftest import copied
from tests.support.corrections import correction, put_corrections
from tests.support.moved import filled_form

CODE, NAME = "331007", "岡山市_動かした.xlsx"


@pytest.fixture(scope="module")
def moved_home(
    finished_home: Home, second_survey: Survey, second_declarations: YearDeclarations,
    tmp_path_factory: pytest.TempPathFactory,
) -> Home:  # fmt: skip
    """A municipality sends its answers again, three rows lower and a column to the right. Tests must not write to it."""

    def change(book: openpyxl.Workbook) -> None:
        book["計画"].insert_rows(1, 3)
        book["計画"].insert_cols(2)
        book["計画"].title = "計画（提出用）"

    municipality = next(m for m in second_declarations.municipalities if m.code == CODE)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("KYOGIKAI_NOW", FIXED_NOW)
        home = copied(finished_home, tmp_path_factory.mktemp("moved") / "home")
        filled_form(second_declarations, municipality, change).save(home.inbox(YEAR) / NAME)
        run_year(open_run(home, second_survey, YEAR))
    return home


@pytest.fixture
def moved(moved_home: Home, tmp_path: Path) -> Home:
    """A copy of the home with the moved return."""
    return copied(moved_home, tmp_path / "moved")


def test_the_figures_are_those_of_the_same_answers_unmoved(moved_home: Home, finished_home: Home) -> None:
    after, before = (
        {row["figure_id"]: (row["value"], row["display"]) for row in list_figures(home, YEAR)}
        for home in (moved_home, finished_home)
    )
    assert after == before


@pytest.mark.parametrize("figure_id", ["plans.total", "plan_state.complete", "plan_state.partial", "measure.drill"])
def test_a_trace_lists_the_cells_of_the_file_each_with_what_was_read(
    moved_home: Home, finished_home: Home, second_declarations: YearDeclarations, figure_id: str
) -> None:
    after, before = (
        trace_figure(home.warehouse, second_declarations, figure_id) for home in (moved_home, finished_home)
    )
    own, was = (
        [cell for entity in trace.entities if entity.municipality_code == CODE for cell in entity.cells]
        for trace in (after, before)
    )
    assert after.recomputed_raw_value == after.raw_value == before.raw_value
    assert {(cell.sheet, cell.address) for cell in own} == {("計画（提出用）", _shifted(cell.address)) for cell in was}
    assert sorted((cell.text, str(cell.read_as)) for cell in own) == sorted(
        (cell.text, str(cell.read_as)) for cell in was
    )
    assert {len(trace.unused_cells) for trace in (after, before)} == {len(before.unused_cells)}


def test_the_moved_cell_names_the_same_figures(
    moved_home: Home, finished_home: Home, second_declarations: YearDeclarations
) -> None:
    after = figures_of_cell(moved_home.warehouse, second_declarations, f"{NAME}!計画（提出用）!D15")
    before = figures_of_cell(finished_home.warehouse, second_declarations, f"{CODE}_岡山市.xlsx!計画!C12")
    assert after.figures == before.figures
    assert [cell.text for cell in after.cells] == [cell.text for cell in before.cells]


def test_a_correction_names_the_cell_of_the_file(
    moved: Home, second_survey: Survey, second_declarations: YearDeclarations
) -> None:
    (cell,) = figures_of_cell(moved.warehouse, second_declarations, f"{NAME}!計画（提出用）!D15").cells
    place = ("plan_count", 1, None)
    keys = {"sheet": "計画（提出用）", "cell": "D15"}
    put_corrections(moved, YEAR, correction(second_declarations, CODE, place, expect=cell.text, to=99, **keys))
    assert run_year(open_run(moved, second_survey, YEAR))["verdict"] == "passed"
    (entity,) = [
        e
        for e in trace_figure(moved.warehouse, second_declarations, "plans.total").entities
        if e.municipality_code == CODE
    ]
    assert entity.value == 99


def test_a_correction_of_the_forms_own_cell_is_none_of_a_moved_return(
    moved: Home, second_survey: Survey, second_declarations: YearDeclarations
) -> None:
    put_corrections(moved, YEAR, correction(second_declarations, CODE, ("plan_count", 1, None), expect="", to=99))
    gate = run_year(open_run(moved, second_survey, YEAR))
    assert gate["blocking"] == [f"correction.expect:{CODE}:by-telephone"]


def _shifted(address: str) -> str:
    return f"{chr(ord(address[0]) + 1)}{int(address[1:]) + 3}"
