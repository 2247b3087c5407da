"""A page for each municipality: what it answered, this year and last, how the prefecture answered, and the figures it is in."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from pipeline.publish.site.answers import STATUS_WORDS, Distribution, answer_words, codes_of
from pipeline.publish.site.book import Answer, SiteBook
from pipeline.publish.site.editions import SiteEdition
from schemas.questionnaire import Block, Question, block_questions
from schemas.reference import Municipality


@dataclass(frozen=True)
class AnswerLine:
    """A question with what was answered, what was answered last year, and how many of the prefecture answered alike."""

    question: Question
    answer: Sequence[str]
    previous: Sequence[str]
    beside: Sequence[str]
    is_corrected: bool = False


@dataclass(frozen=True)
class AnswerGroup:
    """The answers of a block, or of a row of its table, under what the row is about."""

    heading: str
    lines: Sequence[AnswerLine]


@dataclass(frozen=True)
class MunicipalityPage:
    """All that the page of a municipality shows; `sent` is None where it sent no return."""

    municipality: Municipality
    sent: Mapping[str, Any] | None
    sections: Sequence[tuple[str, Sequence[AnswerGroup]]]
    figures: Sequence[Mapping[str, Any]]
    has_previous: bool


def municipality_pages(
    book: SiteBook, edition: SiteEdition, found: Mapping[str, Distribution]
) -> list[MunicipalityPage]:
    """The page of every municipality, by code; `found` is how the prefecture answered, by question."""
    writer = _Writer(book, edition, found)
    return [writer.page(municipality) for municipality in book.declarations.municipalities]


class _Writer:
    def __init__(self, book: SiteBook, edition: SiteEdition, found: Mapping[str, Distribution]) -> None:
        self._book, self._edition, self._distributions = book, edition, found
        self._figures = self._figures_by_municipality()

    def page(self, municipality: Municipality) -> MunicipalityPage:
        code = municipality.code
        sections = []
        for section in self._edition.questionnaire.sections:
            groups = [group for block in section.blocks for group in self._groups(code, block)]
            if groups:
                sections.append((f"{section.number}　{section.label.ja}", groups))
        figures = [figure for name, figure in self._book.figures.items() if name in self._figures[code]]
        return MunicipalityPage(
            municipality, self._book.returns.get(code), sections, figures, bool(self._book.previous_answers)
        )

    def _groups(self, code: str, block: Block) -> list[AnswerGroup]:
        identity = [block.identity] if block.identity else []
        shown = [q for q in block_questions(block) if self._edition.shows_answers([q.id, *identity])]
        if not shown:
            return []
        answers = self._book.answers.get(code, {})
        rows = sorted({row_no for name, row_no in answers if name in {q.id for q in shown}})
        return [
            AnswerGroup(
                self._heading(code, block, row), [self._line(code, q, answers.get((q.id, row), ())) for q in shown]
            )
            for row in rows
        ]

    def _heading(self, code: str, block: Block, row_no: int) -> str:
        if not block.is_table:
            return block.label.ja
        own = self._book.answers[code].get((block.identity or "", row_no), ())
        names = (
            answer_words(self._edition.questionnaire.questions[block.identity], own, self._book.names)
            if block.identity
            else ()
        )
        return f"{block.label.ja}　{'、'.join(names) or row_no}"

    def _line(self, code: str, question: Question, rows: Sequence[Answer]) -> AnswerLine:
        entity = rows[0].entity_id if rows else code
        may_be_shown = self._edition.is_internal or question.id in self._book.public_before
        before = self._book.previous_answers.get((code, entity, question.id), ()) if may_be_shown else ()
        link = self._book.declarations.changes.questions.get(question.id) if self._book.declarations.changes else None
        asked_then = link.before if link and link.before else question
        said = answer_words(asked_then, before, self._book.names) if before else ()
        if said and link and link.reasons:
            said = (*said, f"（今回とは比べられない。{'。'.join(link.reasons)}）")
        is_corrected = bool(rows) and (code, question.id, rows[0].row_no) in self._book.corrected
        words = answer_words(question, rows, self._book.names)
        return AnswerLine(question, words, said, self._beside(question, rows), is_corrected)

    def _beside(self, question: Question, rows: Sequence[Answer]) -> list[str]:
        """For each chosen option how many chose it too; of a number the median and the highest."""
        found = self._distributions.get(question.id)
        if found is None:
            return []
        if question.type == "count":
            if not found.numbers:
                return []
            return [f"中央値{found.middle:g}{question.unit or ''}、最大{found.numbers[-1]}{question.unit or ''}"]
        questionnaire = self._edition.questionnaire
        unit = questionnaire.grain_of[questionnaire.block_of[question.id].grain].label.ja
        codes = [code for code in codes_of(question, rows) if code not in STATUS_WORDS]
        labels = {option.code: f"{option.label.ja}　" for option in question.choices} if len(codes) > 1 else {}
        return [f"{labels.get(code, '')}{found.options[code]}／{found.row_count}{unit}" for code in codes]

    def _figures_by_municipality(self) -> dict[str, set[str]]:
        """The figures that count a municipality, or an entity that it belongs to, as far as that may be told."""
        declarations = self._book.declarations
        on = declarations.questionnaire.reference_date
        members: dict[str, list[str]] = defaultdict(list)
        for member in declarations.reference.register_members:
            if member.is_valid(on):
                members[member.entity_id].append(member.code)
        found: dict[str, set[str]] = defaultdict(set)
        for figure_id, contributions in self._book.contributions.items():
            declared = declarations.figures[figure_id]
            identity = declarations.questionnaire.block_of[declared.question].identity if declared.question else None
            if not self._edition.shows_answers([declared.question, identity]):
                continue
            for one in contributions:
                if one.is_counted:
                    for code in (one.municipality_code, *members.get(one.entity_id, ())):
                        found[code].add(figure_id)
        return found
