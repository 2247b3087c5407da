"""Looks that change what a text means: letters struck out or raised, and answer cells that were merged."""

from __future__ import annotations

from io import BytesIO

import openpyxl
import pytest
import xlsxwriter
from openpyxl.cell.rich_text import CellRichText, TextBlock
from openpyxl.cell.text import InlineFont
from openpyxl.styles import Font

from pipeline.collect.collect import collect
from pipeline.home import Home
from pipeline.read.read import read_returns
from pipeline.workbooks.opening import open_workbook
from schemas.survey import YearDeclarations
from tests.support.judging import judge_returns, put_returns
from tests.support.workbooks import evacuation_answers, write_workbook

CODE = "332020"


def rich(*, strike: bool = False, raised: bool = False) -> bytes:
    """A workbook whose B2 has a plain letter and one with a font of its own."""
    buffer = BytesIO()
    with xlsxwriter.Workbook(buffer) as book:
        sheet = book.add_worksheet("s")
        font = book.add_format({"font_strikeout": strike, "font_script": 1 if raised else 0, "bold": True})
        sheet.write_rich_string("B2", font, "5", book.add_format(), "3")
        sheet.write("B3", "plain")
    return buffer.getvalue()


@pytest.mark.parametrize("looks", ["strike", "raised"])
def test_a_letter_that_is_struck_out_or_raised_is_told_with_the_text_as_it_stands(looks: str) -> None:
    book = open_workbook(rich(strike=looks == "strike", raised=looks == "raised"))
    cell = book.at("s", "B2")
    assert (cell.kind, cell.text, cell.value) == ("struck", "53", None)
    assert book.at("s", "B3").kind == "text"


def test_another_font_alone_changes_nothing() -> None:
    assert open_workbook(rich()).at("s", "B2").kind == "text"


def test_a_cell_whose_font_is_struck_out_is_told() -> None:
    book = openpyxl.Workbook()
    book.active["A1"], book.active["A2"] = 12, 13
    book.active["A1"].font = Font(strike=True)
    book.active["A2"].font = Font(strike=False, bold=True)
    book.active["A3"].font = Font(strike=True)
    buffer = BytesIO()
    book.save(buffer)
    read = open_workbook(buffer.getvalue())
    assert [read.at("Sheet", address).kind for address in ("A1", "A2", "A3")] == ["struck", "number", "blank"]


def test_a_struck_run_in_an_inline_text_is_told() -> None:
    book = openpyxl.Workbook()
    book.active["A1"] = CellRichText(TextBlock(InlineFont(strike=True), "5"), "3")
    buffer = BytesIO()
    book.save(buffer)
    assert open_workbook(buffer.getvalue()).at("Sheet", "A1").kind == "struck"


def sent(home: Home, declarations: YearDeclarations, change: object) -> None:
    """Returns of all, of which one was changed by hand in its workbook."""
    put_returns(home, declarations, {}, without=(CODE,))
    municipality = next(m for m in declarations.municipalities if m.code == CODE)
    book = openpyxl.load_workbook(
        BytesIO(write_workbook(declarations, CODE, evacuation_answers(declarations, municipality)))
    )
    assert callable(change)
    change(book)
    book.save(home.inbox(declarations.year) / f"{CODE}.xlsx")


def test_merged_answer_cells_are_unreadable_and_named(home: Home, second_declarations: YearDeclarations) -> None:
    ticks = [slot for slot in second_declarations.layout.slots if slot.question_id == "measure"]
    first, last = ticks[0], ticks[1]

    def change(book: openpyxl.Workbook) -> None:
        book[first.sheet][first.address] = "○"
        book[first.sheet].merge_cells(f"{first.address}:{last.address}")

    sent(home, second_declarations, change)
    findings, _ = judge_returns(home, second_declarations)
    (finding,) = [row for row in findings if row["rule_id"] == "type.measure"]
    assert finding["municipality_code"] == CODE
    assert "結合を解除し" in finding["message"]
    assert f"!{first.address}" in finding["cells"]
    assert f"!{last.address}" in finding["cells"]


def test_an_answer_cell_merged_with_cells_that_ask_nothing_is_read(
    home: Home, second_declarations: YearDeclarations
) -> None:
    slot = next(slot for slot in second_declarations.layout.slots if slot.question_id == "plan_count")
    sent(
        home,
        second_declarations,
        lambda book: book[slot.sheet].merge_cells(f"{slot.address}:{slot.address[0]}{slot.row}"),
    )
    collect(home, second_declarations)
    answers = read_returns(home, second_declarations)["answers"]
    row = answers.filter(municipality_code=CODE, question_id="plan_count").row(0, named=True)
    assert (row["status"], row["value_number"]) == ("answered", 12)


def test_a_struck_answer_is_asked_back(home: Home, second_declarations: YearDeclarations) -> None:
    slot = next(slot for slot in second_declarations.layout.slots if slot.question_id == "plan_count")

    def change(book: openpyxl.Workbook) -> None:
        book[slot.sheet][slot.address].font = Font(strike=True)

    sent(home, second_declarations, change)
    findings, _ = judge_returns(home, second_declarations)
    (finding,) = [row for row in findings if row["rule_id"] == "type.plan_count"]
    assert "取り消し線" in finding["message"]
