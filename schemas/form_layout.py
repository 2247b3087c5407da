"""Where every cell of a form is, derived from the questionnaire; the form's writer and its reader both use it."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property

from openpyxl.utils import get_column_letter

from schemas.questionnaire import Block, Question, Questionnaire, Section, implied_text_id

COVER_SHEET = "はじめに"
CONTINUATION_SHEET = "続紙"
IDENTITY_SHEET = "様式情報"
LIST_SHEET = "選択肢"
IDENTITY_CELLS = {
    "survey": "B1", "year": "B2", "version": "B3", "layout": "B4", "code": "B5", "synthetic": "B6", "check": "B7",
}  # fmt: skip
SYNTHETIC_MARK = "synthetic"
NOT_LISTED_TEXT = "一覧にない"

FIRST_ROW = 5
ANSWER_COLUMN = 3
TABLE_COLUMN = 2


def sheet_faults(questionnaire: Questionnaire) -> Iterator[tuple[str, str]]:
    """Yield (section id, complaint) for every name of a sheet that a workbook or the form cannot have."""
    own = {name.casefold() for name in (COVER_SHEET, CONTINUATION_SHEET, IDENTITY_SHEET, LIST_SHEET)}
    written: dict[str, str] = {}
    for section in questionnaire.sections:
        name = section.sheet
        if set(name) & set("[]:*?/\\") or "'" in (name[0], name[-1]):
            yield section.id, f"'{name}' cannot be the name of a sheet"
        if name.casefold() in own:
            yield section.id, f"the form has a sheet '{name}' of its own"
        if written.setdefault(name.casefold(), name) != name:
            yield section.id, f"the sheets '{name}' and '{written[name.casefold()]}' differ only in their case"


def identity_check(identity: Mapping[str, str]) -> str:
    """What a form's identity carries so that one word changed by hand, as the code, is noticed: 16 digits of SHA-256."""
    words = [identity[key] for key in IDENTITY_CELLS if key != "check"]
    return hashlib.sha256("\n".join(words).encode()).hexdigest()[:16]


def register_text(name: str, entity_id: str) -> str:
    """How a registered entity stands in a drop-down list of the form."""
    return f"{name}〔{entity_id}〕"


@dataclass(frozen=True)
class Slot:
    """One declared answer cell. `choice` is the option that a tick here chooses; `row_no` is 1 outside tables."""

    sheet: str
    row: int
    column: int
    question_id: str
    row_no: int
    choice: str | None = None

    @cached_property
    def address(self) -> str:
        """The cell's address, as C7."""
        return f"{get_column_letter(self.column)}{self.row}"


@dataclass(frozen=True)
class PlacedQuestion:
    """A question outside tables: the row of its heading, and its slots."""

    question: Question
    top: int
    slots: tuple[Slot, ...]
    text_slot: Slot | None


@dataclass(frozen=True)
class PlacedTable:
    """A table's header row, its columns (question, choice, column) and its rows of slots on one sheet."""

    block: Block
    sheet: str
    top: int
    columns: tuple[tuple[Question, str | None, int], ...]
    first_row_no: int
    rows: tuple[tuple[Slot, ...], ...]

    @property
    def header_row(self) -> int:
        """The row that holds the column headings."""
        return self.top + 1


@dataclass(frozen=True)
class PlacedBlock:
    """A block on its section's sheet: its title row and either questions or a table."""

    section: Section
    block: Block
    top: int
    questions: tuple[PlacedQuestion, ...] = ()
    table: PlacedTable | None = None


@dataclass(frozen=True)
class FormLayout:
    """The whole form: blocks on the sections' sheets, tables that go on on the continuation sheet."""

    blocks: tuple[PlacedBlock, ...]
    continuations: tuple[PlacedTable, ...]

    @cached_property
    def slots(self) -> tuple[Slot, ...]:
        """Every declared answer cell, in the order of the form."""
        found: list[Slot] = []
        for placed in self.blocks:
            for question in placed.questions:
                found += question.slots
                found += [question.text_slot] if question.text_slot else []
            if placed.table:
                found += [slot for row in placed.table.rows for slot in row]
        found += [slot for table in self.continuations for row in table.rows for slot in row]
        return tuple(found)

    @cached_property
    def fingerprint(self) -> str:
        """Twelve hexadecimal digits over the place of every slot: the version a returned form is checked against."""
        text = "\n".join(f"{s.sheet}!{s.address}={s.question_id}#{s.row_no}.{s.choice or ''}" for s in self.slots)
        return hashlib.sha256(text.encode()).hexdigest()[:12]


