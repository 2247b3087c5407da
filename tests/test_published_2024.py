"""The demo returns of 2024, read and added up, give the published figures of 2024, unit words included."""

from __future__ import annotations

import csv
from pathlib import Path
from typing import Any

import pytest

from pipeline.audit.listing import list_figures, list_findings
from pipeline.audit.trace import trace_figure
from pipeline.home import PROJECT_ROOT, Home
from schemas.survey import Survey
from tests.conftest import DEMO_YEAR as YEAR

PUBLISHED_FILE = Path(__file__).parent / "data" / "published_figures_2024.csv"
PUBLISHED = list(csv.DictReader(PUBLISHED_FILE.read_text(encoding="utf-8").splitlines()))
# 180 meetings and 268 subcommittees over 37 councils; what was printed follows from another denominator.
CORRECTED = {"A12": "4.9", "A14": "7.2"}
SURVEY = Survey(PROJECT_ROOT)


@pytest.fixture(scope="session")
def figures(demo_home: Home) -> dict[str, dict[str, Any]]:
    """The figures by published id."""
    return {row["published_id"]: row for row in list_figures(demo_home, YEAR) if row["published_id"]}


@pytest.mark.parametrize("published", PUBLISHED, ids=[row["published_id"] for row in PUBLISHED])
def test_a_figure_is_the_published_one(figures: dict[str, dict[str, Any]], published: dict[str, str]) -> None:
    figure = figures[published["published_id"]]
    expected = CORRECTED.get(published["published_id"], published["figure"])
    assert (figure["display"], figure["unit"]) == (expected, published["unit"])


def test_the_clean_demo_has_no_error_level_finding(demo_home: Home) -> None:
    assert [row for row in list_findings(demo_home, YEAR) if row["severity"] == "error"] == []


def test_every_figure_is_recomputed_from_what_its_trace_lists(demo_home: Home) -> None:
    declarations = SURVEY.load_year(YEAR)
    for figure_id in declarations.figures:
        trace = trace_figure(demo_home.warehouse, declarations, figure_id)
        assert trace.recomputed == pytest.approx(trace.raw_value), figure_id
        assert trace.recomputed_formatted_value == trace.formatted_value, figure_id


def test_rankings_print_the_published_options_in_the_published_order(demo_home: Home) -> None:
    declarations = SURVEY.load_year(YEAR)
    expected = {
        "agenda_topic_ranking": ["B01", "B02", "B03", "B04", "B05"],
        "role_ranking": ["B06", "B07", "B08", "B09"],
        "identification_method_ranking": ["B12", "B13", "B14", "B15"],
        "hard_case_review_ranking": ["B16", "B17", "B18"],
        "effort_ranking": ["B19", "B20", "B21", "B22"],
    }
    for ranking, published in expected.items():
        trace = trace_figure(demo_home.warehouse, declarations, ranking)
        assert [term.analysis.published_id for term in trace.terms][: len(published)] == published
    wider = trace_figure(demo_home.warehouse, declarations, "wider_area_ranking")
    assert [term.figure_id.rpartition(".")[2] for term in wider.terms][:4] == [
        "workforce", "social_resources", "medical_care", "consultation",
    ]  # fmt: skip


def test_the_draft_says_that_its_returns_are_synthetic(demo_home: Home) -> None:
    for name in ("report.txt", "report.html"):
        assert "デモ用の架空の回答" in (demo_home.drafts(YEAR) / name).read_text(encoding="utf-8")
