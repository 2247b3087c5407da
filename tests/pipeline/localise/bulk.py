"""Returns in bulk: cells to tables by the product's own reader, and tables to findings by its own judges, without a file."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import polars as pl

from pipeline.read.columns import AnswerTables, cell_id
from pipeline.read.returns_reader import form_reader
from pipeline.tables import TABLES
from pipeline.validate.declared import judge_declared
from pipeline.validate.derived import judge_derived, judge_rows
from pipeline.validate.frames import YearTables
from pipeline.validate.judged import Judgements
from pipeline.validate.other_texts import judge_other_texts
from pipeline.validate.places import CellPlaces
from pipeline.validate.register_rows import judge_register_rows
from pipeline.validate.registered import judge_registered
from pipeline.validate.validate import OWNER
from pipeline.workbooks.workbook import Cell, Workbook
from schemas.survey import YearDeclarations

Cells = Mapping[tuple[str, int, str | None], str]
"""What stands in the cells of a return, by question, row and choice."""


def read_bulk(declarations: YearDeclarations, returns: Mapping[str, Cells]) -> YearTables:
    """Read the cells of many municipalities; their codes need not be on the roster."""
    reader = form_reader(declarations)
    slots = {(slot.question_id, slot.row_no, slot.choice): slot for slot in reader.slots}
    sheets = sorted({slot.sheet for slot in reader.slots})
    rows: dict[str, list[Any]] = {name: [] for name in ("returns", "cells")}
    answers = AnswerTables(declarations.year)
    for code, cells in returns.items():
        sent: dict[str, dict[tuple[int, int], Cell]] = {sheet: {} for sheet in sheets}
        sha256 = code.ljust(64, "0")
        for place, text in cells.items():
            slot = slots[place]
            sent[slot.sheet][slot.row, slot.column] = Cell(slot.sheet, slot.row, slot.column, "text", text, text)
            found = cell_id(sha256, slot.sheet, slot.address)
            rows["cells"].append({
                "year": declarations.year, "cell_id": found, "return_id": sha256, "municipality_code": code, "sheet": slot.sheet,
                "address": slot.address, "kind": "text", "text": text, "is_declared": True, "form_sheet": slot.sheet,
                "form_address": slot.address,
            })  # fmt: skip
        own = {"year": declarations.year, "return_id": sha256, "municipality_code": code, "file_name": f"{code}.xlsx"}
        rows["returns"].append(own)
        answers.add(sha256, code, reader.read(Workbook(sent), code))
    tables = {name: pl.DataFrame(table, schema=TABLES[name], orient="row") for name, table in rows.items()}
    empty = {name: pl.DataFrame(schema=TABLES[table]) for name, table in _EMPTY.items()}
    return YearTables(**tables, **answers.frames(), **empty)


_EMPTY = {"corrections": "corrections", "previous_answers": "answers"}


def only(tables: YearTables, codes: Iterable[str]) -> YearTables:
    """The tables of some of the municipalities."""
    wanted = pl.col("municipality_code").is_in(list(codes))
    answers = tables.answers.filter(wanted)
    return YearTables(
        returns=tables.returns.filter(wanted), cells=tables.cells.filter(wanted), answers=answers,
        answer_cells=tables.answer_cells.filter(pl.col("answer_id").is_in(answers["answer_id"].implode())),
        blocks=tables.blocks.filter(wanted), corrections=tables.corrections,
        previous_answers=tables.previous_answers,
    )  # fmt: skip


def judge_structure(tables: YearTables, declarations: YearDeclarations) -> pl.DataFrame:
    """The findings of all that the questionnaire and the register demand."""
    judgements, places = Judgements(declarations.year, OWNER), CellPlaces(tables)
    for judge in (judge_derived, judge_other_texts, judge_rows, judge_registered, judge_register_rows):
        judge(tables, declarations, places, judgements)
    return judgements.findings()


def judge_rules(tables: YearTables, declarations: YearDeclarations) -> pl.DataFrame:
    """The findings of the declared rules."""
    judgements = Judgements(declarations.year, OWNER)
    judge_declared(tables, declarations, CellPlaces(tables), judgements)
    return judgements.findings()


def judge_all(tables: YearTables, declarations: YearDeclarations) -> pl.DataFrame:
    """Every finding about answers."""
    return pl.concat([judge_structure(tables, declarations), judge_rules(tables, declarations)])


def at_fault(findings: pl.DataFrame) -> set[str]:
    """Municipalities whose answers contradict: an error that failed, or an answer of which nobody knows if it was asked for."""
    is_unasked = (pl.col("verdict") == "unverifiable") & pl.col("rule_id").str.starts_with("routing.")
    errors = findings.filter((pl.col("severity") == "error") & ((pl.col("verdict") == "fail") | is_unasked))
    return set(errors["municipality_code"].drop_nulls())