def lay_out_form(questionnaire: Questionnaire) -> FormLayout:
    """Place every question of the questionnaire: one sheet for each section, rows in the declared order."""
    blocks: list[PlacedBlock] = []
    continuations: list[PlacedTable] = []
    continuation_row = FIRST_ROW
    for section in questionnaire.sections:
        row = FIRST_ROW
        for block in section.blocks:
            top = row
            if block.is_table:
                table = _place_table(block, section.sheet, top, first_row_no=1, row_count=block.capacity)
                blocks.append(PlacedBlock(section, block, top, table=table))
                row = table.header_row + block.capacity + 2
                if block.continuation:
                    further = _place_table(
                        block, CONTINUATION_SHEET, continuation_row,
                        first_row_no=block.capacity + 1, row_count=block.continuation,
                    )  # fmt: skip
                    continuations.append(further)
                    continuation_row = further.header_row + block.continuation + 2
            else:
                placed: list[PlacedQuestion] = []
                row = top + 1
                for question in block.questions:
                    placed.append(_place_question(question, section.sheet, row))
                    row += _height(question)
                blocks.append(PlacedBlock(section, block, top, questions=tuple(placed)))
                row += 1
    return FormLayout(tuple(blocks), tuple(continuations))


def ticks(question: Question) -> bool:
    """True where a question outside tables is answered by ticking cells, one row for each option."""
    return question.is_multiple or (question.type == "single" and question.control == "ticks")


def _height(question: Question) -> int:
    rows = 2 + len(question.options) if ticks(question) else 1
    return rows + (1 if implied_text_id(question) else 0) + (1 if ticks(question) else 0)


def _place_question(question: Question, sheet: str, top: int) -> PlacedQuestion:
    text_id = implied_text_id(question)
    if not ticks(question):
        slots = [Slot(sheet, top, ANSWER_COLUMN, question.id, 1)]
        text_row = top + 1
    else:
        slots = []
        first = top + 2
        for offset, option in enumerate(question.options):
            if question.type == "matrix" and not option.is_none:
                slots += [
                    Slot(sheet, first + offset, ANSWER_COLUMN + i, question.id, 1, f"{option.code}.{column.code}")
                    for i, column in enumerate(question.columns)
                ]
            else:
                slots.append(Slot(sheet, first + offset, ANSWER_COLUMN, question.id, 1, option.code))
        text_row = first + len(question.options)
    text_slot = Slot(sheet, text_row, ANSWER_COLUMN, text_id, 1) if text_id else None
    return PlacedQuestion(question, top, tuple(slots), text_slot)


def _place_table(block: Block, sheet: str, top: int, *, first_row_no: int, row_count: int) -> PlacedTable:
    columns = tuple(_table_columns(block))
    rows = tuple(
        tuple(
            Slot(sheet, top + 2 + i, column, _column_question(question, choice), first_row_no + i, _choice(choice))
            for question, choice, column in columns
        )
        for i in range(row_count)
    )
    return PlacedTable(block, sheet, top, columns, first_row_no, rows)


TEXT_COLUMN = "#text"


def _table_columns(block: Block) -> list[tuple[Question, str | None, int]]:
    columns: list[tuple[Question, str | None]] = []
    for question in block.questions:
        choices: list[str | None] = [c.code for c in question.choices] if question.is_multiple else [None]
        columns += [(question, choice) for choice in choices]
        if implied_text_id(question):
            columns.append((question, TEXT_COLUMN))
    return [(question, choice, TABLE_COLUMN + i) for i, (question, choice) in enumerate(columns)]


def _column_question(question: Question, choice: str | None) -> str:
    return (implied_text_id(question) or question.id) if choice == TEXT_COLUMN else question.id


def _choice(choice: str | None) -> str | None:
    return None if choice == TEXT_COLUMN else choice
