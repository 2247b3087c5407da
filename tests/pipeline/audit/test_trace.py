"""A trace lists the very cells of the returned workbooks, and its figure follows from them without the product."""

from __future__ import annotations

import unicodedata
from functools import lru_cache
from io import BytesIO

import openpyxl
import pytest

from pipeline.audit.trace import Trace, TracedCell, TracedEntity, trace_figure
from pipeline.home import Home
from schemas.survey import YearDeclarations
from tests.conftest import SECOND_YEAR as YEAR
from tests.support.command import kyogikai

BASE = ["plan_state.partial", "measure.drill", "measure.visits", "plans.total", "network.all", "participation.all",
        "drills.total"]  # fmt: skip


@lru_cache
def workbook(content: bytes) -> openpyxl.Workbook:
    return openpyxl.load_workbook(BytesIO(content))


def said(declarations: YearDeclarations, question: str, cells: list[TracedCell]) -> list[tuple[str | None, str]]:
    """(choice, text) of the filled cells of a question among those listed."""
    slots = {(slot.sheet, slot.address): slot for slot in declarations.layout.slots}
    named = [(slots[cell.sheet, cell.address], cell.text.strip()) for cell in cells]
    return [(slot.choice, text) for slot, text in named if slot.question_id == question and text]


def number(text: str) -> int:
    return int("".join(c for c in unicodedata.normalize("NFKC", text) if c.isdigit()))


def contribution(declarations: YearDeclarations, trace: Trace, entity: TracedEntity) -> int:
    """What an entity adds by its cells alone."""
    assert trace.analysis.question_id
    found = said(declarations, trace.analysis.question_id, entity.cells)
    if trace.method.operation == "sum":
        return sum(number(text) for _, text in found)
    chosen = {choice for choice, _ in found}
    return int(bool(chosen & set(trace.method.options)) if trace.method.options else bool(found))


def by_hand(declarations: YearDeclarations, trace: Trace) -> float:
    if trace.method.operation == "ratio":
        above, below = (by_hand(declarations, term) for term in trace.terms)
        return above / below
    if trace.analysis.question_id is None:
        return len(trace.entities)
    return sum(contribution(declarations, trace, entity) for entity in trace.entities)


@pytest.mark.parametrize("figure_id", [*BASE, "plans.mean", "drills.mean"])
def test_the_listed_cells_alone_give_the_value(
    finished_home: Home, second_declarations: YearDeclarations, figure_id: str
) -> None:
    trace = trace_figure(finished_home.warehouse, second_declarations, figure_id)
    assert by_hand(second_declarations, trace) == pytest.approx(trace.raw_value)


def test_the_listed_cells_alone_give_a_ranking_and_its_order(
    finished_home: Home, second_declarations: YearDeclarations
) -> None:
    trace = trace_figure(finished_home.warehouse, second_declarations, "measure_ranking")
    values = [by_hand(second_declarations, term) for term in trace.terms]
    assert values == [22, 11, 0]
    assert [term.label for term in trace.terms] == ["研修", "訓練", "戸別訪問"]
    assert trace.formatted_value == "「研修」「訓練」"


@pytest.mark.parametrize("figure_id", BASE)
def test_every_listed_cell_stands_in_the_archived_workbook_as_it_is_quoted(
    finished_home: Home, second_declarations: YearDeclarations, figure_id: str
) -> None:
    trace = trace_figure(finished_home.warehouse, second_declarations, figure_id)
    cells = [(entity, cell) for entity in trace.entities for cell in entity.cells]
    assert cells
    for entity, cell in cells:
        assert entity.return_id
        value = workbook(finished_home.archived(entity.return_id).read_bytes())[cell.sheet][cell.address].value
        assert cell.text == ("" if value is None else str(value))
        assert cell.file_name.startswith(entity.municipality_code)


@pytest.mark.parametrize("figure_id", BASE)
def test_every_entity_of_the_population_is_listed_with_what_it_adds_or_why_it_adds_nothing(
    finished_home: Home, second_declarations: YearDeclarations, figure_id: str
) -> None:
    trace = trace_figure(finished_home.warehouse, second_declarations, figure_id)
    for entity in trace.entities:
        assert entity.is_counted == (entity.reason == "counted")
        assert entity.reason in {"counted", "not_chosen", "not_asked"}
        assert contribution(second_declarations, trace, entity) == entity.value
        if entity.reason == "not_asked":
            assert said(second_declarations, trace.analysis.question_id or "", entity.cells) == []


def test_a_membership_is_named_by_both_its_sides_and_marked_where_the_register_only_assumes_it(
    finished_home: Home, second_declarations: YearDeclarations
) -> None:
    trace = trace_figure(finished_home.warehouse, second_declarations, "participation.all")
    assert all(entity.is_assumed for entity in trace.entities)
    assert "津山市・津山圏域連携" in {entity.name for entity in trace.entities}


def test_a_page_of_trace_names_file_sheet_cell_text_and_hash(finished_home: Home, second_survey: object) -> None:
    root = second_survey.root  # type: ignore[attr-defined]
    page = kyogikai("trace", YEAR, "plans.mean", home=finished_home.root, survey=root).out
    for word in (
        "9.33件",
        "331007_岡山市.xlsx!計画!C12 「12」",
        "「１２件」",
        "not asked",
        "recomputed  9.33",
        "fct_figures",
    ):
        assert word in page
    traced = kyogikai("trace", YEAR, "plans.total", "--json", home=finished_home.root, survey=root).json
    for entity in traced["entities"]:
        assert f"file {entity['return_id'][:16]}" in page
