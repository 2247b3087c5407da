"""What a release holds, as its pages need it: read once from the finished tables of the release and of those before it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import zip_longest
from pathlib import Path
from typing import Any, NamedTuple

import polars as pl

from pipeline.publish.compare import Comparison
from pipeline.warehouse.released import RELEASED_ANSWERS, RELEASED_FIGURES
from schemas.survey import YearDeclarations


class Contribution(NamedTuple):
    """What an entity adds to a figure, or why it adds nothing."""

    entity_id: str
    municipality_code: str
    value: int
    is_counted: bool
    reason: str
    is_assumed: bool


class SourceCell(NamedTuple):
    """A cell of a return as it was sent, and what is read in its place, None where it is read as sent."""

    cell_id: str
    return_id: str
    sheet: str
    address: str
    kind: str
    text: str
    corrected_text: str | None


class Answer(NamedTuple):
    """An answer as it was read; of a question that takes many, one for each option."""

    question_id: str
    row_no: int
    option_code: str
    entity_id: str
    status: str
    value_code: str | None
    value_number: int | None
    value_date: Any
    value_text: str | None


class Past(NamedTuple):
    """A figure as it was published in a release of an earlier year.

    `break_year` and `reason` say since when and why it does not compare with this year's, None where it does; `is_newest` is
    false of what was revised since.
    """

    year: int
    release: str
    is_newest: bool
    value: float | None
    display: str
    unit: str
    break_year: int | None
    reason: str | None


_CONTRIBUTION = ["entity_id", "municipality_code", "value", "is_counted", "reason", "is_assumed"]
_CELL = ["cell_id", "return_id", "sheet", "address", "kind", "text", "corrected_text"]
_ANSWER = list(Answer._fields)
_PAST = ["observed_year", "release", "is_newest", "value", "display", "unit", "break_year", "reason"]
SERIES = "mart_figure_series"

Answers = Mapping[tuple[str, int], Sequence[Answer]]
"""A municipality's answers by question and row."""


