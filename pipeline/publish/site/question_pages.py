"""A page for each question: how its answers are distributed, its map, and who answered what."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from pipeline.publish.site.answers import CORRECTED, Distribution, answer_words
from pipeline.publish.site.book import SiteBook
from pipeline.publish.site.charts import COLOURS, Chart, Line, distribution_chart, slopes
from pipeline.publish.site.editions import SiteEdition
from pipeline.publish.site.tile_map import TileMap, tile_maps
from pipeline.publish.wording import POLICY_WORDS, reference_words
from schemas.questionnaire import Question, Questionnaire, Section

FEWEST_NUMBERS = 3
"""Of a question that is published in figures only, the sum and the median of so many answers at least."""


@dataclass(frozen=True)
class QuestionPage:
    """All that the page of a question shows; `answers` is None where disclosure does not allow to name who answered what."""

    question: Question
    section: Section
    reference: str
    policy: str
    distribution: Distribution
    counted: str
    is_shared: bool
    shows_numbers: bool
    shows_each_number: bool
    chart: Chart | None
    change: Chart | None
    trend: Sequence[tuple[str, Sequence[str]]]
    years: Sequence[int]
    change_count: int
    option_count: int
    maps: Sequence[TileMap]
    answers: Sequence[tuple[str, str, str, Sequence[str]]] | None
    figures: Sequence[dict[str, Any]]


def pages_of_questions(edition: SiteEdition) -> frozenset[str]:
    """The ids of the questions that have a page."""
    return frozenset(
        q.id for q in edition.questionnaire.questions.values() if edition.shows_totals(q) and q.type != "register"
    )


def distributions(book: SiteBook, edition: SiteEdition) -> dict[str, Distribution]:
    """How the answers to each question that has a page are distributed, by the question's id, in the order of the form."""
    codes = [municipality.code for municipality in book.declarations.municipalities]
    wanted = pages_of_questions(edition)
    questions = edition.questionnaire.questions.values()
    speakers = {entity.entity_id: entity.secretariat_code for entity in book.declarations.reference.register}
    return {
        question.id: Distribution(
            question,
            book.answers,
            codes,
            speakers if _is_shared(edition.questionnaire, question) else {},
        )
        for question in questions
        if question.id in wanted
    }


def _is_shared(questionnaire: Questionnaire, question: Question) -> bool:
    """Whether municipalities may share what the question is about, as a council."""
    return questionnaire.grain_of[questionnaire.block_of[question.id].grain].register_kind is not None


def question_pages(book: SiteBook, edition: SiteEdition, found: Mapping[str, Distribution]) -> list[QuestionPage]:
    """The page of every question whose totals may be shown, in the order of the form."""
    return [_page(book, edition, distribution) for distribution in found.values()]


def _page(book: SiteBook, edition: SiteEdition, distribution: Distribution) -> QuestionPage:
    question = distribution.question
    questionnaire = book.declarations.questionnaire
    block = questionnaire.block_of[question.id]
    is_named = edition.shows_answers([question.id, *([block.identity] if block.identity else [])])
    grain = questionnaire.grain_of[block.grain]
    counted = grain.label.ja
    figures = [f for f in book.figures.values() if f["question_id"] == question.id]
    # A chart, the least and the greatest of numbers are single answers, though without a name.
    shows_each = question.type != "count" or edition.shows_answers([question.id])
    lines = _lines(book, question)
    return QuestionPage(
        question=question,
        section=questionnaire.section_of[block.id],
        reference=reference_words(questionnaire.reference_of(question), questionnaire),
        policy=POLICY_WORDS[question.disclosure],
        distribution=distribution,
        counted=counted,
        is_shared=grain.register_kind is not None,
        shows_numbers=len(distribution.numbers) >= (1 if shows_each else FEWEST_NUMBERS),
        shows_each_number=shows_each and bool(distribution.numbers),
        chart=distribution_chart(question.label.ja, distribution, f"{counted}の数") if shows_each else None,
        change=slopes(f"{question.label.ja}の推移", lines, book.declarations.year, _unit(figures)) if lines else None,
        trend=_trend(lines, years := _years(lines)),
        years=years,
        change_count=min(len(lines), len(COLOURS)),
        option_count=len(lines),
        maps=tile_maps(book, question) if is_named else (),
        answers=_answers(book, question) if is_named else None,
        figures=figures,
    )


def _lines(book: SiteBook, question: Question) -> list[Line]:
    """The figures that count single options of the question, with what was published of them in earlier years."""
    found: list[Line] = []
    for figure in book.declarations.figures.values():
        shown = book.figures.get(figure.id)
        if figure.question != question.id or len(figure.options) != 1 or figure.operation != "count" or shown is None:
            continue
        if (past := book.history.get(figure.id)) and shown["value"] is not None:
            found.append((figure.label.ja, past, shown["value"], shown["display"]))
    return found if len(found) > 1 else []


def _years(lines: Sequence[Line]) -> list[int]:
    """The earlier years of which something was published."""
    return sorted({one.year for _, past, _, _ in lines for one in past})


def _trend(lines: Sequence[Line], years: Sequence[int]) -> list[tuple[str, Sequence[str]]]:
    """Of each option what was last published of each earlier year, and this year's value; － where there is none."""
    rows: list[tuple[str, Sequence[str]]] = []
    for label, past, _, display in lines:
        shown = {
            one.year: f"{one.display}{'' if one.break_year is None else '（比較不可）'}"
            for one in past
            if one.is_newest
        }
        rows.append((label, [*(shown.get(year, "－") for year in years), display]))
    return rows


def _unit(figures: Sequence[Mapping[str, Any]]) -> str:
    """The word for all that is counted, whatever kinds of it each figure counts."""
    units = {figure["unit"] for figure in figures if figure["unit"]}
    return max(units, key=len) if units else ""


def _answers(book: SiteBook, question: Question) -> list[tuple[str, str, str, Sequence[str]]]:
    """(code, municipality, what the row is about, what it answered) for every row, in the order of the roster."""
    found: list[tuple[str, str, str, Sequence[str]]] = []
    for municipality in book.declarations.municipalities:
        own = [
            (row_no, rows)
            for (name, row_no), rows in book.answers.get(municipality.code, {}).items()
            if name == question.id
        ]
        for _, rows in sorted(own) or [(0, ())]:
            about = rows[0].entity_id if rows else municipality.code
            name = "" if about == municipality.code else book.names.get(about, "（名簿にないもの）")
            words = answer_words(question, rows, book.names)
            if rows and (municipality.code, question.id, rows[0].row_no) in book.corrected:
                words = (*words, CORRECTED)
            found.append((municipality.code, municipality.name, name, words))
    return found
