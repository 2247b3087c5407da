"""Returns written cell by cell with openpyxl, so that the reader is not tested against its own writer alone."""

from __future__ import annotations

from collections.abc import Mapping
from io import BytesIO
from typing import Any

import openpyxl

from schemas.form_layout import CONTINUATION_SHEET, IDENTITY_CELLS, IDENTITY_SHEET, identity_check, register_text
from schemas.reference import Municipality
from schemas.survey import YearDeclarations

Answers = Mapping[tuple[str, int, str | None], Any]


def identity_of(declarations: YearDeclarations, code: str, *, is_synthetic: bool = False) -> dict[str, str]:
    """The words that a form of this year carries about itself."""
    questionnaire = declarations.questionnaire
    return {
        "survey": questionnaire.survey, "year": str(questionnaire.year), "version": questionnaire.version,
        "layout": declarations.layout.fingerprint, "code": code, "synthetic": "synthetic" if is_synthetic else "",
    }  # fmt: skip


def write_workbook(declarations: YearDeclarations, code: str, answers: Answers, /, **identity: str) -> bytes:
    """A returned form; `answers` maps (question, row, choice) to what stands in the cell."""
    book = openpyxl.Workbook()
    book.remove(book.active)
    sheets = [*(section.sheet for section in declarations.questionnaire.sections), CONTINUATION_SHEET, IDENTITY_SHEET]
    for sheet in sheets:
        book.create_sheet(sheet)
    words = {**identity_of(declarations, code), **identity}
    for key, value in {"check": identity_check(words), **words}.items():
        book[IDENTITY_SHEET][IDENTITY_CELLS[key]] = value
    for slot in declarations.layout.slots:
        value = answers.get((slot.question_id, slot.row_no, slot.choice))
        if value is not None:
            book[slot.sheet][slot.address] = value
    buffer = BytesIO()
    book.save(buffer)
    return buffer.getvalue()


STATES = ("complete", "partial", "not_started")
DRILLS = {"network-tsuyama": 3, "network-takahashigawa": 0, "network-maniwa": 2}


def evacuation_answers(
    declarations: YearDeclarations, municipality: Municipality
) -> dict[tuple[str, int, str | None], Any]:
    """Answers of one municipality to the second survey, as different hands would type them; follows from its code."""
    number = int(municipality.code[2:5])
    state = STATES[number % 3]
    answers: dict[tuple[str, int, str | None], Any] = {("plan_state", 1, state): "○◯〇"[number % 3]}
    if state != "not_started":
        answers["plan_count", 1, None] = ("１２件", 12, " 12 ")[number % 3]
    if number % 5 == 0:
        answers["measure", 1, "none"] = "○"
    else:
        answers["measure", 1, "training"] = "〇"
        if number % 2:
            answers["measure", 1, "drill"] = "レ"
    on = declarations.questionnaire.reference_date
    for row, network in enumerate(declarations.reference.entities_of(municipality.code, "network", on), start=1):
        answers["network", row, None] = register_text(network.name, network.entity_id)
        answers["drill_count", row, None] = DRILLS[network.entity_id]
    return answers


_WRITTEN: dict[str, bytes] = {}


def usual_workbook(declarations: YearDeclarations, municipality: Municipality, edits: Answers | None = None) -> bytes:
    """A municipality's return with the answers that follow from its code but for `edits`, None for an empty cell.

    openpyxl takes longer to write the returns of a survey than the product to judge them: each is written once.
    """
    answers = {**evacuation_answers(declarations, municipality), **(edits or {})}
    key = repr((identity_of(declarations, municipality.code), answers))
    if key not in _WRITTEN:
        _WRITTEN[key] = write_workbook(declarations, municipality.code, answers)
    return _WRITTEN[key]
