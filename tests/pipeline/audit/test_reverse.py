"""From a cell or a municipality to the figures: the same as the traces say, the other way."""

from __future__ import annotations

import pytest

from pipeline.audit.listing import list_findings
from pipeline.audit.reverse import figures_of_cell, figures_of_municipality
from pipeline.audit.trace import trace_figure
from pipeline.home import Home
from pipeline.run import open_run, run_year
from schemas.errors import UsageError
from schemas.survey import Survey, YearDeclarations
from tests.conftest import SECOND_YEAR as YEAR
from tests.support.command import kyogikai
from tests.support.judging import put_returns

COUNTED, BLANK = "計画!C12", "続紙!B7"
FILE = "331007_岡山市.xlsx"


def touched(home: Home, declarations: YearDeclarations, place: str) -> dict[str, list[str]]:
    found = figures_of_cell(home.warehouse, declarations, place)
    return {figure.figure_id: figure.how for figure in found.figures}


def test_a_counted_cell_is_in_its_sum_and_in_the_ratio_of_it(
    finished_home: Home, second_declarations: YearDeclarations
) -> None:
    assert touched(finished_home, second_declarations, f"{FILE}!{COUNTED}") == {
        "plans.total": ["counted"],
        "plans.mean": ["counted through plans.total"],
    }


def test_a_blank_row_is_behind_the_number_of_entities_that_it_could_add_to(
    finished_home: Home, second_declarations: YearDeclarations
) -> None:
    hows = touched(finished_home, second_declarations, f"{FILE}!{BLANK}")
    assert hows["network.all"] == ["unused"]
    assert hows["drills.mean"] == ["unused through drills.total", "unused through network.all"]


def test_every_cell_that_a_trace_lists_names_the_figure_in_return(
    finished_home: Home, second_declarations: YearDeclarations
) -> None:
    for figure_id in ("plan_state.partial", "measure.drill", "participation.all", "drills.total"):
        trace = trace_figure(finished_home.warehouse, second_declarations, figure_id)
        listed = [cell for entity in trace.entities for cell in entity.cells][:2] + trace.unused_cells[:2]
        assert listed
        for cell in listed:
            place = f"{cell.file_name}!{cell.sheet}!{cell.address}"
            assert figure_id in touched(finished_home, second_declarations, place), place


def test_a_cell_can_be_named_by_the_hash_of_its_file_and_in_small_letters(
    finished_home: Home, second_declarations: YearDeclarations
) -> None:
    trace = trace_figure(finished_home.warehouse, second_declarations, "plans.total")
    (city,) = [entity for entity in trace.entities if entity.municipality_code == FILE[:6]]
    assert city.return_id
    by_hash = touched(finished_home, second_declarations, f"{city.return_id[:16]}!{COUNTED.lower()}")
    assert by_hash == touched(finished_home, second_declarations, f"{FILE}!{COUNTED}")


@pytest.mark.parametrize(
    "place", ["", COUNTED, f"{FILE}!計画!A1", f"{FILE}!別の表!C12", f"無い.xlsx!{COUNTED}", f"!{COUNTED}"]
)
def test_what_is_no_answer_cell_of_a_return_is_said_to_be_none(
    finished_home: Home, second_declarations: YearDeclarations, place: str
) -> None:
    with pytest.raises(UsageError, match="unknown-cell"):
        figures_of_cell(finished_home.warehouse, second_declarations, place)


def test_a_municipality_is_in_every_figure_whose_population_it_is_in(
    finished_home: Home, second_declarations: YearDeclarations
) -> None:
    found = figures_of_municipality(finished_home.warehouse, second_declarations, FILE[:6])
    hows = {figure.figure_id: figure.how for figure in found.figures}
    trace = trace_figure(finished_home.warehouse, second_declarations, "measure.drill")
    (city,) = [entity for entity in trace.entities if entity.municipality_code == FILE[:6]]
    assert hows["measure.drill"] == [city.reason]
    assert hows["roster.municipalities"] == ["counted"]
    assert hows["drills.total"] == ["unused"]


def test_a_municipality_that_is_not_surveyed_is_said_to_be_none(
    finished_home: Home, second_declarations: YearDeclarations
) -> None:
    with pytest.raises(UsageError, match="unknown-municipality"):
        figures_of_municipality(finished_home.warehouse, second_declarations, "111007")


def test_the_command_wants_one_of_figure_cell_and_municipality(finished_home: Home, second_survey: Survey) -> None:
    both = kyogikai(
        "trace", YEAR, "plans.total", "--cell", f"{FILE}!{COUNTED}", home=finished_home.root, survey=second_survey.root
    )
    assert both.code == 2
    page = kyogikai("trace", YEAR, "--cell", f"{FILE}!{COUNTED}", home=finished_home.root, survey=second_survey.root)
    assert "plans.total" in page.out
    assert "「12」" in page.out


def test_a_cell_that_a_finding_names_is_known_also_after_its_file_came_again_under_another_name(
    home: Home, second_survey: Survey, second_declarations: YearDeclarations
) -> None:
    put_returns(home, second_declarations, {"331007": {("plan_count", 1, None): "約12"}})
    (path,) = home.inbox(YEAR).glob("331007*")
    run_year(open_run(home, second_survey, YEAR))
    path.with_name("再提出.xlsx").write_bytes(path.read_bytes())
    run_year(open_run(home, second_survey, YEAR))
    (finding,) = [row for row in list_findings(home, YEAR) if row["rule_id"] == "type.plan_count"]
    assert finding["cells"][0].startswith(f"{path.name}!")
    assert "plans.total" in touched(home, second_declarations, finding["cells"][0])
