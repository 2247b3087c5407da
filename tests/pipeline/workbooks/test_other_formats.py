"""Old and free formats: what an .xls or .ods holds is read as the same workbook's .xlsx."""

from __future__ import annotations

from datetime import date
from io import BytesIO
from typing import Any

import openpyxl
import pytest
from openpyxl.cell.rich_text import CellRichText, TextBlock
from openpyxl.cell.text import InlineFont
from openpyxl.comments import Comment
from openpyxl.styles import Alignment, Font
from openpyxl.utils.datetime import CALENDAR_MAC_1904

from pipeline.collect.recognise import Identity, Recogniser
from pipeline.forms.write import write_form
from pipeline.home import PROJECT_ROOT
from pipeline.read.returns_reader import form_reader
from pipeline.workbooks.opening import open_workbook
from pipeline.workbooks.workbook import Workbook
from schemas.form_layout import NOT_LISTED_TEXT
from schemas.survey import Survey, YearDeclarations
from tests.support.office import saved_as

FORMATS = ["xls", "ods"]
each_format = pytest.mark.parametrize("suffix", FORMATS)


def book_bytes(book: openpyxl.Workbook) -> bytes:
    buffer = BytesIO()
    book.save(buffer)
    return buffer.getvalue()


@pytest.fixture(scope="module")
def content() -> bytes:
    """A workbook with everything that a fast reader hides."""
    book = openpyxl.Workbook()
    sheet: Any = book.active
    sheet.title = "回答"
    values = {
        "B2": "あ", "B3": 3, "B4": 2.5, "B5": date(2024, 4, 1), "B7": "=1=1", "B8": "=NA()", "B9": "=1/0",
        "B10": "=SUM(B3:B4)", "B11": '=""', "B12": "取消", "B14": " ａ ｂ\n二行目", "B17": 45383, "B18": "注", "B20": "隠",
        "B21": "髙﨑①㈱🏠", "C2": "結合", "D30": "遠く",
    }  # fmt: skip
    for address, value in values.items():
        sheet[address] = value
    sheet["B12"].font = Font(strike=True)
    sheet["B13"] = CellRichText("前", TextBlock(InlineFont(strike=True), "消"), "後")
    sheet["B15"] = CellRichText("5", TextBlock(InlineFont(vertAlign="superscript"), "2"))
    sheet["B14"].alignment = Alignment(wrap_text=True)
    sheet["B17"].number_format = '[$-411]ggge"年"m"月"d"日"'
    sheet["B18"].comment = Comment("去年と\n同じです", "担当")
    sheet.merge_cells("C2:C4")
    sheet.row_dimensions[20].hidden = True
    sheet.column_dimensions["F"].hidden = True
    hidden = book.create_sheet("隠れ")
    hidden.sheet_state, hidden["A1"] = "hidden", 1
    return book_bytes(book)


@each_format
def test_cells_are_read_with_their_kinds_and_places(content: bytes, suffix: str) -> None:
    book = open_workbook(saved_as(content, suffix))
    found = {address: (book.at("回答", address).kind, book.at("回答", address).text) for address in (
        "A1", "B2", "B3", "B4", "B5", "B10", "B14", "B17", "B21", "C2", "C3", "D30",
    )}  # fmt: skip
    assert found == {
        "A1": ("blank", ""), "B2": ("text", "あ"), "B3": ("number", "3"), "B4": ("number", "2.5"),
        "B5": ("date", "2024-04-01"), "B10": ("number", "5.5"), "B14": ("text", " ａ ｂ\n二行目"), "B17": ("date", "2024-04-01"),
        "B21": ("text", "髙﨑①㈱🏠"), "C2": ("text", "結合"), "C3": ("blank", ""), "D30": ("text", "遠く"),
    }  # fmt: skip
    assert list(book.sheets) == ["回答", "隠れ"]
    assert (book.format, list(book.notes)) == (suffix, [])


