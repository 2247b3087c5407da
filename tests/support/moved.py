"""Forms as they were sent out, filled by hand and moved about."""

from __future__ import annotations

from collections.abc import Callable
from io import BytesIO

import openpyxl

from pipeline.forms.write import write_form
from schemas.reference import Municipality
from schemas.survey import YearDeclarations
from tests.support.workbooks import evacuation_answers

Change = Callable[[openpyxl.Workbook], None]


def filled_form(
    declarations: YearDeclarations, municipality: Municipality, change: Change = lambda _: None
) -> openpyxl.Workbook:
    """A municipality's own form of the second survey with its answers, changed as somebody would in a program."""
    book = openpyxl.load_workbook(BytesIO(write_form(declarations, municipality)))
    answers = evacuation_answers(declarations, municipality)
    for slot in declarations.layout.slots:
        value = answers.get((slot.question_id, slot.row_no, slot.choice))
        if value is not None:
            book[slot.sheet][slot.address].value = value
    change(book)
    return book
