"""Writing the table of answers, one municipality a row, for who collects in another system or by hand in one workbook."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, time
from io import BytesIO

import xlsxwriter

from pipeline.csv_files import csv_bytes
from pipeline.forms.styles import FONT, LINE, SOFT
from pipeline.forms.wording import text_label
from pipeline.japanese import plain_text
from pipeline.workbooks.workbook import Workbook
from schemas.answer_table import (
    CODE_HEAD,
    FORM_HEAD,
    LABELS_MARK,
    NAME_HEAD,
    TABLE_SHEET,
    TableColumns,
    form_mark,
)
from schemas.form_layout import NOT_LISTED_TEXT, Slot, register_text
from schemas.questionnaire import Question, implied_text_id
from schemas.survey import YearDeclarations

COLUMNS_SHEET, REGISTER_SHEET = "列の説明", "名称の一覧"
_COLUMN_HEADS = {"列の見出し": 46, "シート": 18, "設問": 46, "表の行": 8, "選択肢": 40, "書き方": 80}
_REGISTER_HEADS = {"設問": 30, "書き方": 60, "構成市町村": 80}
"""The heads of the sheets that explain, with the widths of their columns."""


def table_lines(declarations: YearDeclarations) -> list[list[str]]:
    """The table without answers: heads, what each column asks, and a row for each municipality."""
    columns = TableColumns(declarations.questionnaire, declarations.layout)
    mark = form_mark(declarations.questionnaire)
    asked = [_asked(slot, declarations) for slot in columns.slots.values()]
    return [
        [CODE_HEAD, NAME_HEAD, FORM_HEAD, *columns.slots],
        [LABELS_MARK, "", "", *asked],
        *([m.code, m.name, mark, *[""] * len(asked)] for m in declarations.municipalities),
    ]


def explaining_sheets(declarations: YearDeclarations) -> dict[str, list[tuple[str, ...]]]:
    """The lines of the sheets that explain, by name: of every column what to write, and the registered names."""
    return {
        COLUMNS_SHEET: [tuple(_COLUMN_HEADS), *_explained(declarations)],
        REGISTER_SHEET: [tuple(_REGISTER_HEADS), *_registered(declarations)],
    }


def explaining_words(declarations: YearDeclarations, workbook: Workbook) -> dict[str, frozenset[tuple[int, int]]]:
    """The cells of a workbook that still hold what a sheet that explains was sent with, by sheet."""
    if not {COLUMNS_SHEET, REGISTER_SHEET} & workbook.sheets.keys():
        return {}
    return {
        name: frozenset(
            (row, column)
            for row, line in enumerate(lines, start=1)
            for column, text in enumerate(line, start=1)
            if text and plain_text(workbook.cell(name, row, column).text) == plain_text(text)
        )
        for name, lines in explaining_sheets(declarations).items()
    }


def write_table_csv(declarations: YearDeclarations) -> bytes:
    """The table as CSV in UTF-8 with a byte order mark, which Excel needs to read Japanese."""
    heads, *lines = table_lines(declarations)
    return csv_bytes(heads, lines)


def write_table_workbook(declarations: YearDeclarations) -> bytes:
    """The table as .xlsx, with sheets that say of every column what to write and list registered names.

    The same arguments give the same bytes.
    """
    buffer = BytesIO()
    book = xlsxwriter.Workbook(buffer, {
        "in_memory": True, "strings_to_formulas": False, "strings_to_urls": False, "default_format_properties": {**FONT},
    })  # fmt: skip
    questionnaire = declarations.questionnaire
    book.set_properties({
        "title": f"{questionnaire.title.ja}　{TABLE_SHEET}", "author": questionnaire.sender,
        "created": datetime.combine(questionnaire.calendar.forms_out, time()),
    })  # fmt: skip
    head = book.add_format({"border": 1, "border_color": LINE, "bg_color": SOFT, "text_wrap": True, "valign": "top"})
    text = book.add_format({"num_format": "@"})
    lines = table_lines(declarations)
    sheet = book.add_worksheet(TABLE_SHEET)
    sheet.set_column(0, len(lines[0]) - 1, 18, text)
    for row, line in enumerate(lines):
        for column, value in enumerate(line):
            if value:
                sheet.write_string(row, column, value, head if row < 2 else text)
    sheet.set_row(1, 60)
    sheet.freeze_panes(2, 2)
    widths = {COLUMNS_SHEET: _COLUMN_HEADS, REGISTER_SHEET: _REGISTER_HEADS}
    for name, rows in explaining_sheets(declarations).items():
        explained = book.add_worksheet(name)
        for column, width in enumerate(widths[name].values()):
            explained.set_column(column, column, width)
        for row, values in enumerate(rows):
            for column, value in enumerate(values):
                explained.write_string(row, column, value, *([] if row else [head]))
        explained.freeze_panes(1, 1)
    book.close()
    return buffer.getvalue()


def _registered(declarations: YearDeclarations) -> Iterator[tuple[str, ...]]:
    """Of every registered entity: which question asks for it, how it is written, and whose it is."""
    on, reference = declarations.questionnaire.reference_date, declarations.reference
    names = {m.code: m.name for m in declarations.municipalities}
    asked: dict[str, str] = {}
    for question in declarations.questionnaire.questions.values():
        if question.register_kind:
            asked.setdefault(question.register_kind, question.label.ja)
    for kind, label in asked.items():
        for entity in reference.entities(kind, on):
            members = [names.get(m.code, m.code) for m in reference.members(entity.entity_id, on)]
            yield label, register_text(entity.name, entity.entity_id), "、".join(members)


def _explained(declarations: YearDeclarations) -> Iterator[tuple[str, ...]]:
    """Of every column: its name, where the form asks that, the question, the row, the option, and what to write."""
    questionnaire = declarations.questionnaire
    yield CODE_HEAD, "", "総務省の６桁の団体コード", "", "", "先頭の０も書く（０のない５桁も受け付ける）"
    yield NAME_HEAD, "", "市町村の名称", "", "", "空欄でもよい。書くときは団体コードと一致させる"
    yield FORM_HEAD, "", "調査票の種類と版", "", "", f"すべての行に {form_mark(questionnaire)}"
    for name, slot in TableColumns(questionnaire, declarations.layout).slots.items():
        question = questionnaire.questions[slot.question_id]
        row = str(slot.row_no) if questionnaire.block_of[question.id].is_table else ""
        yield name, slot.sheet, _label(question, declarations), row, _option(question, slot), _how(question, slot)


def _asked(slot: Slot, declarations: YearDeclarations) -> str:
    question = declarations.questionnaire.questions[slot.question_id]
    row = f"{slot.row_no}行目　" if declarations.questionnaire.block_of[question.id].is_table else ""
    option = _option(question, slot)
    return f"{row}{_label(question, declarations)}{f'：{option}' if option else ''}"


def _label(question: Question, declarations: YearDeclarations) -> str:
    """A question in words; a text that belongs to another question, after that."""
    owner = next((q for q in declarations.questionnaire.questions.values() if implied_text_id(q) == question.id), None)
    return f"{owner.label.ja}　{text_label(owner)}" if owner else question.label.ja


def _option(question: Question, slot: Slot) -> str:
    if slot.choice is None:
        return ""
    labels = {option.code: option.label.ja for option in question.options}
    labels |= {column.code: column.label.ja for column in question.columns}
    return "　".join(labels[code] for code in slot.choice.split("."))


def _how(question: Question, slot: Slot) -> str:
    if slot.choice is not None:
        return "選ぶときは ○、選ばないときは空欄"
    match question.type:
        case "count":
            return f"数（{question.unit}）" if question.unit else "数"
        case "date":
            return "年月日（2024/4/1、令和6年4月1日など）"
        case "register":
            return f"シート「{REGISTER_SHEET}」のとおり「名称〔番号〕」、ないときは「{NOT_LISTED_TEXT}」"
        case "text":
            return "文章"
    return "次のどれか：" + "／".join(option.label.ja for option in question.choices)
