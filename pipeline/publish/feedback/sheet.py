"""What the page of one municipality says; what does not go on it is shortened by a rule, the longest first.

Shown are the questions asked once of every municipality whose totals may be published, in the order of the form, and the
figures of the report that are not counts of single options.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from pipeline.japanese import era_year, heading_number
from pipeline.publish.compact import height_of, room_of
from pipeline.publish.document import Block, Document, Run, Source, Table, Words, constant, figure_field, words
from pipeline.publish.docx_template import DocxTemplate
from pipeline.publish.site.answers import STATUS_WORDS, Distribution, answer_words, codes_of
from pipeline.publish.site.book import Answer, SiteBook
from pipeline.publish.site.editions import SiteEdition
from pipeline.publish.site.question_pages import distributions
from schemas.errors import DeclarationError
from schemas.questionnaire import Question
from schemas.reference import Municipality

SHARES: tuple[float, ...] = (0.26, 0.42, 0.2, 0.12)
SHARES_OF_A_FIRST_YEAR = (0.3, 0.58, 0.12)
"""Of the width, for the columns of answers; where nothing of the year before was released, one less."""
ITEMS = (5, 3, 1)
"""So many corrections and so many warnings are told, fewer where the page has no room."""
MESSAGE = 90
"""Letters of a warning."""
NOTHING = "－"


@dataclass(frozen=True)
class Edition:
    """What the pages of all municipalities have in common; corrections and warnings by municipality."""

    book: SiteBook
    notices: tuple[Words, ...]
    closing: tuple[Words, ...]
    corrections: dict[str, list[dict[str, Any]]]
    warnings: dict[str, list[dict[str, Any]]]

    def main_questions(self) -> list[Distribution]:
        """The questions asked once of every municipality whose totals may be published, with how all answered."""
        questionnaire = self.book.declarations.questionnaire
        found = distributions(self.book, SiteEdition("public", questionnaire))
        return [one for name, one in found.items() if not questionnaire.block_of[name].is_table]

    def main_figures(self) -> list[dict[str, Any]]:
        """The numbered figures that are no counts of single options; where none is numbered, all that are none."""
        declared = self.book.declarations.figures
        found = [f for name, f in self.book.figures.items() if f["display"] and not declared[name].is_of_options]
        return [f for f in found if f["published_id"]] or [f for f in found if f["operation"] != "ranking"]


@dataclass(frozen=True)
class _Line:
    """A question's row, whole and shortened; equal where nothing is to be shortened."""

    whole: tuple[Words, ...]
    short: tuple[Words, ...]

    @property
    def length(self) -> int:
        return sum(len(cell.text) for cell in self.whole) - sum(len(cell.text) for cell in self.short)


