"""What is to be asked of each municipality: one item for each doubt, with the answers that can explain it."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, NamedTuple

import polars as pl

from pipeline.home import Home
from pipeline.japanese import era_date
from pipeline.queries.places import YearPlaces
from pipeline.tables import load
from schemas.questionnaire import Question, block_questions
from schemas.survey import YearDeclarations

LEFT_BLANK, OPEN = "（記入が必要）", "（記入又は空欄）"
ANYTHING = (LEFT_BLANK, "（空欄）")
"""What the localisation says of an answer that could be anything, or none."""
NOT_ASKED = ("return.", "collect.", "correction.", "query.")
"""Beginnings of rules about files and decisions: for reminders and officials, not for what was answered."""


class FieldId(NamedTuple):
    """An answer of the form: the question, the row of its table, and the option of a multiple answer. Row 0 is a row left out."""

    question_id: str
    row_no: int
    option_code: str = ""


@dataclass(frozen=True)
class AskedField:
    """An answer in doubt: its words, where it stands, what was answered, now and last year, and what it could be."""

    field: FieldId
    words: str
    cells: tuple[str, ...]
    answer: str
    previous: str
    possible: tuple[str, ...]
    kind: str = "answer"
    entity_id: str = ""


@dataclass(frozen=True)
class Reason:
    """One finding: why it is asked in words, and the names of the cells that it names."""

    finding: str
    message: str
    is_error: bool
    places: tuple[str, ...]


@dataclass(frozen=True)
class Asked:
    """One doubt to ask a municipality about: the findings with their reasons in words, and the answers in doubt.

    `texts` are what is answered in the cells of the findings and fields, by their names: while they stay, the doubt is the same.
    """

    municipality_code: str
    reasons: tuple[Reason, ...]
    fields: tuple[AskedField, ...]
    texts: Mapping[str, str]
    has_more: bool = False

    @property
    def findings(self) -> tuple[str, ...]:
        """The ids of its findings."""
        return tuple(reason.finding for reason in self.reasons)

    @property
    def messages(self) -> tuple[str, ...]:
        """Why it is asked, each reason once."""
        return tuple(dict.fromkeys(reason.message for reason in self.reasons))

    @property
    def is_error(self) -> bool:
        """Whether a figure cannot be published while it stands."""
        return any(reason.is_error for reason in self.reasons)

    @property
    def cells(self) -> tuple[str, ...]:
        """Where the answers in doubt stand, as sheet!address."""
        return tuple(dict.fromkeys(cell.split("!", 1)[1] for one in self.fields for cell in one.cells))

    @property
    def key(self) -> str:
        """What tells this doubt from the others of its municipality: the first of its findings."""
        return self.findings[0]


class AskedOfYear:
    """Finds what is to be asked about a year."""

    def __init__(self, home: Home, declarations: YearDeclarations) -> None:
        year = declarations.year
        self._declarations = declarations
        self._questions = {q.id: q for block in declarations.questionnaire.blocks for q in block_questions(block)}
        self._findings = load(home, year, "findings")
        self._localisations = load(home, year, "localisations")
        cells = load(home, year, "cells")
        self._texts = dict(cells.select("cell_id", pl.coalesce("corrected_text", "text")).iter_rows())
        self._answers = load(home, year, "answers")
        self._places = YearPlaces(declarations, cells, self._answers)
        self._fields_of = self._fields_by_cell(load(home, year, "answer_cells"))
        self._previous = _previous_words(load(home, year - 1, "answers"), self._questions, declarations)

    def _fields_by_cell(self, answer_cells: pl.DataFrame) -> dict[str, FieldId]:
        """The answer that a cell gives; of a multiple answer the option of its own cell."""
        joined = answer_cells.join(self._answers, on="answer_id", how="inner", maintain_order="left")
        found: dict[str, FieldId] = {}
        self._cells_of: dict[tuple[str, FieldId], list[str]] = defaultdict(list)
        seen: set[str] = set()
        columns = ["answer_id", "cell_id", "municipality_code", "question_id", "row_no", "option_code"]
        for answer_id, cell_id, code, question_id, row_no, option in joined.select(columns).iter_rows():
            field = FieldId(question_id, row_no, option)
            if option and answer_id in seen:
                continue
            seen.add(answer_id)
            found.setdefault(cell_id, field)
            self._cells_of[code, field].append(cell_id)
        return found

    def items(self) -> list[Asked]:
        """Every doubt of the year, municipality by municipality, in the order of the findings."""
        standing = self._findings.filter(
            (pl.col("verdict") == "fail") & pl.col("waiver_id").is_null() & (pl.col("severity") != "info")
            & pl.col("municipality_code").is_not_null()
        )  # fmt: skip
        rows = {row["finding_id"]: row for row in standing.to_dicts() if not row["rule_id"].startswith(NOT_ASKED)}
        explained: set[str] = set()
        items: list[Asked] = []
        for (_,), part in self._localisations.group_by(["contradiction_id"], maintain_order=True):
            findings = [name for name in json.loads(part["findings"][0]) if name in rows]
            if findings:
                explained.update(findings)
                items += self._of_contradiction(findings, rows, part)
        items = _merged(items, [self._of_finding(row) for name, row in rows.items() if name not in explained])
        order = {m.code: number for number, m in enumerate(self._declarations.municipalities)}
        place = {name: number for number, name in enumerate(rows)}
        return sorted(items, key=lambda item: (order[item.municipality_code], place[item.key]))

    def _of_contradiction(
        self, findings: Sequence[str], rows: Mapping[str, dict[str, Any]], part: pl.DataFrame
    ) -> list[Asked]:
        """One item for each municipality that the findings name, or whose answers the cheapest explanation doubts."""
        first = set(part.filter(pl.col("solution_no") == 1)["municipality_code"])
        codes = sorted(first | {rows[name]["municipality_code"] for name in findings})
        items: list[Asked] = []
        for code in codes:
            mine = part.filter(pl.col("municipality_code") == code)
            numbers = {
                solution: n for n, solution in enumerate(mine["solution_no"].unique(maintain_order=True), start=1)
            }
            fields: dict[tuple[FieldId, str], AskedField] = {}
            for row in mine.iter_rows(named=True):
                one = self._localised(row)
                key = one.field, one.kind
                before = fields.get(key)
                possible = "／".join(one.possible)
                told = f"案{numbers[row['solution_no']]}：{possible}" if len(numbers) > 1 else possible
                fields[key] = replace(one, possible=(*(before.possible if before else ()), told))
            own = [rows[name] for name in findings]
            has_more = bool(part["has_more"][0]) or len(numbers) < part["solution_no"].n_unique()
            items.append(self._item(code, own, list(fields.values()), has_more=has_more))
        return items

    def _localised(self, row: dict[str, Any]) -> AskedField:
        field = FieldId(row["question_id"], row["row_no"], row["option_code"])
        is_row = row["kind"] != "answer"
        cells = json.loads(row["cells"])
        possible = tuple(json.loads(row["possible"]))
        if not is_row and not field.option_code and not self._answer(field, cells):
            # Of what was left blank nobody can guess the answer: what would need the fewest others beside it is not likelier.
            possible = (LEFT_BLANK,)
        elif possible == ANYTHING:
            possible = (OPEN,)
        return AskedField(
            field, row["field"], tuple(cells), "" if row["kind"] == "added_rows" else self._answer(field, cells),
            "" if is_row else self._previous.get((row["municipality_code"], row["entity_id"], *field[::2]), ""),
            possible, row["kind"],
            self._places.entity(row["municipality_code"], field.question_id, field.row_no),
        )  # fmt: skip

    def _answer(self, field: FieldId, cells: Sequence[str]) -> str:
        """What was answered, in words: of ticks the options that are ticked, else what stands in the cells."""
        question = self._questions[field.question_id]
        filled = [cell for cell in cells if self._texts.get(cell, "").strip()]
        if len(cells) > 1 and question.options:
            labels = self._labels(question, cells)
            return "・".join(labels[cell] for cell in filled if cell in labels)
        return "・".join(self._texts[cell].strip() for cell in filled)

    def _labels(self, question: Question, cells: Sequence[str]) -> dict[str, str]:
        """The option of each cell of a single answer with ticks."""
        labels = {option.code: option.label.ja for option in question.choices}
        return {cell: labels.get(self._places.option(cell), "") for cell in cells}

    def _of_finding(self, row: dict[str, Any]) -> Asked:
        """A finding that no answer alone explains is asked about with the answers that stand in its cells."""
        code, cells = row["municipality_code"], json.loads(row["cells"])
        fields: dict[FieldId, list[str]] = {}
        for cell in cells:
            if cell in self._fields_of and self._places.code(cell) == code:
                fields.setdefault(self._fields_of[cell], []).append(cell)
        asked = [self._plain(code, field, own) for field, own in fields.items()]
        return self._item(code, [row], asked)

    def _plain(self, code: str, field: FieldId, cells: Sequence[str]) -> AskedField:
        question = self._questions[field.question_id]
        option = next((o.label.ja for o in question.choices if o.code == field.option_code), None)
        words = f"{question.label.ja}：{option}" if option else question.label.ja
        own = self._cells_of[code, field] or list(cells)
        about = self._places.entity(code, field.question_id, field.row_no)
        before = self._previous.get((code, about or code, field.question_id, field.option_code), "")
        return AskedField(field, words, tuple(own), self._answer(field, own), before, (), entity_id=about)

    def _item(
        self, code: str, rows: Sequence[dict[str, Any]], fields: Sequence[AskedField], *, has_more: bool = False
    ) -> Asked:
        reasons = tuple(
            Reason(
                row["finding_id"], row["message"], row["severity"] == "error",
                tuple(self._places.name(cell) for cell in json.loads(row["cells"])),
            )
            for row in rows
        )  # fmt: skip
        cells = [cell for row in rows for cell in json.loads(row["cells"])] + [c for one in fields for c in one.cells]
        texts = {self._places.name(cell): self._places.answer(cell) for cell in cells}
        return Asked(code, reasons, tuple(fields), texts, has_more)


def _merged(explained: Sequence[Asked], others: Sequence[Asked]) -> list[Asked]:
    """Doubts of which one answer is in several are one: nobody is asked about it twice."""
    items = list(explained)
    for other in others:
        cells = {cell for one in other.fields for cell in one.cells}
        for number, item in enumerate(items):
            own = {cell for one in item.fields for cell in one.cells}
            if item.municipality_code == other.municipality_code and own & cells:
                more = [one for one in other.fields if not own.issuperset(one.cells)]
                items[number] = replace(
                    item,
                    reasons=(*item.reasons, *other.reasons),
                    fields=(*item.fields, *more),
                    texts={**item.texts, **other.texts},
                )
                break
        else:
            items.append(other)
    return items


def _previous_words(
    answers: pl.DataFrame, questions: Mapping[str, Question], declarations: YearDeclarations
) -> dict[tuple[str, str, str, str], str]:
    """What was answered last year in words, by municipality, entity, question and option."""
    names = {entity.entity_id: entity.name for entity in declarations.reference.register}
    found: dict[tuple[str, str, str, str], str] = {}
    columns = ["municipality_code", "entity_id", "question_id", "option_code", "value_code", "value_number", "value_date",
               "value_text"]  # fmt: skip
    answered: Iterable[tuple[Any, ...]] = answers.filter(pl.col("status") == "answered").select(columns).iter_rows()
    for code, entity_id, question_id, option, value_code, number, day, text in answered:
        question = questions.get(question_id)
        if question is None:
            continue
        labels = {o.code: o.label.ja for o in question.choices}
        word = "○" if option else labels.get(value_code or "") or names.get(value_code or "") or value_code
        told = word or (str(number) if number is not None else era_date(day) if day else text)
        found[code, entity_id, question_id, option] = str(told or "")
    return found
