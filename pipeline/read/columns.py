"""The tables of returns as they grow, column by column; what all rows of a return share is kept once a return."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np
import polars as pl

from pipeline.read.answers import Answer, ReturnAnswers, value_columns
from pipeline.tables import TABLES, frame
from schemas.form_layout import Slot

CELL_DIGITS = 16
"""Of the SHA-256 of a file, how many digits the ids of its cells begin with."""


def cell_id(return_id: str, sheet: str, address: str) -> str:
    """The stable id of a cell: the first 16 digits of its file's SHA-256, sheet and address."""
    return f"{return_id[:CELL_DIGITS]}!{sheet}!{address}"


def _cell_ids(return_id: str = "return_id", sheet: str = "sheet", address: str = "address") -> pl.Expr:
    """`cell_id` of whole columns; null where the address is."""
    return pl.concat_str(pl.col(return_id).str.head(CELL_DIGITS), pl.col(sheet), pl.col(address), separator="!")


class _Columns:
    """Columns that take rows, and how many rows each owner gave."""

    def __init__(self, schema: dict[str, Any]) -> None:
        self._schema = schema
        self._columns: list[list[Any]] = [[] for _ in schema]
        self.counts: list[int] = []

    def extend(self, rows: Iterable[Sequence[Any]]) -> None:
        """Add the rows of the next owner, each in the order of the columns."""
        before = len(self._columns[0])
        for column, values in zip(self._columns, zip(*rows, strict=True), strict=False):
            column.extend(values)
        self.counts.append(len(self._columns[0]) - before)

    def frame(self, owners: pl.DataFrame) -> pl.DataFrame:
        """All rows, each with the columns of its owner; `owners` has a row for each call of `extend`."""
        own = pl.DataFrame(
            {
                name: pl.Series(values, dtype=dtype)
                for (name, dtype), values in zip(self._schema.items(), self._columns, strict=True)
            }
        )
        return own.hstack(owners[np.repeat(np.arange(owners.height), self.counts)])


def _schema(table: str, *without: str) -> dict[str, Any]:
    return {name: dtype for name, dtype in TABLES[table].items() if name not in without}


OF_RETURN = ("year", "return_id", "municipality_code")


class AnswerTables:
    """The tables answers, answer_cells and blocks of returns, in the order in which they are added."""

    def __init__(self, year: int) -> None:
        self._year = year
        self._owners: list[tuple[int, str, str]] = []
        self._answers = _Columns(_schema("answers", "answer_id", *OF_RETURN))
        self._cells = _Columns({"sheet": pl.String, "address": pl.String})
        self._blocks: list[tuple[Any, ...]] = []

    def add(self, return_id: str, code: str, read: ReturnAnswers) -> None:
        """Add what a municipality's return answers."""
        self._owners.append((self._year, return_id, code))
        self._answers.extend(_answer_row(answer) for answer in read.answers)
        for answer in read.answers:
            self._cells.extend((slot.sheet, slot.address) for slot in answer.cells)
        self._blocks += [
            (
                self._year, return_id, code, fill.block.id, fill.is_asked, fill.row_count,
                _cell_of(return_id, fill.first_slot), _cell_of(return_id, fill.absent_slot),
            )
            for fill in read.blocks
        ]  # fmt: skip

    def frames(self) -> dict[str, pl.DataFrame]:
        """The three tables."""
        owners = pl.DataFrame(self._owners, schema={name: TABLES["answers"][name] for name in OF_RETURN}, orient="row")
        answers = self._answers.frame(owners).with_columns(
            answer_id=pl.concat_str("year", "municipality_code", "question_id", "row_no", "option_code", separator=":")
        )
        cells = self._cells.frame(answers.select("year", "answer_id", "return_id")).with_columns(cell_id=_cell_ids())
        return {
            "answers": answers.select(list(TABLES["answers"])),
            "answer_cells": cells.select(list(TABLES["answer_cells"])),
            "blocks": frame("blocks", self._blocks),
        }


class CellTable:
    """The table cells of returns, in the order in which they are added."""

    most_owners = 100
    """Of so many returns the cells are kept as objects of Python, which take five times the memory of a table."""

    def __init__(self, year: int) -> None:
        self._year = year
        self._parts: list[pl.DataFrame] = []
        self._begin_part()

    def add(self, return_id: str, code: str, rows: Iterable[Sequence[Any]]) -> None:
        """Add a return's cells: (sheet, address, kind, text, is_declared, correction_id, corrected_text, form_sheet, form_address)."""
        self._owners.append((self._year, return_id, code))
        self._cells.extend(rows)
        if len(self._owners) == self.most_owners:
            self._parts.append(self._part())
            self._begin_part()

    def frame(self) -> pl.DataFrame:
        """The table."""
        return pl.concat([*self._parts, self._part()], rechunk=True)

    def _begin_part(self) -> None:
        self._owners: list[tuple[int, str, str]] = []
        self._cells = _Columns(_schema("cells", "cell_id", *OF_RETURN))

    def _part(self) -> pl.DataFrame:
        owners = pl.DataFrame(self._owners, schema={name: TABLES["cells"][name] for name in OF_RETURN}, orient="row")
        return self._cells.frame(owners).with_columns(cell_id=_cell_ids()).select(list(TABLES["cells"]))


def _answer_row(answer: Answer) -> tuple[Any, ...]:
    return (
        answer.block.id, answer.block.grain, answer.entity_id, answer.row_no, answer.question.id, answer.option_code,
        answer.status, answer.problem, answer.is_asked, *value_columns(answer),
    )  # fmt: skip


def _cell_of(return_id: str, slot: Slot | None) -> str | None:
    return cell_id(return_id, slot.sheet, slot.address) if slot else None