class SheetWriter:
    """Composes the pages; what they have in common is counted once."""

    def __init__(self, edition: Edition, template: DocxTemplate) -> None:
        self._edition, self._template = edition, template.name
        self._room = room_of(template, len(edition.notices))
        self._questions, self._figures = edition.main_questions(), edition.main_figures()
        self._year = edition.book.declarations.year

    def sheet(self, municipality: Municipality) -> Document:
        """The page of a municipality: the first of ever shorter ones that the page has room for.

        Raises DeclarationError where the template leaves too little room for any.
        """
        lines = [self._line(municipality.code, one) for one in self._questions]
        if municipality.code not in self._edition.book.returns:
            lines = []
        for chosen, items in _shorter(lines):
            document = self._document(municipality, chosen, len(lines) - len(chosen), items)
            if height_of(document, self._room.width) <= self._room.height:
                return document
        raise DeclarationError(
            reference="unusable-template", where=self._template or "the built-in template", found="a page without room",
            expected="a page that holds the sheet of a municipality", fix="make its margins, header or footer smaller",
        )  # fmt: skip

    def _document(
        self, municipality: Municipality, lines: Sequence[tuple[Words, ...]], left_out: int, items: int
    ) -> Document:
        code, questionnaire = municipality.code, self._edition.book.declarations.questionnaire
        addressee = words(
            constant(municipality.name, f"name of {code}"),
            "（団体コード",
            constant(code, "code of the municipality"),
            "）　御中",
        )
        parts = [
            ("貴団体の回答と県内の状況", list(self._answers(code, lines, left_out))),
            ("県内全体の数値", [_block(*self._figure_words())]),
            ("回答を訂正した箇所", list(self._corrections(code, items))),
            ("確認をお願いした点のうち、そのまま集計したもの", list(self._warnings(code, items))),
        ]
        blocks = [_block(*addressee.runs), _block("御回答いただいた調査の結果を公表しましたので、お知らせします。")]
        for number, (heading, inside) in enumerate(parts, start=1):
            blocks += [Block("heading", (Run(heading),), 4, heading_number(1, number)), *inside]
        sender = constant(questionnaire.sender, "sender")
        blocks.append(_block("内容についてのお問い合わせは、", sender, "までお願いします。"))
        title = words(constant(questionnaire.title.ja, "title"), "　結果のお知らせ")
        return Document(title, tuple(blocks), self._edition.notices, closing=self._edition.closing)

    def _answers(self, code: str, lines: Sequence[tuple[Words, ...]], left_out: int) -> Iterator[Block]:
        if code not in self._edition.book.returns:
            yield _block("貴団体からは回答をいただいていません。")
            return
        yield _block(
            "「同じ回答」は、同じ回答をした市町村の数／市町村の数。複数を選ぶ設問では、その項目を選んだ市町村の数を（　）内に示します。"
        )
        before = constant(f"{era_year(self._year - 1)}度", "year before")
        rows = [(words("設問"), words("貴団体の回答"), words(before, "の回答"), words("同じ回答")), *lines]
        shares = SHARES
        if not self._edition.book.previous_answers:
            rows, shares = [(question, own, alike) for question, own, _, alike in rows], SHARES_OF_A_FIRST_YEAR
        yield Block("table", (), table=Table(rows[0], tuple(rows[1:]), shares))
        if left_out:
            yield _block("ほか", constant(left_out, "questions left out"), "問は、紙面の都合により省略しました。")

    def _line(self, code: str, found: Distribution) -> _Line:
        question, book = found.question, self._edition.book
        rows = book.answers.get(code, {}).get((question.id, 1), ())
        entity = rows[0].entity_id if rows else code
        before = book.previous_answers.get((code, entity, question.id), ())
        label = self._label(question)
        own = f"answers: {code}, {question.id}"
        whole = constant(found.row_count, f"answers: rows of {question.id}")
        if not question.is_multiple:
            said, alike = self._said(question, rows), _alike(question, rows, found)
            cells = (
                label, words(_held(said, own)), words(_held(self._said(question, before), f"{own}, year before") if before else NOTHING),
                words(constant(alike, f"answers: alike in {question.id}"), "／", whole) if alike is not None else words(NOTHING),
            )  # fmt: skip
            return _Line(cells, cells)
        chosen, past = ([c for c in codes_of(question, part) if c not in STATUS_WORDS] for part in (rows, before))
        if not chosen:
            said = self._said(question, rows)
            cells = (label, words(_held(said, own)), self._changes(question, chosen, past, before), words(NOTHING))
            return _Line(cells, cells)
        labels = {option.code: option.label.ja for option in question.choices}
        parts: list[str | Run] = []
        for number, option in enumerate(chosen):
            count = constant(found.options[option], f"answers: {question.id}.{option}")
            parts += ["、" if number else "", constant(labels[option], f"option {option}"), "（", count, "）"]
        among = constant(len(question.choices), f"options of {question.id}")
        short = words(among, "項目のうち", _held(str(len(chosen)), own), "項目を選択")
        past_short = words(_held(str(len(past)), f"{own}, year before"), "項目") if past else words(NOTHING)
        if past == chosen:
            past_short = words("同じ")
        counted = words("項目別／", whole)
        return _Line(
            (label, words(*parts), self._changes(question, chosen, past, before), counted),
            (label, short, past_short, words(NOTHING)),
        )

    def _label(self, question: Question) -> Words:
        """The question's own words; behind those of its block where it is the first of several of the block."""
        questionnaire = self._edition.book.declarations.questionnaire
        block = questionnaire.block_of[question.id]
        shown = [one.question for one in self._questions if questionnaire.block_of[one.question.id] is block]
        own = constant(question.label.ja, f"question {question.id}")
        is_first = len(shown) > 1 and shown[0] is question
        return words("【", constant(block.label.ja, f"block {block.id}"), "】", own) if is_first else words(own)

    def _said(self, question: Question, rows: Sequence[Answer]) -> str:
        return "、".join(answer_words(question, rows, self._edition.book.names))

    def _changes(
        self, question: Question, chosen: Sequence[str], past: Sequence[str], before: Sequence[Answer]
    ) -> Words:
        """What was chosen the year before, by how it differs."""
        if not before:
            return words(NOTHING)
        if set(chosen) == set(past):
            return words("同じ")
        labels = {option.code: option.label.ja for option in question.choices}
        if not past or not chosen:
            return words(_held(self._said(question, before), f"answers: {question.id}, year before"))
        parts: list[str | Run] = []
        for word, ones, others in (("今回だけ：", chosen, past), ("前回だけ：", past, chosen)):
            if only := [labels.get(code, code) for code in ones if code not in others]:
                parts += ["／" if parts else "", word, constant("、".join(only), f"options of {question.id}")]
        return words(*parts)

    def _figure_words(self) -> list[str | Run]:
        parts: list[str | Run] = []
        for figure in self._figures:
            name = figure["figure_id"]
            shown = figure_field(f"{figure['display']}{figure['unit'] or ''}", name, "shown")
            parts += ["、" if parts else "", figure_field(figure["label_ja"], name, "label"), "：", shown]
        return parts

    def _corrections(self, code: str, items: int) -> Iterator[Block]:
        found = self._edition.corrections.get(code, [])
        for row in found[:items]:
            place = constant(f"{row['sheet']} {row['address']}", f"corrections: {row['correction_id']}")
            texts = (row["found_text"] or "空欄", row["corrected_text"] or "空欄")
            sent, read = (constant(text, f"corrections: {row['correction_id']}") for text in texts)
            authority = constant(f"{row['reason']}（{row['authority']}）", f"corrections: {row['correction_id']}")
            yield _item(place, "：「", sent, "」を「", read, "」に訂正。", authority)
        yield from _rest(len(found), items, "訂正した箇所はありません。", "corrections")

    def _warnings(self, code: str, items: int) -> Iterator[Block]:
        found = self._edition.warnings.get(code, [])
        for row in found[:items]:
            message = row["message"]
            text = message if len(message) <= MESSAGE else f"{message[: MESSAGE - 1]}…"
            yield _item(constant(text, f"findings: {row['finding_id']}"))
        yield from _rest(len(found), items, "ありません。", "findings")


