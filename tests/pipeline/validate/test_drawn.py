"""An answer that is drawn and not typed is asked back; what is written beside the cells is kept and told."""

from __future__ import annotations

from collections.abc import Callable
from io import BytesIO
from typing import Any

import openpyxl
import polars as pl
import pytest

from pipeline.forms.write import write_form
from pipeline.home import Home
from pipeline.tables import load
from schemas.form_layout import COVER_SHEET
from schemas.survey import YearDeclarations
from tests.support.judging import judge_returns
from tests.support.moved import filled_form
from tests.support.shapes import draw, put_thread, shape

SHEET = "計画"


def judged(
    home: Home, declarations: YearDeclarations, change: Callable[[bytes], bytes], *, is_filled: bool = True
) -> list[dict[str, Any]]:
    """What is found in the cells of one return after `change`; the other municipalities send nothing."""
    municipality = declarations.municipalities[0]
    content = write_form(declarations, municipality)
    if is_filled:
        buffer = BytesIO()
        filled_form(declarations, municipality).save(buffer)
        content = buffer.getvalue()
    folder = home.inbox(declarations.year)
    folder.mkdir(parents=True)
    (folder / "回答.xlsx").write_bytes(change(content))
    findings, _ = judge_returns(home, declarations)
    return [row for row in findings if row["rule_id"].startswith(("form.", "type."))]


def test_a_form_as_it_was_sent_has_nothing_besides_its_cells(home: Home, second_declarations: YearDeclarations) -> None:
    judged(home, second_declarations, lambda content: content, is_filled=False)
    cells = load(home, second_declarations.year, "cells")
    assert cells.filter(pl.col("kind") == "remark").is_empty()


@pytest.mark.parametrize("is_filled", [True, False])
def test_a_circle_drawn_over_an_answer_cell_is_no_blank_and_no_answer(
    home: Home, second_declarations: YearDeclarations, is_filled: bool
) -> None:
    slot = next(slot for slot in second_declarations.layout.slots if slot.question_id == "plan_state")
    findings = judged(
        home, second_declarations, lambda content: draw(content, SHEET, shape(slot.address)), is_filled=is_filled
    )
    (finding,) = [row for row in findings if row["rule_id"] == "type.plan_state"]
    assert finding["severity"] == "error"
    assert "図形を消し" in finding["message"]
    assert slot.address in finding["cells"]
    (remark,) = [row for row in findings if row["rule_id"] == "form.remarks"]
    assert f"{slot.address}付近の図形" in remark["message"]
    cells = load(home, second_declarations.year, "cells").filter(sheet=SHEET, address=slot.address, is_declared=True)
    assert cells["kind"].to_list() == ["drawn"]


def test_a_circle_beside_the_answer_cells_is_told_with_the_cells_that_it_covers(
    home: Home, second_declarations: YearDeclarations
) -> None:
    slot = next(slot for slot in second_declarations.layout.slots if slot.question_id == "plan_state")
    findings = judged(home, second_declarations, lambda content: draw(content, SHEET, shape(f"B{slot.row}")))
    assert [row["rule_id"] for row in findings] == ["form.remarks"]
    assert f"B{slot.row}付近の図形" in findings[0]["message"]


def test_a_text_box_and_a_thread_of_comments_are_told_also_on_the_cover(
    home: Home, second_declarations: YearDeclarations
) -> None:
    def change(content: bytes) -> bytes:
        boxed = draw(content, COVER_SHEET, shape("D20", text="12月に訂正を送ります", is_box=True))
        return put_thread(boxed, SHEET, "C6", "数は見込みです")

    findings = judged(home, second_declarations, change)
    told = " ".join(row["message"] for row in findings if row["rule_id"] == "form.remarks")
    assert "D20付近のテキストボックス「12月に訂正を送ります」" in told
    assert "C6のコメント「数は見込みです」" in told
    assert {row["severity"] for row in findings} == {"warning"}


def test_words_typed_into_the_foot_of_pages_are_told_and_the_forms_own_are_not(
    home: Home, second_declarations: YearDeclarations
) -> None:
    def change(content: bytes) -> bytes:
        book = openpyxl.load_workbook(BytesIO(content))
        book[SHEET].oddFooter.center.text = "数値は暫定"
        buffer = BytesIO()
        book.save(buffer)
        return buffer.getvalue()

    (finding,) = judged(home, second_declarations, change)
    assert finding["rule_id"] == "form.remarks"
    assert "ページのフッター「" in finding["message"]
    assert "数値は暫定" in finding["message"]
    assert finding["message"].startswith(f"シート「{SHEET}」")
