"""One municipality's form as a workbook. Where the cells stand is the layout's; this puts the sheets together."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, time
from io import BytesIO
from typing import Any

import xlsxwriter

from pipeline.forms.cells import Fill, Form
from pipeline.forms.choices import ChoiceLists
from pipeline.forms.cover import WIDTHS as COVER_WIDTHS
from pipeline.forms.cover import write_cover
from pipeline.forms.lists import write_list
from pipeline.forms.pages import ENDS, SIDES, PagedSheet, set_pages, spans_of
from pipeline.forms.previous import PreviousAnswers
from pipeline.forms.sizing import plan_grid
from pipeline.forms.styles import FONT, make_styles
from pipeline.forms.tables import write_table
from pipeline.forms.wording import SUBTITLE_CELL, SYNTHETIC_NOTICE, number_questions, page_foot, section_subtitle
from schemas.form_layout import (
    CONTINUATION_SHEET,
    COVER_SHEET,
    FIRST_ROW,
    IDENTITY_CELLS,
    IDENTITY_SHEET,
    SYNTHETIC_MARK,
    PlacedBlock,
    PlacedTable,
    identity_check,
)
from schemas.reference import Municipality
from schemas.survey import YearDeclarations

SYNTHETIC_PREVIOUS = "「前回の回答」の欄は、デモ用の架空の回答です。実際の市町村の状況を示すものではありません。"
A4 = 9
IDENTITY_LABELS = {
    "survey": "調査", "year": "年度", "version": "調査票の版", "layout": "様式の識別番号", "code": "団体コード",
    "synthetic": "デモ用の回答", "check": "照合用の符号",
}  # fmt: skip


def write_form(
    declarations: YearDeclarations,
    municipality: Municipality,
    *,
    previous: PreviousAnswers | None = None,
    fill: Fill | None = None,
    is_synthetic: bool = False,
    is_previous_synthetic: bool = False,
) -> bytes:
    """Return one municipality's form as an .xlsx file; the same arguments give the same bytes.

    `previous` is what the municipality answered a year before, None where there is nothing to show. `fill` is
    what a respondent typed. `is_synthetic` says on every sheet, and to the reader, that the answers are made up;
    `is_previous_synthetic` says on every sheet that those of the year before are.
    """
    buffer = BytesIO()
    book = xlsxwriter.Workbook(buffer, {
        "in_memory": True, "strings_to_formulas": False, "strings_to_urls": False,
        "default_format_properties": {**FONT, "font_size": 11},
    })  # fmt: skip
    questionnaire = declarations.questionnaire
    form = Form(
        declarations, municipality, previous or {}, fill or {}, is_synthetic, is_previous_synthetic,
        styles=make_styles(book), choices=ChoiceLists(declarations, municipality),
        numbers=number_questions(questionnaire),
    )  # fmt: skip
    book.set_properties({
        "title": questionnaire.title.ja, "author": questionnaire.sender, "subject": municipality.name,
        "created": datetime.combine(questionnaire.calendar.forms_out, time()),
    })  # fmt: skip
    cover = _add_sheet(form, book, COVER_SHEET)
    write_cover(form, cover)
    set_pages(cover, COVER_WIDTHS, [], is_portrait=True)
    _write_sections(form, book)
    if declarations.layout.continuations:
        sheet = _add_sheet(form, book, CONTINUATION_SHEET)
        sheet.write_string(0, 0, f"{CONTINUATION_SHEET}　表の行が足りないときの続き", form.styles.title)
        _write_subtitle(form, sheet, section_subtitle(questionnaire, questionnaire.sections))
        tables = declarations.layout.continuations
        went_on = any(form.has_previous(slot) for table in tables for row in table.rows for slot in row)
        _write_blocks(form, sheet, [], tables, has_previous=went_on)
    form.choices.write(book)
    _write_identity(form, book)
    book.close()
    return buffer.getvalue()


def _write_sections(form: Form, book: Any) -> None:
    placed = form.declarations.layout.blocks
    for name in dict.fromkeys(block.section.sheet for block in placed):
        blocks = [block for block in placed if block.section.sheet == name]
        sections = list(dict.fromkeys(block.section for block in blocks))
        sheet = _add_sheet(form, book, name)
        title = "　".join(f"{section.number}　{section.label.ja}" for section in sections)
        sheet.write_string(0, 0, title, form.styles.title)
        _write_subtitle(form, sheet, section_subtitle(form.questionnaire, sections))
        tables = [block.table for block in blocks if block.table]
        _write_blocks(form, sheet, blocks, tables, has_previous=bool(form.previous))


def _add_sheet(form: Form, book: Any, name: str) -> PagedSheet:
    """Add a protected sheet that prints on A4 with the municipality's name on every page."""
    sheet: PagedSheet = book.add_worksheet(name, worksheet_class=PagedSheet)
    sheet.hide_gridlines(2)
    sheet.set_paper(A4)
    sheet.set_margins(left=SIDES, right=SIDES, top=ENDS, bottom=ENDS)
    sheet.set_footer(page_foot(form.questionnaire, form.municipality))
    sheet.protect("", {"format_columns": True, "format_rows": True})
    notice = SYNTHETIC_NOTICE if form.is_synthetic else SYNTHETIC_PREVIOUS if form.is_previous_synthetic else ""
    if notice:
        sheet.write_string(2, 0, notice, form.styles.notice)
    return sheet


def _write_subtitle(form: Form, sheet: Any, text: str) -> None:
    municipality = form.municipality
    whose = f"{municipality.prefecture}{municipality.name}（{municipality.code}）"
    sheet.write_string(SUBTITLE_CELL, f"{whose}　／　{text}", form.styles.subtitle)


def _write_blocks(
    form: Form, sheet: PagedSheet, blocks: Sequence[PlacedBlock], tables: Sequence[PlacedTable], *, has_previous: bool
) -> None:
    grid = plan_grid(blocks, tables, has_previous=has_previous)
    for column, width in enumerate(grid.widths):
        sheet.set_column(column, column, width)
    if not grid.is_portrait:
        sheet.set_landscape()
    sheet.set_row(0, 26)
    sheet.freeze_panes(FIRST_ROW - 1, 0)
    for block in blocks:
        if not block.table:
            write_list(form, sheet, grid, block)
    for table in tables:
        write_table(form, sheet, grid, table)
    slots = form.declarations.layout.slots
    first = next(slot for slot in slots if slot.sheet == sheet.get_name())
    set_pages(sheet, grid.widths, spans_of(blocks, tables), is_portrait=grid.is_portrait)
    sheet.set_selection(first.row - 1, first.column - 1, first.row - 1, first.column - 1)


def _write_identity(form: Form, book: Any) -> None:
    """Write what the reader checks a returned form by, to a hidden sheet."""
    questionnaire = form.questionnaire
    values = {
        "survey": questionnaire.survey, "year": str(questionnaire.year), "version": questionnaire.version,
        "layout": form.declarations.layout.fingerprint, "code": form.municipality.code,
        "synthetic": SYNTHETIC_MARK if form.is_synthetic else "",
    }  # fmt: skip
    values["check"] = identity_check(values)
    sheet = book.add_worksheet(IDENTITY_SHEET)
    for key, address in IDENTITY_CELLS.items():
        sheet.write_string(f"A{address[1:]}", IDENTITY_LABELS[key])
        sheet.write_string(address, values[key])
    sheet.protect("")
    sheet.hide()