@each_format
def test_an_error_or_a_formula_without_a_value_is_never_a_blank(content: bytes, suffix: str) -> None:
    book = open_workbook(saved_as(content, suffix))
    assert [(book.at("回答", place).kind, book.at("回答", place).text) for place in ("B8", "B9")] == [
        ("error", "#N/A"),
        ("error", "#DIV/0!"),
    ]
    assert book.at("回答", "B11").kind == "uncached_formula"


@each_format
def test_letters_struck_out_or_raised_are_no_answer(content: bytes, suffix: str) -> None:
    book = open_workbook(saved_as(content, suffix))
    assert [book.at("回答", place).kind for place in ("B12", "B13", "B15", "B2")] == [
        "struck",
        "struck",
        "struck",
        "text",
    ]
    assert book.at("回答", "B13").text == "前消後"


@each_format
def test_merged_areas_comments_formulas_and_what_is_hidden_are_told(content: bytes, suffix: str) -> None:
    book = open_workbook(saved_as(content, suffix))
    assert book.merges == {"回答": ["C2:C4"], "隠れ": []}
    told = {(remark.sheet, remark.where): remark.text for remark in book.remarks}
    formulas = {where for _, where in told if where.endswith("の数式")}
    assert formulas >= {"B7の数式", "B10の数式"}
    assert {key: text for key, text in told.items() if key[1] not in formulas} == {
        ("回答", "B18のコメント"): "去年と 同じです", ("回答", "20行"): "非表示", ("回答", "F列"): "非表示",
        ("隠れ", "シート全体"): "非表示",
    }  # fmt: skip
    if suffix == "ods":
        assert told["回答", "B10の数式"] == "=SUM([.B3:.B4])"


@each_format
def test_days_are_the_same_when_a_workbook_counts_them_from_1904(suffix: str) -> None:
    book = openpyxl.Workbook()
    book.epoch = CALENDAR_MAC_1904
    sheet: Any = book.active
    sheet["A1"] = date(2024, 9, 30)
    read = open_workbook(saved_as(book_bytes(book), suffix))
    assert (read.at("Sheet", "A1").kind, read.at("Sheet", "A1").value) == ("date", date(2024, 9, 30))


@pytest.fixture(scope="module")
def declarations() -> YearDeclarations:
    return Survey(PROJECT_ROOT).load_year(2024)


@pytest.fixture(scope="module")
def form(declarations: YearDeclarations) -> bytes:
    """The whole form of 2024 with something in every answer cell, written by different hands."""
    by_type: dict[str, list[Any]] = {
        "count": [3, "１２", " 7 ", 0], "date": [date(2023, 4, 1), "令和6年4月1日", "R6.4.1"], "text": ["その他の文", "改行\nした文"],
    }  # fmt: skip
    fill: dict[Any, Any] = {}
    for number, slot in enumerate(declarations.layout.slots):
        question = declarations.questionnaire.questions[slot.question_id]
        if slot.choice is not None:
            if question.is_multiple or slot.choice == question.options[0].code:
                fill[slot] = "○◯〇"[number % 3]
        elif question.type == "single":
            fill[slot] = question.options[number % len(question.options)].label.ja
        elif question.type == "register":
            fill[slot] = NOT_LISTED_TEXT
        else:
            values = by_type[question.type]
            fill[slot] = values[number % len(values)]
    return write_form(declarations, declarations.municipalities[0], fill=fill, is_synthetic=True)


def answers_of(workbook: Workbook, declarations: YearDeclarations) -> list[tuple[Any, ...]]:
    code = declarations.municipalities[0].code
    return [
        (a.question.id, a.row_no, a.option_code, a.status, a.problem, a.value, a.entity_id)
        for a in form_reader(declarations).read(workbook, code).answers
    ]


@each_format
def test_every_answer_of_a_whole_form_is_read_as_from_the_xlsx(
    declarations: YearDeclarations, form: bytes, suffix: str
) -> None:
    sent, saved = open_workbook(form), open_workbook(saved_as(form, suffix))
    expected = answers_of(sent, declarations)
    assert len(expected) > 300
    assert {status for _, _, _, status, *_ in expected} >= {"answered"}
    assert answers_of(saved, declarations) == expected
    assert Recogniser(declarations).identify(saved) == Identity(declarations.municipalities[0].code, is_synthetic=True)