def _shorter(lines: Sequence[_Line]) -> Iterator[tuple[list[tuple[Words, ...]], int]]:
    """Ever shorter choices of rows, and how many corrections and warnings are told beside them."""
    order = sorted((n for n, line in enumerate(lines) if line.length > 0), key=lambda n: (-lines[n].length, n))
    for count in range(len(order) + 1):
        cut = set(order[:count])
        yield [line.short if n in cut else line.whole for n, line in enumerate(lines)], ITEMS[0]
    short = [line.short for line in lines]
    for items in ITEMS[1:]:
        yield short, items
    for kept in range(len(lines) - 1, -1, -1):
        yield short[:kept], ITEMS[-1]


def _alike(question: Question, rows: Sequence[Answer], found: Distribution) -> int | None:
    """How many gave the same answer, this municipality among them; None where there is no answer."""
    if question.type == "count":
        numbers = [row.value_number for row in rows if row.status == "answered"]
        return found.numbers.count(numbers[0]) if numbers and numbers[0] is not None else None
    codes = [code for code in codes_of(question, rows) if code not in STATUS_WORDS]
    return found.options[codes[0]] if codes else None


def _held(text: str, name: str) -> Run:
    """A text of a table that the release holds."""
    return Run(text, Source("mart", name))


def _rest(count: int, items: int, nothing: str, name: str) -> Iterator[Block]:
    if not count:
        yield _block(nothing)
    elif count > items:
        yield _block("ほか", constant(count - items, f"{name} left out"), "件")


def _block(*parts: str | Run) -> Block:
    return Block("paragraph", words(*parts).runs)


def _item(*parts: str | Run) -> Block:
    return Block("item", words(*parts).runs, level=1)
