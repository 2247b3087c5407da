"""A page for each figure: its value, what it is, who is counted and who is not, the cells behind it, and earlier years."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from pipeline.publish.site.answers import STATUS_WORDS
from pipeline.publish.site.book import Contribution, Past, SiteBook, SourceCell
from pipeline.publish.site.definitions import define_figure
from pipeline.publish.site.editions import SiteEdition
from pipeline.publish.wording import reference_words
from schemas.figures import Figure


@dataclass(frozen=True)
class Counted:
    """An entity of the figure's population: its name, what it adds or why nothing, and the cells that say so."""

    name: str
    municipality_code: str
    municipality: str
    value: int
    is_counted: bool
    reason: str
    is_assumed: bool
    cells: Sequence[SourceCell]


@dataclass(frozen=True)
class FigurePage:
    """All that the page of a figure shows; `entities` is None where disclosure does not allow to name anybody."""

    figure: Mapping[str, Any]
    definition: str
    reference: str
    section: str
    question_label: str | None
    is_of_options: bool
    has_question_page: bool
    groups: Sequence[tuple[str, int]]
    entities: Sequence[Counted] | None
    is_of_municipalities: bool
    terms: Sequence[tuple[str, Mapping[str, Any]]]
    past: Sequence[Past]
    revised: tuple[str, str] | None = None
    """The release of this year that this one revises, and what it showed; None where it showed the same."""

    @property
    def has_remarks(self) -> bool:
        """Whether an earlier value was revised, or does not compare."""
        return self.revised is not None or any(one.reason or not one.is_newest for one in self.past)


def figure_pages(book: SiteBook, edition: SiteEdition, question_pages: frozenset[str]) -> list[FigurePage]:
    """The page of every figure, in the order of the report; `question_pages` are the questions that have one."""
    labels = {name: figure["label_ja"] for name, figure in book.figures.items()}
    return [
        _figure_page(book, edition, declared, labels, question_pages)
        for declared in book.declarations.figures.values()
        if declared.id in book.figures
    ]


def _figure_page(
    book: SiteBook, edition: SiteEdition, declared: Figure, labels: Mapping[str, str], question_pages: frozenset[str]
) -> FigurePage:
    questionnaire = book.declarations.questionnaire
    own = book.contributions.get(declared.id, [])
    question = questionnaire.questions.get(declared.question or "")
    return FigurePage(
        figure=book.figures[declared.id],
        definition=define_figure(declared, questionnaire, labels),
        reference=reference_words(declared.reference, questionnaire),
        section=next(f"{s.number}　{s.label.ja}" for s in questionnaire.sections if s.id == declared.section),
        question_label=question.label.ja if question else None,
        is_of_options=declared.is_of_options,
        has_question_page=declared.question in question_pages,
        groups=_groups(own),
        entities=_entities(book, edition, declared, own)
        if own and edition.shows_answers(_read(book, declared))
        else None,
        is_of_municipalities=declared.grain == "municipality",
        terms=_terms(book, declared),
        past=book.history.get(declared.id, []),
        revised=book.revised.get(declared.id),
    )


def _read(book: SiteBook, declared: Figure) -> list[str | None]:
    """The questions whose answers tell who is counted: the figure's own, and the one that names the row."""
    if declared.question is None:
        return [None]
    identity = book.declarations.questionnaire.block_of[declared.question].identity
    return [declared.question, *([identity] if identity else [])]


def _groups(contributions: Sequence[Contribution]) -> list[tuple[str, int]]:
    """How many are counted, and how many are not for which reason."""
    counts = Counter(one.reason for one in contributions)
    return [(STATUS_WORDS[reason], counts[reason]) for reason in STATUS_WORDS if counts[reason]]


def _entities(
    book: SiteBook, edition: SiteEdition, declared: Figure, contributions: Sequence[Contribution]
) -> list[Counted]:
    found = [
        Counted(
            name=_name(book, edition, one), municipality_code=one.municipality_code,
            municipality=book.names.get(one.municipality_code, one.municipality_code), value=one.value,
            is_counted=one.is_counted, reason=STATUS_WORDS[one.reason], is_assumed=one.is_assumed,
            cells=book.sources.get((declared.id, one.entity_id), ()),
        )
        for one in contributions
    ]  # fmt: skip
    return sorted(found, key=lambda one: not one.is_counted)


def _name(book: SiteBook, edition: SiteEdition, one: Contribution) -> str:
    """A registered name, a municipality's, or for a pair both; what a municipality wrote for an unregistered one is free text."""
    entity = one.entity_id.rpartition(":")[2]
    municipality = book.names.get(one.municipality_code, one.municipality_code)
    name = book.names.get(entity) or (
        book.unlisted_name(one.municipality_code, entity)
        if edition.is_internal
        else f"{municipality}（名簿にないもの）"
    )
    return f"{municipality}・{name}" if ":" in one.entity_id else name


def _terms(book: SiteBook, declared: Figure) -> list[tuple[str, Mapping[str, Any]]]:
    """The figures that a ratio or a ranking is made of, each with its part in it."""
    if declared.operation == "ratio":
        terms = (("分子", declared.numerator), ("分母", declared.denominator))
        return [(part, book.figures[name]) for part, name in terms if name]
    if declared.operation == "ranking":
        places = book.rankings.get(declared.id, [])
        return [
            (
                f"{place['position']}{'' if place['is_printed'] else '（報告書には掲げない）'}",
                book.figures[place["candidate_id"]],
            )
            for place in places
        ]
    return []
