"""A page for each question: how its answers are distributed, its map, and who answered what."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from pipeline.publish.site.answers import Distribution, answer_words
from pipeline.publish.site.book import SiteBook
from pipeline.publish.site.charts import COLOURS, Chart, Line, distribution_chart, slopes
from pipeline.publish.site.editions import SiteEdition
from pipeline.publish.site.tile_map import TileMap, tile_maps
from pipeline.publish.wording import POLICY_WORDS, reference_words
from schemas.questionnaire import Question, Section


@dataclass(frozen=True)
class QuestionPage:
    """All that the page of a question shows; `answers` is None where disclosure does not allow to name who answered what."""

    question: Question
    section: Section
    reference: str
    policy: str
    distribution: Distribution
    counted: str
    chart: Chart | None
    change: Chart | None
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
    return {question.id: Distribution(question, book.answers, codes) for question in questions if question.id in wanted}


def question_pages(book: SiteBook, edition: SiteEdition, found: Mapping[str, Distribution]) -> list[QuestionPage]:
    """The page of every question whose totals may be shown, in the order of the form."""
    return [_page(book, edition, distribution) for distribution in found.values()]


def _page(book: SiteBook, edition: SiteEdition, distribution: Distribution) -> QuestionPage:
    question = distribution.question
    questionnaire = book.declarations.questionnaire
    block = questionnaire.block_of[question.id]
    is_named = edition.shows_answers([question.id, *([block.identity] if block.identity else [])])
    counted = "回答の行" if block.is_table else "市町村"
    figures = [f for f in book.figures.values() if f["question_id"] == question.id]
    lines = _lines(book, question)
    return QuestionPage(
        question=question,
        section=questionnaire.section_of[block.id],
        reference=reference_words(questionnaire.reference_of(question), questionnaire),
        policy=POLICY_WORDS[question.disclosure],
        distribution=distribution,
        counted=counted,
        chart=distribution_chart(question.label.ja, distribution, f"{counted}の数"),
        change=slopes(f"{question.label.ja}の推移", lines, book.declarations.year, _unit(figures)) if lines else None,
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
            found.append((municipality.code, municipality.name, name, answer_words(question, rows, book.names)))
    return found
