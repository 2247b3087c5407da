"""The read stage: the archived returns that count, to tables of cells and answers."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import polars as pl

from pipeline.collect.archive import archived_bytes
from pipeline.collect.ledger import Receipt, current_returns, read_ledger
from pipeline.home import Home
from pipeline.read.answers import Answer, FormReader, value_columns
from pipeline.tables import frame
from pipeline.workbook import Workbook, open_workbook
from schemas.survey import YearDeclarations


DeclaredCells = dict[str, dict[tuple[int, int], str]]
"""The addresses of the declared answer cells, by sheet and (row, column)."""


def cell_id(return_id: str, sheet: str, address: str) -> str:
    """The stable id of a cell: the first 16 digits of its file's SHA-256, sheet and address."""
    return f"{return_id[:16]}!{sheet}!{address}"


def form_reader(declarations: YearDeclarations) -> FormReader:
    """Return the reader of a year's forms, with the register as of the reference date."""
    on = declarations.questionnaire.reference_date
    kinds = {q.register_kind for q in declarations.questionnaire.questions.values() if q.register_kind}
    register = {kind: frozenset(e.entity_id for e in declarations.reference.entities(kind, on)) for kind in kinds}
    return FormReader(declarations.questionnaire, declarations.layout, register)


def read_returns(home: Home, declarations: YearDeclarations) -> dict[str, pl.DataFrame]:
    """Read every return that counts for the year.

    Gives the tables returns, cells, answers, answer_cells and blocks. Cells are all that are not empty, and
    every declared answer cell even when it is.
    """
    receipts = current_returns(read_ledger(home.ledger), declarations.year)
    reader = form_reader(declarations)
    declared: DeclaredCells = {}
    for slot in declarations.layout.slots:
        declared.setdefault(slot.sheet, {})[slot.row, slot.column] = slot.address
    rows: dict[str, list[tuple[Any, ...]]] = {
        "returns": [],
        "cells": [],
        "answers": [],
        "answer_cells": [],
        "blocks": [],
    }
    for code in sorted(receipts):
        receipt = receipts[code]
        workbook = open_workbook(archived_bytes(home, receipt.sha256))
        rows["returns"].append((
            receipt.year, receipt.sha256, code, receipt.file_name, receipt.received_at, receipt.supersedes,
            receipt.is_synthetic,
        ))  # fmt: skip
        rows["cells"] += _cell_rows(receipt, code, workbook, declared)
        _add_answers(rows, receipt, code, reader, workbook)
    return {name: frame(name, table) for name, table in rows.items()}


def _cell_rows(receipt: Receipt, code: str, workbook: Workbook, declared: DeclaredCells) -> Iterator[tuple[Any, ...]]:
    """The declared cells in the form's order, then whatever else is not empty."""
    year, return_id = receipt.year, receipt.sha256
    for sheet, addresses in declared.items():
        cells = workbook.sheets.get(sheet, {})
        for place, address in addresses.items():
            cell = cells.get(place)
            kind, text = (cell.kind, cell.text) if cell else ("blank", "")
            yield year, cell_id(return_id, sheet, address), return_id, code, sheet, address, kind, text, True
    for sheet, cells in workbook.sheets.items():
        addresses = declared.get(sheet, {})
        for place, cell in cells.items():
            if place not in addresses:
                found = cell_id(return_id, sheet, cell.address)
                yield year, found, return_id, code, sheet, cell.address, cell.kind, cell.text, False


def answer_row(year: int, return_id: str, code: str, answer: Answer) -> tuple[Any, ...]:
    """An answer as a row of the table `answers`."""
    answer_id = f"{year}:{code}:{answer.question.id}:{answer.row_no}:{answer.option_code}"
    return (
        year, answer_id, return_id, code, answer.block.id, answer.block.grain, answer.entity_id, answer.row_no,
        answer.question.id, answer.option_code, answer.status, answer.problem, answer.is_asked, *value_columns(answer),
    )  # fmt: skip


def _add_answers(
    rows: dict[str, list[tuple[Any, ...]]], receipt: Receipt, code: str, reader: FormReader, workbook: Workbook
) -> None:
    read = reader.read(workbook, code)
    year, return_id = receipt.year, receipt.sha256
    for answer in read.answers:
        row = answer_row(year, return_id, code, answer)
        rows["answers"].append(row)
        rows["answer_cells"] += [(year, row[1], cell_id(return_id, slot.sheet, slot.address)) for slot in answer.cells]
    for fill in read.blocks:
        first, absent = (
            slot and cell_id(return_id, slot.sheet, slot.address) for slot in (fill.first_slot, fill.absent_slot)
        )
        rows["blocks"].append((year, return_id, code, fill.block.id, fill.is_asked, fill.row_count, first, absent))
