"""One municipality's form as a workbook: the layout says where, this says how it looks and what may be entered."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime, time
from io import BytesIO
from typing import Any

import xlsxwriter

from pipeline.forms.choices import ChoiceLists
from pipeline.forms.previous import PreviousAnswers
from pipeline.forms.styles import Styles, make_styles
from pipeline.forms.wording import condition_sentence, cover_lines, reference_sentence
from pipeline.publish.japanese import era_date
from schemas.form_layout import (
    CONTINUATION_SHEET,
    COVER_SHEET,
    IDENTITY_CELLS,
    IDENTITY_SHEET,
    PlacedBlock,
    PlacedQuestion,
    PlacedTable,
    Slot,
    ticks,
)
from schemas.questionnaire import Question
from schemas.reference import Municipality
from schemas.survey import YearDeclarations

Fill = Mapping[Slot, str | int | float | date]
SYNTHETIC_NOTICE = "デモ用の架空の回答です。実際の市町村の状況を示すものではありません。"
PREVIOUS_COLUMN, NOTE_COLUMN = 5, 6
A4 = 9


def write_form(
    declarations: YearDeclarations,
    municipality: Municipality,
    *,
    previous: PreviousAnswers | None = None,
    fill: Fill | None = None,
    is_synthetic: bool = False,
) -> bytes:
    """Return the form's bytes, the same for the same arguments. `fill` is what a respondent typed."""
    return _FormWriter(declarations, municipality, previous or {}, fill or {}, is_synthetic=is_synthetic).write()


