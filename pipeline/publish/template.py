"""A report's template and the official's prose, both Markdown with placeholders, to a document.

Placeholders: `{{ A05 }}` a figure's display; `{{ A05 unit }}` with its unit word; `{{ label A05 }}`;
`{{ members A07 }}` the names counted; and constants: survey_year, reference_date, baseline, deadline, sender,
returns_expected, returns_received, period <id>, date_of <question>. On a line of their own: `{{ ranking R }}`,
`{{ list A01 A02 }}`, `{{ prose purpose }}`.
A bare digit is an error: a number in a report has a source, or is a declared constant.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date
from difflib import get_close_matches
from itertools import takewhile
from pathlib import Path
from typing import Any

from markdown_it import MarkdownIt

from pipeline.japanese import HALF_WIDTH, era_date, era_period, era_year, heading_number
from pipeline.publish.document import Block, Run, constant, figure_field, is_numeral
from pipeline.publish.figure_book import BookFigure, DeclaredBook, FigureBook
from schemas.errors import DeclarationError, raise_all
from schemas.survey import Survey, YearDeclarations
from schemas.visible import UNFIT, fit_for_documents
from schemas.yaml_source import find_year_file, read_declared_text, shown_path

PROSE_NAME = re.compile(r"[\w-]+")
PLACEHOLDER = re.compile(r"\{\{\s*(.*?)\s*\}\}")
_KANJI = "〇零一壱二弐三参四五六七八九十拾廿卅百千万"
WRITTEN_NUMBER = f"(?:数?[{_KANJI}][{_KANJI}数]*|ゼロ)"
EVERYDAY_UNITS = (
    "年",
    "月",
    "日",
    "時",
    "分",
    "割",
    "人",
    "名",
    "倍",
    "度",
    "件",
    "点",
    "回",
    "か所",
    "箇所",
    "パーセント",
    "％",
    "%",
    "市",
    "町",
    "村",
    "区",
    "自治体",
    "団体",
    "圏域",
    "つ",
)
"""What is counted in prose besides the units of figures."""
NO_NUMBERS = ("一人ひとり", "一人一人", "一部分", "十分", "万一", "一時的", "一度に", "一日も早", "一つ", "一区切り")
"""Words that hold a numeral and are none."""
NONE_COUNTED = "該当なし"
PLAIN_PARTS = {"text", "softbreak"}
"""What a line may be made of; emphasis, links, code and HTML would be printed with their marks."""
MAX_LEVEL = 4
SUPPORTED = {
    "heading_open", "heading_close", "paragraph_open", "paragraph_close", "inline", "bullet_list_open",
    "bullet_list_close", "ordered_list_open", "ordered_list_close", "list_item_open", "list_item_close",
}  # fmt: skip


@dataclass(frozen=True)
class Line:
    """One heading, paragraph or item of a Markdown file, with its place."""

    kind: str
    level: int
    text: str
    where: str


def read_markdown(path: Path) -> list[Line]:
    """Read headings, paragraphs and list items; raises DeclarationError when the file is absent."""
    if not path.exists():
        raise DeclarationError(
            reference="missing-text", where=str(path), expected="a Markdown file", fix="write the file"
        )
    source = read_declared_text(path)
    lines: list[Line] = []
    kind, level = "paragraph", 0
    depth = 0
    for token in MarkdownIt("commonmark").parse(source):
        place = f"{shown_path(path)}:{(token.map or [0])[0] + 1}"
        if token.type not in SUPPORTED or (token.type == "heading_open" and int(token.tag[1:]) > MAX_LEVEL):
            raise DeclarationError(
                reference="unsupported-markdown", where=place, found=token.content.strip() or token.type,
                expected=f"headings of {MAX_LEVEL} levels, paragraphs and lists", fix="write it as one of these",
            )  # fmt: skip
        if token.type == "heading_open":
            kind, level = "heading", int(token.tag[1:])
        elif token.type in ("bullet_list_open", "ordered_list_open"):
            depth += 1
        elif token.type in ("bullet_list_close", "ordered_list_close"):
            depth -= 1
        elif token.type == "inline":
            if any(part.type not in PLAIN_PARTS for part in token.children or ()):
                raise DeclarationError(
                    reference="unsupported-markdown", where=place, found=token.content, expected="plain text",
                    fix="write it without emphasis, links, code, HTML and line breaks of its own",
                )  # fmt: skip
            if UNFIT.search(token.content):
                raise DeclarationError(
                    reference="letter-not-seen", where=place, found=fit_for_documents(token.content),
                    expected="letters that are seen", fix="take out the letters that are told by their numbers",
                )  # fmt: skip
            text = "".join(part.strip() for part in token.content.split("\n"))
            lines.append(
                Line(kind if kind == "heading" else "item" if depth else "paragraph", level or depth, text, place)
            )
        elif token.type == "heading_close":
            kind, level = "paragraph", 0
    return lines


class Composer:
    """Turns a year's template into blocks; gathers every fault before it raises."""

    def __init__(
        self,
        survey: Survey,
        declarations: YearDeclarations,
        book: FigureBook | DeclaredBook,
        gate: Mapping[str, Any] | None = None,
    ) -> None:
        self._survey = survey
        self._declarations = declarations
        self._book = book
        self._gate = gate or {}
        self._faults: list[DeclarationError] = []
        self._counts = [0] * (MAX_LEVEL + 1)
        units = {unit.label.ja for unit in declarations.units.values()}.union(EVERYDAY_UNITS)
        any_unit = "|".join(map(re.escape, sorted(units, key=len, reverse=True)))
        self._written_number = re.compile(rf"{WRITTEN_NUMBER}(?=\s*(?:{any_unit})(?!当たり))")

    def compose(self, template: Path) -> tuple[Block, ...]:
        """Return the report's blocks.

        Raises DeclarationError that names file and line of every unknown placeholder and every bare number.
        """
        blocks = tuple(self._blocks(template, ()))
        if not blocks and not self._faults:
            raise DeclarationError(
                reference="missing-text", where=f"{shown_path(template)}:1", found="no text", expected="the report's template",
                fix="write the template",
            )  # fmt: skip
        raise_all(self._faults)
        return blocks

    def _blocks(self, path: Path, within: tuple[Path, ...]) -> Iterator[Block]:
        for line in read_markdown(path):
            whole = PLACEHOLDER.fullmatch(line.text)
            words = whole.group(1).split() if whole else []
            if words and words[0] == "prose" and len(words) == 2:
                if not PROSE_NAME.fullmatch(words[1]):
                    self._fault("invalid-prose-name", line, f"{{{{ prose {words[1]} }}}}", "a file of the year's prose",
                                "name it without folder and .md")  # fmt: skip
                    continue
                text = self._survey.prose_folder(self._declarations.year) / f"{words[1]}.md"
                if text in (*within, path):
                    self._fault("circular-prose", line, f"{{{{ prose {words[1]} }}}}", "a text that is not around it",
                                "remove it here, or there")  # fmt: skip
                else:
                    yield from self._blocks(text, (*within, path))
            elif words and words[0] in ("ranking", "list"):
                yield from self._figure_items(words[0], words[1:], line)
            else:
                runs = tuple(self._runs(line))
                if line.kind == "heading":
                    yield Block("heading", runs, line.level, self._number(line.level))
                else:
                    yield Block("item" if line.kind == "item" else "paragraph", runs, line.level)

    def _number(self, level: int) -> str:
        self._counts[level] += 1
        self._counts[level + 1 :] = [0] * (MAX_LEVEL - level)
        return heading_number(level, self._counts[level])

    def _figure_items(self, directive: str, names: list[str], line: Line) -> Iterator[Block]:
        figures: list[BookFigure] = []
        if not names:
            self._fault(
                "unknown-placeholder", line, f"{{{{ {directive} }}}}", "a figure to print", "name the figures after it"
            )
        for name in names:
            figure = self._figure(name, line)
            if figure is not None and directive == "ranking" and figure.operation != "ranking":
                self._fault(
                    "no-ranking", line, name, "a figure whose operation is ranking", "name a ranking, or use list"
                )
            elif figure is not None:
                figures += self._book.printed(figure.figure_id) if directive == "ranking" else [figure]
        if names and not figures and self._figure(names[0], line):
            yield Block("item", (Run(NONE_COUNTED),), 1)
        for figure in figures:
            label = figure_field(figure.label.translate(HALF_WIDTH), figure.figure_id, "label")
            yield Block("item", (label, Run("（"), *_number_and_unit(figure), Run("）")), 1)

    def _runs(self, line: Line) -> Iterator[Run]:
        """The runs of a line; digits have one width in the whole report, whatever a label or a constant has."""
        for run in self._written_runs(line):
            yield replace(run, text=run.text.translate(HALF_WIDTH))

    def _written_runs(self, line: Line) -> Iterator[Run]:
        position = 0
        for match in PLACEHOLDER.finditer(line.text):
            if position and match.start() == position:
                self._fault(
                    "adjacent-placeholders", line, f"}}}}{match.group()}", "words between two placeholders",
                    "write what stands between them: two numbers side by side read as one",
                )  # fmt: skip
            yield from self._words(line.text[position : match.start()], line)
            yield from self._placeholder(match.group(1), line)
            position = match.end()
        yield from self._words(line.text[position:], line)

    def _words(self, text: str, line: Line) -> Iterator[Run]:
        if "{{" in text or "}}" in text:
            self._fault(
                "unknown-placeholder", line, text.strip(), "a placeholder in one pair of {{ and }}, on one line",
                "close the placeholder, or take the brackets away",
            )  # fmt: skip
        elif bare := self._bare_number(text):
            self._fault(
                "bare-number", line, f"「{bare}」 in 「{text.strip()}」",
                "a placeholder such as {{ A05 }} or {{ reference_date }}", "name the figure or constant that the number is",
            )  # fmt: skip
        if text:
            yield Run(text)

    def _bare_number(self, text: str) -> str | None:
        """The first number in a text: a digit of any script, or a number in words before what it counts."""
        is_digit = [is_numeral(letter) for letter in text]
        start = is_digit.index(True) if True in is_digit else len(text)
        digit = "".join(
            letter for letter, _ in takewhile(lambda pair: pair[1], zip(text[start:], is_digit[start:], strict=True))
        )
        visible = "".join(letter for letter in text if unicodedata.category(letter) != "Cf")
        plain = re.sub("|".join(NO_NUMBERS), "", visible)
        written = self._written_number.search(plain)
        return digit or (written.group() if written else None)

    def _placeholder(self, content: str, line: Line) -> Iterator[Run]:
        words = content.split()
        value = self._constants().get(words[0]) if words else None
        if value is not None:
            try:
                yield constant(value(*words[1:]), content)
            except (TypeError, StopIteration):
                self._unknown(content, line)
        elif len(words) == 2 and words[0] in ("label", "members"):
            figure = self._figure(words[1], line)
            if figure is not None and words[0] == "members" and figure.operation not in ("count", "sum"):
                self._fault(
                    "no-members", line, f"{{{{ {content} }}}}", "a figure that counts or sums, as only these have members",
                    "name the figure of which it is made",
                )  # fmt: skip
            elif figure is not None and words[0] == "members" and not self._may_name(figure.figure_id):
                self._fault(
                    "names-not-public", line, f"{{{{ {content} }}}}", "a figure whose question is declared public",
                    "say it without names, or declare the question public",
                )  # fmt: skip
            elif figure is not None:
                if words[0] == "label":
                    yield figure_field(figure.label, figure.figure_id, "label")
                else:
                    names = "、".join(self._book.members(figure.figure_id)) or NONE_COUNTED
                    yield figure_field(names, figure.figure_id, "members")
        elif words and (len(words) == 1 or words[1:] == ["unit"]):
            figure = self._figure(words[0], line)
            if figure is not None:
                number, unit = _number_and_unit(figure)
                yield number
                if words[1:]:
                    yield unit
        else:
            self._unknown(content, line)

    def _may_name(self, figure_id: str) -> bool:
        """Whom a figure counts tells what they answered, so that the question has to be public."""
        question = self._declarations.figures[figure_id].question
        return question is None or self._declarations.questionnaire.questions[question].disclosure == "public"

    def _constants(self) -> dict[str, Callable[..., str]]:
        questionnaire = self._declarations.questionnaire
        return {
            "survey_year": lambda: era_year(questionnaire.year),
            "reference_date": lambda: era_date(questionnaire.reference_date),
            "baseline": lambda: questionnaire.baseline.ja,
            "deadline": lambda: era_date(questionnaire.calendar.deadline),
            "period": lambda name: era_period(next(p for p in questionnaire.periods if p.id == name)),
            "date_of": lambda name: era_date(self._date_of(name)),
            "sender": lambda: questionnaire.sender,
            "returns_expected": lambda: str(self._gate.get("returns_expected", "")),
            "returns_received": lambda: str(self._gate.get("returns_received", "")),
        }

    def _date_of(self, question_id: str) -> date:
        question = self._declarations.questionnaire.questions.get(question_id)
        if question is None:
            raise StopIteration
        return date.fromisoformat(self._declarations.questionnaire.reference_of(question).split("/")[-1])

    def _figure(self, name: str, line: Line) -> BookFigure | None:
        figure = self._book.find(name)
        if figure is None:
            self._unknown(name, line)
        return figure

    def _unknown(self, name: str, line: Line) -> None:
        known = [*self._book.figures, *self._constants()]
        near = get_close_matches(name, known, n=1, cutoff=0.4)
        expected = f"a figure or a constant; nearest: {near[0] if near else 'none'}"
        self._fault("unknown-placeholder", line, f"{{{{ {name} }}}}", expected, "correct the placeholder")

    def _fault(self, reference: str, line: Line, found: str, expected: str, fix: str) -> None:
        self._faults.append(
            DeclarationError(reference=reference, where=line.where, found=found, expected=expected, fix=fix)
        )


def _number_and_unit(figure: BookFigure) -> tuple[Run, Run]:
    return (
        figure_field(figure.display, figure.figure_id, "display"), figure_field(figure.unit, figure.figure_id, "unit"),
    )  # fmt: skip


def check_texts(survey: Survey, declarations: YearDeclarations) -> None:
    """Compose the year's texts without a number.

    Raises DeclarationError that names file and line of every fault, before there is a warehouse.
    """
    template = find_year_file(survey.report_folder, declarations.year, ".md")
    Composer(survey, declarations, DeclaredBook(declarations)).compose(template)
