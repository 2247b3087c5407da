"""Tables of answers, one municipality a row, filled as another system or a patient official would."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Sequence
from io import BytesIO, StringIO
from typing import Any

import openpyxl

from pipeline.forms.write_table import table_lines
from schemas.answer_table import TABLE_SHEET, TableColumns
from schemas.reference import Municipality
from schemas.survey import YearDeclarations
from tests.support.workbooks import evacuation_answers

Lines = list[list[Any]]


def filled_lines(declarations: YearDeclarations, codes: Iterable[str] | None = None) -> Lines:
    """The year's table with the second survey's answers of these municipalities, or of all."""
    wanted = None if codes is None else set(codes)
    by_code = {m.code: m for m in declarations.municipalities}
    lines: Lines = [list(line) for line in table_lines(declarations)]
    for line in lines[2:]:
        if wanted is None or line[0] in wanted:
            line[3:] = values_of(declarations, by_code[line[0]])
    return lines


def values_of(declarations: YearDeclarations, municipality: Municipality) -> list[Any]:
    """What stands in a municipality's columns of answers."""
    answers = evacuation_answers(declarations, municipality)
    slots = TableColumns(declarations.questionnaire, declarations.layout).slots.values()
    return [answers.get((slot.question_id, slot.row_no, slot.choice), "") for slot in slots]


def as_csv(lines: Iterable[Sequence[Any]], coding: str = "utf-8-sig", delimiter: str = ",") -> bytes:
    """The lines as a text of delimited values."""
    text = StringIO()
    csv.writer(text, delimiter=delimiter).writerows(lines)
    return text.getvalue().encode(coding)


def as_workbook(lines: Iterable[Sequence[Any]], sheet: str = TABLE_SHEET) -> openpyxl.Workbook:
    """The lines as a workbook; numbers stay numbers."""
    book = openpyxl.Workbook()
    assert book.active
    book.active.title = sheet
    for row, line in enumerate(lines, start=1):
        for column, value in enumerate(line, start=1):
            if value != "":
                book.active.cell(row, column, value)
    return book


def saved(book: openpyxl.Workbook) -> bytes:
    """The bytes of a workbook."""
    buffer = BytesIO()
    book.save(buffer)
    return buffer.getvalue()
