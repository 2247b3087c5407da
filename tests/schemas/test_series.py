"""Series of figures through questionnaires that changed: what continues, what is summed, and where they break."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from pipeline.home import PROJECT_ROOT
from schemas import crosswalk, series
from schemas.errors import DeclarationError
from schemas.series import SeriesLink, series_links
from schemas.survey import Survey
from tests.support.changed_years import NEXT, SHIFTED, survey_with

OPERATION = """
sections:
  - id: establishment
    blocks:
      - id: councils
        questions:
          - id: operation
            options:
              - {code: direct, label: 直営}
              - {code: any_outsourced, label: 委託又は直営・委託}
          - id: operator
            asked_if: [{question: operation, in: [any_outsourced]}]
"""
MERGED = """
changes:
  - {since: 2025, question: operation, merges: {any_outsourced: [outsourced, direct_and_outsourced]}}
"""
FIGURES = """
figures:
  - {id: operation, each_option: {published_ids: {outsourced: null, direct_and_outsourced: null}}}
"""
RELATIONS = """
relations:
  - {id: operation-partition, drop: true}
"""


def links_of(survey: Survey, year: int = NEXT) -> dict[tuple[str, int], SeriesLink]:
    return {(link.figure_id, link.observed_year): link for link in series_links(survey, year, survey.years)}


def test_figures_of_questionnaires_that_are_the_same_all_continue() -> None:
    survey = Survey(PROJECT_ROOT)
    links = links_of(survey, 2024)
    assert set(links) == {(name, year) for name in survey.load_year(2024).figures for year in (2022, 2023)}
    assert all(link.sources == (link.figure_id,) and link.break_year is None for link in links.values())


def test_a_merged_option_is_the_sum_of_what_it_was(tmp_path: Path) -> None:
    survey = survey_with(tmp_path, SHIFTED + OPERATION + MERGED, FIGURES, RELATIONS)
    links = links_of(survey)
    parts = ("operation.direct_and_outsourced", "operation.outsourced")
    for year in (2022, 2023, 2024):
        assert links["operation.any_outsourced", year] == SeriesLink("operation.any_outsourced", year, parts)
        assert links["operation.direct", year].reason == ""


def test_options_that_changed_without_a_word_break_what_counts_them(tmp_path: Path) -> None:
    survey = survey_with(tmp_path, SHIFTED + OPERATION, FIGURES, RELATIONS)
    links = links_of(survey)
    assert ("operation.any_outsourced", 2024) not in links
    for year in (2022, 2023, 2024):
        link = links["operation.direct", year]
        assert (link.break_year, link.reason) == (NEXT, crosswalk.OPTIONS_CHANGED)


def test_who_is_asked_tells_on_ratios_and_rankings(tmp_path: Path) -> None:
    declared = """
changes:
  - {since: 2025, question: plenary_meeting_count, is_break: true, reason: 書面開催を含めることとしたため}
  - {since: 2025, question: role, is_break: true, reason: 設問の趣旨を改めたため}
"""
    links = links_of(survey_with(tmp_path, SHIFTED + declared))
    assert links["plenary_meetings.total", 2023].reason == "書面開催を含めることとしたため"
    assert links["plenary_meetings.mean", 2023].reason == series.TERMS_CHANGED
    assert links["subcommittees.mean", 2023].reason == ""
    assert links["role_ranking", 2022].reason == series.CANDIDATES_CHANGED
    assert links["role_ranking", 2022].break_year == NEXT


def test_a_figure_that_is_made_otherwise_breaks_and_one_that_is_new_begins(tmp_path: Path) -> None:
    figures = """
figures:
  - {id: establishment.established, options: [single, joint]}
  - {id: council.direct, section: establishment, label: 直営の協議会, operation: count, grain: council, question: operation,
     options: [direct], unit: council}
"""
    links = links_of(survey_with(tmp_path, SHIFTED, figures))
    assert links["establishment.established", 2024].reason == series.DEFINITION_CHANGED
    assert ("council.direct", 2024) not in links


@pytest.mark.parametrize(("reasons", "told"), [
    ((crosswalk.PAUSED,), crosswalk.PAUSED), ((), series.DEFINITION_CHANGED),
])  # fmt: skip
def test_a_figure_whose_options_lead_nowhere_breaks_for_the_reason_of_its_question(
    reasons: tuple[str, ...], told: str
) -> None:
    survey = Survey(PROJECT_ROOT)
    before, after = survey.load_year(2023), survey.load_year(2024)
    steps = survey.crosswalk(2023, 2024)
    link = replace(steps.questions["operation"], change="redefined", options=(), reasons=reasons)
    changed = replace(steps, questions={**steps.questions, "operation": link})
    found = series.figure_steps(before, after, changed)
    assert {found[name].reason for name, f in after.figures.items() if f.question == "operation" and f.options} == {
        told
    }
    assert found["council.all"].reason == ""


def test_merges_that_cannot_be_name_the_file(tmp_path: Path) -> None:
    declared = "changes:\n  - {since: 2025, question: operation, merges: {direct: [by_hand]}}\n"
    survey = survey_with(tmp_path, SHIFTED + declared)
    with pytest.raises(DeclarationError) as caught:
        links_of(survey)
    assert "by_hand" in str(caught.value.found)
    assert "questionnaires/2025.yaml:" in str(caught.value.where)


@pytest.mark.parametrize(("text", "complaint"), [
    ("{since: 2025, question: nothing, is_break: true, reason: 理由}", "unknown question 'nothing'"),
    ("{since: 2025, question: operation, merges: {nowhere: [direct]}}", "unknown options ['nowhere']"),
    ("{since: 2025, question: operation, merges: {direct: []}}", "'direct' merges nothing"),
    ("{since: 2025, question: operation, merges: {direct: [outsourced]}}", "'outsourced' is merged into 'direct', and still offered"),
    ("{since: 2025, question: operation, merges: {direct: [direct], outsourced: [direct]}}", "'direct' is merged twice"),
    ("{since: 2026, question: operation, is_break: true, reason: 理由}", "2026 is no declared year"),
    ("{since: 2025, question: role, is_break: true, reason: 甲}\n  - {since: 2025, question: role, is_break: true, reason: 乙}",
     "is told twice"),
])  # fmt: skip
def test_declared_changes_lead_somewhere(tmp_path: Path, text: str, complaint: str) -> None:
    survey = survey_with(tmp_path, f"{SHIFTED}changes:\n  - {text}\n")
    with pytest.raises(DeclarationError) as caught:
        survey.load_year(NEXT)
    assert complaint in caught.value.render()
