"""The cover: whose form it is, when it is due, how to fill it in, and what the sheets ask."""

from __future__ import annotations

from typing import Any

from pipeline.forms.cells import Form, put
from pipeline.forms.sizing import BAR, row_height, text_height
from pipeline.forms.wording import cover_facts, cover_instructions, fiscal_year
from pipeline.japanese import FULL_WIDTH
from schemas.form_layout import CONTINUATION_SHEET
from schemas.reference import Municipality

WIDTHS = (6.0, 18.0, 78.0)
"""A number; with it, a label; and the text."""
FIRST_ROW = 4


def addressed_to(municipality: Municipality) -> dict[str, str]:
    """What the cover says of whose form it is, by address."""
    return {
        f"A{FIRST_ROW + 1}": f"{municipality.prefecture}{municipality.name}　御中",
        f"C{FIRST_ROW + 2}": municipality.code,
    }


def write_cover(form: Form, sheet: Any) -> None:
    """Fill the cover sheet, which the caller has prepared."""
    styles, questionnaire, municipality = form.styles, form.questionnaire, form.municipality
    for column, width in enumerate(WIDTHS):
        sheet.set_column(column, column, width)
    sheet.set_row(0, 30)
    sheet.write_string(0, 0, questionnaire.title.ja, styles.title)
    sheet.write_string(1, 0, f"{fiscal_year(questionnaire.year)}　調査票", styles.subtitle)
    sheet.set_row(FIRST_ROW, 34)
    recipient, code = addressed_to(municipality).values()
    sheet.write_string(FIRST_ROW, 0, recipient, styles.recipient)
    row = FIRST_ROW + 1
    for label, text in [("団体コード", code), *cover_facts(questionnaire)]:
        put(form, sheet, row, (0, 1), styles.label, label)
        row = _write_text(form, sheet, row, 2, styles.fact, text)
    row = _write_heading(form, sheet, row + 1, "記入の方法")
    lines = cover_instructions(questionnaire, form.declarations.layout, has_previous=bool(form.previous))
    for number, line in enumerate(lines, start=1):
        put(form, sheet, row, (0, 0), styles.body_number, str(number).translate(FULL_WIDTH))
        row = _write_text(form, sheet, row, 1, styles.body, line)
    row = _write_heading(form, sheet, row + 1, "シートの一覧")
    for name, label in _listed_sheets(form).items():
        put(form, sheet, row, (0, 1), styles.link)
        sheet.write_url(row, 0, f"internal:'{name.replace(chr(39), chr(39) * 2)}'!A1", styles.link, name)
        row = _write_text(form, sheet, row, 2, styles.fact, label)


def _listed_sheets(form: Form) -> dict[str, str]:
    """The sheets to be filled in, and what they ask."""
    listed: dict[str, str] = {}
    for section in form.questionnaire.sections:
        label = f"{section.number}　{section.label.ja}"
        listed[section.sheet] = "、".join(filter(None, [listed.get(section.sheet), label]))
    if form.declarations.layout.continuations:
        listed[CONTINUATION_SHEET] = "表の行が足りないときの続き"
    return listed


def _write_heading(form: Form, sheet: Any, row: int, text: str) -> int:
    put(form, sheet, row, (0, 2), form.styles.bar, text)
    sheet.set_row(row, row_height(text_height(text, sum(WIDTHS), size=BAR)))
    return row + 1


def _write_text(form: Form, sheet: Any, row: int, first: int, style: Any, text: str) -> int:
    put(form, sheet, row, (first, 2), style, text)
    sheet.set_row(row, row_height(text_height(text, sum(WIDTHS[first:]))))
    return row + 1