@dataclass(frozen=True, eq=False)
class SiteBook:
    """The tables of a release in `folder`, and the newest release of each earlier year in `earlier`.

    `public_before` are the questions whose answers were public by municipality the year before: a question that is public
    now was not promised to be so then. `comparison` is that with the release of this year that this one revises.
    """

    declarations: YearDeclarations
    folder: Path
    earlier: Mapping[int, Path]
    public_before: frozenset[str] = frozenset()
    comparison: Comparison | None = None

    @cached_property
    def figures(self) -> dict[str, dict[str, Any]]:
        """Every figure by id, in the order of the report."""
        rows = pl.read_parquet(self.folder / RELEASED_FIGURES).to_dicts()
        return {row["figure_id"]: row for row in rows}

    @cached_property
    def rankings(self) -> dict[str, list[dict[str, Any]]]:
        """The places of every ranking, best first."""
        found: dict[str, list[dict[str, Any]]] = defaultdict(list)
        for row in pl.read_parquet(self.folder / "public" / "rankings.parquet").to_dicts():
            found[row["figure_id"]].append(row)
        return found

    @cached_property
    def contributions(self) -> dict[str, list[Contribution]]:
        """What each entity adds to a figure, by municipality."""
        found: dict[str, list[Contribution]] = defaultdict(list)
        table = self._internal("contributions").sort("figure_id", "municipality_code", "entity_id")
        for figure_id, *row in _rows(table.select("figure_id", *_CONTRIBUTION)):
            found[figure_id].append(Contribution._make(row))
        return found

    @cached_property
    def sources(self) -> dict[tuple[str, str], list[SourceCell]]:
        """The cells behind what an entity adds to a figure, as they lie in the return."""
        cells = {
            row[0]: SourceCell._make(row)
            for row in _rows(self.scan_cells().filter(pl.col("is_declared")).select(_CELL).collect())
        }
        found: dict[tuple[str, str], list[SourceCell]] = defaultdict(list)
        table = self._internal("contribution_cells").select("figure_id", "entity_id", "cell_id")
        for figure_id, entity_id, cell_id in _rows(table):
            if cell_id in cells:
                found[figure_id, entity_id].append(cells[cell_id])
        for own in found.values():
            own.sort(key=_in_the_order_of_the_sheet)
        return found

    @cached_property
    def returns(self) -> dict[str, dict[str, Any]]:
        """The return of each municipality that sent one."""
        return {row["municipality_code"]: row for row in self._internal("returns").to_dicts()}

    @cached_property
    def answers(self) -> dict[str, Answers]:
        """Every municipality's answers."""
        return _answers_of(self._internal("answers"))

    @cached_property
    def previous_answers(self) -> dict[tuple[str, str, str], list[Answer]]:
        """What was answered last year by municipality, entity and question; empty where nothing of last year was released."""
        release = self.earlier.get(self.declarations.year - 1)
        found: dict[tuple[str, str, str], list[Answer]] = defaultdict(list)
        if release:
            for code, answers in _answers_of(pl.read_parquet(release / RELEASED_ANSWERS)).items():
                for rows in answers.values():
                    for answer in rows:
                        found[code, answer.entity_id, answer.question_id].append(answer)
        return found

    @cached_property
    def history(self) -> dict[str, list[Past]]:
        """Every figure as it was published in the newest release of each earlier year, and in those that it revises there.

        Oldest first.
        """
        found: dict[str, list[Past]] = defaultdict(list)
        table = pl.read_parquet(self.folder / "public" / f"{SERIES}.parquet")
        earlier = table.filter(pl.col("observed_year") < self.declarations.year).sort(
            "observed_year", pl.col("release").str.slice(1).cast(pl.Int32, strict=False)
        )
        for figure_id, *row in earlier.select("figure_id", *_PAST).iter_rows():
            found[figure_id].append(Past._make(row))
        return {name: without_repeats(rows) for name, rows in found.items()}

    @cached_property
    def corrected(self) -> frozenset[tuple[str, str, int]]:
        """The answers that rest on a corrected cell, as (municipality, question, row)."""
        places = {(slot.sheet, slot.address): slot for slot in self.declarations.layout.slots}
        place = (pl.coalesce("form_sheet", "sheet"), pl.coalesce("form_address", "address"))
        corrected = self.scan_cells().filter(pl.col("corrected_text").is_not_null())
        cells = corrected.select("municipality_code", *place).collect()
        found = ((code, places.get((sheet, address))) for code, sheet, address in cells.iter_rows())
        return frozenset((code, slot.question_id, slot.row_no) for code, slot in found if slot)

    @cached_property
    def revised(self) -> dict[str, tuple[str, str]]:
        """The figures that this release revises: the release before, as r1, and what it showed."""
        if self.comparison is None:
            return {}
        release = self.comparison.before.rpartition("/")[2]
        return {
            change.figure_id: (release, change.before)
            for change in self.comparison.figures
            if change.before is not None
        }

    @cached_property
    def names(self) -> dict[str, str]:
        """Municipalities by code, and registered councils, centers and bases by id."""
        registered = {entity.entity_id: entity.name for entity in self.declarations.reference.register}
        return registered | {m.code: m.name for m in self.declarations.municipalities}

    def unlisted_name(self, code: str, entity_id: str) -> str:
        """The name that a municipality gave an entity that no register knows; the entity's id where it gave none."""
        return self._unlisted.get((code, entity_id), entity_id)

    @cached_property
    def _unlisted(self) -> dict[tuple[str, str], str]:
        questions = self.declarations.questionnaire.questions
        named = {
            question.id
            for question in questions.values()
            if question.derived_from and questions[question.derived_from].type == "register"
        }
        found = self._internal("answers").filter(
            pl.col("question_id").is_in(named) & (pl.col("status") == "answered") & pl.col("value_text").is_not_null()
        )
        return {
            (code, entity): text
            for code, entity, text in found.select("municipality_code", "entity_id", "value_text").iter_rows()
        }

    def scan_cells(self) -> pl.LazyFrame:
        """Every cell of every return, as it was sent; of millions, only what is asked for is read."""
        return pl.scan_parquet(self.folder / "internal" / "cells.parquet")

    def _internal(self, name: str) -> pl.DataFrame:
        return pl.read_parquet(self.folder / "internal" / f"{name}.parquet")


def without_repeats(rows: Sequence[Past]) -> list[Past]:
    """A figure's history without what a later release of the same year says again."""
    return [
        one
        for one, after in zip_longest(rows, rows[1:])
        if after is None or (one.year, one.display, one.unit) != (after.year, after.display, after.unit)
    ]


def _answers_of(table: pl.DataFrame) -> dict[str, Answers]:
    found: dict[str, dict[tuple[str, int], list[Answer]]] = defaultdict(lambda: defaultdict(list))
    ordered = table.select("municipality_code", *_ANSWER)
    for code, *row in _rows(ordered):
        answer = Answer._make(row)
        found[code][answer.question_id, answer.row_no].append(answer)
    return dict(found)


def _rows(table: pl.DataFrame) -> Iterator[tuple[Any, ...]]:
    """The rows of a table in which equal texts are one and the same: of thousands of returns, most texts stand there many times."""
    known: dict[str, str] = {}
    columns = [
        [text if text is None else known.setdefault(text, text) for text in table[name]]
        if table.schema[name] == pl.String
        else table[name]
        for name in table.columns
    ]
    return zip(*columns, strict=True)


def _in_the_order_of_the_sheet(cell: SourceCell) -> tuple[str, int, int, str]:
    letters = cell.address.rstrip("0123456789")
    return cell.sheet, int(cell.address[len(letters) :] or 0), len(letters), letters
