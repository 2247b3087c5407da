"""The demo years of a survey: the answers of each, and its clean returns as files that arrive one by one."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from pipeline.clock import JAPAN
from pipeline.demo.fills import Fills, ReturnFill, codes_of
from pipeline.demo.handwriting import CellValue, write_by_hand
from pipeline.demo.solve import solve
from pipeline.demo.targets import Targets, load_targets
from pipeline.demo.taste import Neighbour
from pipeline.demo.world import draw
from pipeline.file_titles import file_title
from pipeline.forms.previous import PreviousAnswers
from pipeline.forms.write import write_form
from schemas.errors import DeclarationError
from schemas.form_layout import Slot
from schemas.questionnaire import Calendar
from schemas.survey import Survey, YearDeclarations

LONGEST_FILE_NAME = 255
"""Bytes that file systems take."""
FILE_NAMES = ("{code}_{name}.xlsx", "【{name}】{year}年度回答.xlsx", "{name}_回答.xlsx", "{code}{name}（回答）.xlsx")
DECOMPOSED = 0.05
"""How many file names come from a computer that writes が as か and a mark."""


@dataclass(frozen=True)
class DemoFile:
    """One file for the inbox and the moment at which it arrived."""

    name: str
    content: bytes
    arrived_at: datetime


@dataclass
class DemoYears:
    """The answers of a survey's demo years; a year that lies near another is solved from it."""

    survey: Survey
    _fills: dict[int, Fills] = field(default_factory=dict)
    _declarations: dict[int, YearDeclarations] = field(default_factory=dict)

    def declarations(self, year: int) -> YearDeclarations:
        """The declarations of a year."""
        if year not in self._declarations:
            self._declarations[year] = self.survey.load_year(year)
        return self._declarations[year]

    def targets(self, year: int) -> Targets:
        """The targets of a year."""
        return load_targets(self.survey, self.declarations(year))

    def fills(self, year: int, *, waiting: tuple[int, ...] = ()) -> Fills:
        """Every return's answers. Raises DeclarationError for years that lie near one another in a circle."""
        if year in waiting:
            raise DeclarationError(
                reference="circular-near", where=f"data/demo/{year}.yaml", found=" -> ".join(map(str, waiting)),
                fix="let one of the years stand alone, without near",
            )  # fmt: skip
        if year not in self._fills:
            targets = self.targets(year)
            neighbour, later = None, year
            if targets.near is not None:
                neighbour = Neighbour(targets.near, self.fills(targets.near, waiting=(*waiting, year)))
                later = max(year, targets.near)
            self._fills[year] = solve(
                self.declarations(year), targets, seed=targets.seed, neighbour=neighbour,
                step_rules=self.declarations(later).rules,
            )  # fmt: skip
        return self._fills[year]

    def cells(self, year: int, code: str) -> dict[Slot, CellValue]:
        """What a municipality writes into its form."""
        return write_by_hand(self.declarations(year), self.fills(year)[code], seed=self.targets(year).seed)

    def previous(self, year: int) -> dict[str, PreviousAnswers]:
        """The answers of the year before, as they stand beside the questions; empty for the first year."""
        if year - 1 not in self.survey.years:
            return {}
        declarations = self.declarations(year - 1)
        return {code: _previous_texts(declarations, fill) for code, fill in self.fills(year - 1).items()}

    def returns(self, year: int) -> Iterator[tuple[str, DemoFile]]:
        """Every clean return of a year as a file, with its municipality's code."""
        declarations, previous = self.declarations(year), self.previous(year)
        names: set[str] = set()
        for municipality in declarations.municipalities:
            content = write_form(
                declarations, municipality, previous=previous.get(municipality.code),
                fill=self.cells(year, municipality.code), is_synthetic=True,
            )  # fmt: skip
            name = file_name(year, municipality.code, municipality.name)
            if name in names:
                name = FILE_NAMES[0].format(code=municipality.code, name=file_title(municipality.name))
            names.add(name)
            arrived_at = arrival(declarations.questionnaire.calendar, year, municipality.code)
            yield municipality.code, DemoFile(name, content, arrived_at)


def file_name(year: int, code: str, name: str) -> str:
    """What a municipality calls its file."""
    text = FILE_NAMES[int(draw("file", year, code) * len(FILE_NAMES))].format(
        code=code, name=file_title(name), year=year
    )
    decomposed = unicodedata.normalize("NFD", text)
    is_decomposed = draw("decomposed", code) < DECOMPOSED and len(decomposed.encode()) <= LONGEST_FILE_NAME
    return decomposed if is_decomposed else text


def arrival(calendar: Calendar, *words: object) -> datetime:
    """A moment in office hours between the day the forms went out and the deadline, rather late than early."""
    days = (calendar.deadline - calendar.forms_out).days
    day = calendar.forms_out + timedelta(days=1 + int((days - 1) * draw("day", *words) ** 0.5))
    day = max(calendar.forms_out, day - timedelta(days=max(0, day.weekday() - 4)))
    seconds = 9 * 3600 + int(8 * 3600 * draw("time", *words))
    return datetime(day.year, day.month, day.day, tzinfo=JAPAN) + timedelta(seconds=seconds)


def _previous_texts(declarations: YearDeclarations, fill: ReturnFill) -> PreviousAnswers:
    """Answers as the form shows them a year later: a text, and a ○ beside each chosen option."""
    names = {entity.entity_id: entity.name for entity in declarations.reference.register}
    found: dict[tuple[str, int, str | None], str] = {}
    for rows in fill.rows.values():
        for row_no, row in enumerate(rows, start=1):
            for question_id, answer in row.answers.items():
                question = declarations.questionnaire.questions[question_id]
                labels = {option.code: option.label.ja for option in question.choices}
                for text in codes_of(answer):
                    found[question_id, row_no, None] = labels.get(text) or names.get(text, text)
                    if text in labels or text in names:
                        found[question_id, row_no, text] = "○"
    return found