class _FormWriter:
    def __init__(
        self,
        declarations: YearDeclarations,
        municipality: Municipality,
        previous: PreviousAnswers,
        fill: Fill,
        *,
        is_synthetic: bool,
    ) -> None:
        self._declarations = declarations
        self._questionnaire = declarations.questionnaire
        self._municipality = municipality
        self._previous = previous
        self._fill = fill
        self._is_synthetic = is_synthetic
        self._buffer = BytesIO()
        self._book = xlsxwriter.Workbook(
            self._buffer, {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False}
        )
        self._styles: Styles = make_styles(self._book)
        self._sheets: dict[str, Any] = {}
        self._choices = ChoiceLists(declarations, municipality)
        self._number = 0

    def write(self) -> bytes:
        created = datetime.combine(self._questionnaire.calendar.forms_out, time())
        self._book.set_properties({"title": self._questionnaire.title.ja, "created": created})
        self._write_cover()
        for placed in self._declarations.layout.blocks:
            sheet = self._section_sheet(placed.section.sheet, f"{placed.section.number}　{placed.section.label.ja}")
            self._write_block(sheet, placed)
        for table in self._declarations.layout.continuations:
            self._write_table(self._section_sheet(CONTINUATION_SHEET, "続紙（本紙に書ききれない場合）"), table)
        self._choices.write(self._book)
        self._write_identity()
        self._book.close()
        return self._buffer.getvalue()

    def _section_sheet(self, name: str, title: str) -> Any:
        if name in self._sheets:
            return self._sheets[name]
        sheet = self._book.add_worksheet(name)
        self._sheets[name] = sheet
        sheet.hide_gridlines(2)
        sheet.set_paper(A4)
        sheet.fit_to_pages(1, 0)
        sheet.set_margins(left=0.5, right=0.5, top=0.6, bottom=0.6)
        sheet.set_footer(f"&L{self._municipality.name.replace('&', '&&')}&C&P / &N")
        sheet.protect("", {"format_columns": True, "format_rows": True})
        sheet.repeat_rows(0, 2)
        sheet.set_column(0, 0, 4)
        sheet.write_string(0, 0, title, self._styles.title)
        base = f"{self._municipality.prefecture}{self._municipality.name}（{self._municipality.code}）"
        day = era_date(self._questionnaire.reference_date)
        sheet.write_string(1, 0, f"{base}　調査基準日：{day}", self._styles.subtitle)
        if self._is_synthetic:
            sheet.write_string(2, 0, SYNTHETIC_NOTICE, self._styles.warning)
        has_table = name == CONTINUATION_SHEET or any(
            placed.table for placed in self._declarations.layout.blocks if placed.section.sheet == name
        )
        if has_table:
            sheet.set_landscape()
            sheet.set_column(1, 1, 38)
            sheet.set_column(2, 30, 15)
        else:
            sheet.set_column(1, 1, 46)
            sheet.set_column(2, 3, 15)
            sheet.set_column(4, 5, 15)
            sheet.set_column(6, 6, 34)
        return sheet

    def _write_block(self, sheet: Any, placed: PlacedBlock) -> None:
        if placed.table:
            self._write_table(sheet, placed.table)
            return
        for column in range(NOTE_COLUMN + 1):
            sheet.write_blank(placed.top - 1, column, None, self._styles.block)
        sheet.write_string(placed.top - 1, 0, placed.block.label.ja, self._styles.block)
        sheet.write_string(placed.top - 1, PREVIOUS_COLUMN, "前回の回答", self._styles.block)
        note = placed.block.note or condition_sentence(self._questionnaire, placed.block.asked_if)
        if note:
            sheet.write_string(placed.top - 1, NOTE_COLUMN, note, self._styles.block)
        for question in placed.questions:
            self._write_question(sheet, question)

    def _write_question(self, sheet: Any, placed: PlacedQuestion) -> None:
        question, row = placed.question, placed.top - 1
        self._number += 1
        sheet.write_number(row, 0, self._number, self._styles.question)
        sheet.write_string(row, 1, question.label.ja, self._styles.question)
        notes = [
            question.note,
            condition_sentence(self._questionnaire, question.asked_if),
            reference_sentence(self._questionnaire, question),
            f"単位：{question.unit}" if question.unit else None,
        ]
        sheet.write_string(row, NOTE_COLUMN, "\n".join(filter(None, notes)), self._styles.note)
        if ticks(question):
            self._write_tick_rows(sheet, placed)
        else:
            self._write_slot(sheet, placed.slots[0], question)
            self._write_previous(sheet, row, question.id, None)
        if placed.text_slot:
            sheet.write_string(placed.text_slot.row - 1, 1, self._text_label(question), self._styles.option)
            self._write_slot(sheet, placed.text_slot, self._questionnaire.questions[placed.text_slot.question_id])

    def _write_tick_rows(self, sheet: Any, placed: PlacedQuestion) -> None:
        question, header = placed.question, placed.top
        if question.type == "matrix":
            for offset, column in enumerate(question.columns):
                sheet.write_string(header, 2 + offset, column.label.ja, self._styles.header)
        else:
            sheet.write_string(header, 2, "○を記入", self._styles.header)
        for offset, option in enumerate(question.options):
            sheet.write_string(header + 1 + offset, 1, option.label.ja, self._styles.option)
        for slot in placed.slots:
            self._write_slot(sheet, slot, question)
        for offset, option in enumerate(question.options):
            codes = [f"{option.code}.{column.code}" for column in question.columns] if question.columns else []
            for code in codes or [option.code]:
                self._write_previous(sheet, header + 1 + offset, question.id, code)

    def _write_previous(self, sheet: Any, row: int, question_id: str, choice: str | None) -> None:
        text = self._previous.get((question_id, 1, choice))
        if text:
            sheet.write_string(row, PREVIOUS_COLUMN, text, self._styles.previous)

    def _write_table(self, sheet: Any, table: PlacedTable) -> None:
        last_column = table.columns[-1][2] - 1
        for column in range(last_column + 1):
            sheet.write_blank(table.top - 1, column, None, self._styles.block)
        title = table.block.label.ja
        note = table.block.note or condition_sentence(self._questionnaire, table.block.asked_if)
        sheet.write_string(table.top - 1, 0, f"{title}　{note}" if note else title, self._styles.block)
        sheet.set_row(table.header_row - 1, 62)
        sheet.write_string(table.header_row - 1, 0, "番号", self._styles.header)
        for question, choice, column in table.columns:
            sheet.write_string(table.header_row - 1, column - 1, self._heading(question, choice), self._styles.header)
        for offset, slots in enumerate(table.rows):
            row_no = table.first_row_no + offset
            sheet.write_number(table.header_row + offset, 0, row_no, self._styles.header)
            for slot in slots:
                question = self._questionnaire.questions[slot.question_id]
                self._write_slot(sheet, slot, question)
                previous = self._previous.get((slot.question_id, slot.row_no, slot.choice))
                if previous:
                    sheet.write_comment(slot.row - 1, slot.column - 1, f"前回の回答：{previous}", {"author": ""})

    def _heading(self, question: Question, choice: str | None) -> str:
        if choice is None:
            reference = reference_sentence(self._questionnaire, question)
            return "\n".join(filter(None, [question.label.ja, reference]))
        labels = {option.code: option.label.ja for option in question.choices}
        return labels.get(choice) or self._text_label(question)

    def _text_label(self, question: Question) -> str:
        return "台帳にない場合の名称" if question.type == "register" else "「その他」の内容"

    def _write_slot(self, sheet: Any, slot: Slot, question: Question) -> None:
        row, column = slot.row - 1, slot.column - 1
        style = self._styles.answer
        if slot.choice is not None:
            style = self._styles.tick
        elif question.type == "count":
            style = self._styles.number
        value = self._fill.get(slot)
        if value is None:
            sheet.write_blank(row, column, None, style)
        elif isinstance(value, str):
            sheet.write_string(row, column, value, style)
        elif isinstance(value, date):
            sheet.write_datetime(row, column, datetime.combine(value, time()), style)
        else:
            sheet.write_number(row, column, value, style)
        validation = self._choices.validation(question, is_tick=slot.choice is not None)
        if validation:
            sheet.data_validation(row, column, row, column, validation)

    def _write_cover(self) -> None:
        sheet = self._book.add_worksheet(COVER_SHEET)
        sheet.hide_gridlines(2)
        sheet.set_paper(A4)
        sheet.fit_to_pages(1, 1)
        sheet.protect("")
        sheet.set_column(0, 0, 96)
        sheet.write_string(0, 0, self._questionnaire.title.ja, self._styles.title)
        if self._is_synthetic:
            sheet.write_string(1, 0, SYNTHETIC_NOTICE, self._styles.warning)
        for offset, line in enumerate(cover_lines(self._questionnaire, self._municipality), start=2):
            sheet.write_string(offset, 0, line, self._styles.body)

    def _write_identity(self) -> None:
        sheet = self._book.add_worksheet(IDENTITY_SHEET)
        values = {
            "survey": self._questionnaire.survey,
            "year": str(self._questionnaire.year),
            "version": self._questionnaire.version,
            "layout": self._declarations.layout.fingerprint,
            "code": self._municipality.code,
            "synthetic": "synthetic" if self._is_synthetic else "",
        }
        for key, address in IDENTITY_CELLS.items():
            sheet.write_string(f"A{address[1:]}", key)
            sheet.write_string(address, values[key])
        sheet.protect("")
        sheet.hide()
