"""A return whose rows, columns or sheets were moved reads as the same return as it was sent out, or not at all."""

from __future__ import annotations

import json
from typing import Any

import openpyxl
import polars as pl
import pytest

from pipeline.home import Home
from pipeline.tables import load
from schemas.survey import YearDeclarations
from tests.conftest import SECOND_YEAR as YEAR
from tests.support.judging import judge_returns
from tests.support.moved import Change, filled_form

ANSWERS = ["question_id", "row_no", "option_code", "status", "problem", "value_code", "value_number", "value_text"]


def renamed(book: openpyxl.Workbook) -> None:
    book["計画"].title = "計画（回答）"


def turned(book: openpyxl.Workbook) -> None:
    book.move_sheet("計画", len(book.sheetnames))


def much(book: openpyxl.Workbook) -> None:
    for sheet in ("計画", "広域連携"):
        book[sheet].insert_rows(1, 2)
        book[sheet].insert_cols(2)
    book["計画"].title = "シート１"


def sent(
    home: Home, declarations: YearDeclarations, change: Change = lambda _: None
) -> tuple[list[dict[str, Any]], list[tuple[Any, ...]]]:
    """The findings about a filled form that was changed, and its answers."""
    folder = home.inbox(YEAR)
    folder.mkdir(parents=True, exist_ok=True)
    filled_form(declarations, declarations.municipalities[0], change).save(folder / "回答.xlsx")
    findings, _ = judge_returns(home, declarations)
    return findings, load(home, YEAR, "answers").select(ANSWERS).rows()


@pytest.fixture
def as_sent(tmp_path_factory: pytest.TempPathFactory, second_declarations: YearDeclarations) -> list[tuple[Any, ...]]:
    findings, answers = sent(Home(tmp_path_factory.mktemp("as_sent")), second_declarations)
    assert not [row for row in findings if row["rule_id"].startswith("form.")]
    assert {row[3] for row in answers} >= {"answered", "not_chosen"}
    return answers


@pytest.mark.parametrize(
    ("change", "sheets"),
    [
        (lambda book: book["計画"].insert_rows(1, 3), ["計画"]),
        (lambda book: book["計画"].insert_cols(1), ["計画"]),
        (lambda book: book["計画"].insert_cols(3), ["計画"]),
        (lambda book: book["広域連携"].insert_rows(8), ["広域連携"]),
        (lambda book: book["広域連携"].insert_cols(3, 2), ["広域連携"]),
        (renamed, ["計画"]),
        (much, ["広域連携", "計画"]),
        (turned, []),
    ],
    ids=["rows", "first column", "column", "row of a table", "columns of a table", "name", "all at once", "order of sheets"],
)  # fmt: skip
def test_what_was_moved_is_read_as_it_was_answered(
    home: Home, second_declarations: YearDeclarations, as_sent: list[tuple[Any, ...]], change: Change, sheets: list[str]
) -> None:
    findings, answers = sent(home, second_declarations, change)
    assert answers == as_sent
    told = [row for row in findings if row["rule_id"].startswith(("form.", "return.sheets"))]
    assert [(row["rule_id"], row["severity"]) for row in told] == [("form.moved", "warning")] * len(sheets)
    assert sorted(row["finding_id"].rpartition(":")[2] for row in told) == sorted(sheets)


def test_the_cells_of_a_moved_answer_are_those_of_the_file(
    home: Home, second_declarations: YearDeclarations, as_sent: list[tuple[Any, ...]]
) -> None:
    sent(home, second_declarations, lambda book: book["計画"].insert_rows(1, 3))
    slot = next(s for s in second_declarations.layout.slots if s.question_id == "plan_count")
    answers = load(home, YEAR, "answers").filter(pl.col("question_id") == "plan_count")
    cells = load(home, YEAR, "answer_cells").filter(pl.col("answer_id") == answers["answer_id"][0])["cell_id"].to_list()
    assert [cell.rpartition("!")[2] for cell in cells] == [f"C{slot.row + 3}"]
    (cell,) = load(home, YEAR, "cells").filter(pl.col("cell_id") == cells[0]).to_dicts()
    assert cell["is_declared"]
    assert cell["text"] == str(int(answers["value_number"][0]))


def test_what_is_written_in_an_inserted_row_is_told_and_in_no_answer(
    home: Home, second_declarations: YearDeclarations, as_sent: list[tuple[Any, ...]]
) -> None:
    def change(book: openpyxl.Workbook) -> None:
        book["計画"].insert_rows(8)
        book["計画"]["B8"].value = "問い合わせ先は福祉課です"

    findings, answers = sent(home, second_declarations, change)
    assert answers == as_sent
    (outside,) = [row for row in findings if row["rule_id"] == "form.outside"]
    assert "B8「問い合わせ先は福祉課です」" in outside["message"]


def test_a_sheet_on_which_an_answers_place_is_not_certain_is_not_read(
    home: Home, second_declarations: YearDeclarations, as_sent: list[tuple[Any, ...]]
) -> None:
    gone = next(slot.row for slot in second_declarations.layout.slots if slot.sheet == "計画")
    findings, answers = sent(home, second_declarations, lambda book: book["計画"].delete_rows(gone))
    on_sheet = {slot.question_id for slot in second_declarations.layout.slots if slot.sheet == "計画"}
    assert {row[3] for row in answers if row[0] in on_sheet} <= {"missing", "not_asked"}
    assert [row for row in answers if row[0] not in on_sheet] == [row for row in as_sent if row[0] not in on_sheet]
    (altered,) = [row for row in findings if row["rule_id"] == "form.altered"]
    (unread,) = [row for row in findings if row["rule_id"] == "return.sheets"]
    assert (altered["severity"], unread["severity"]) == ("error", "error")
    assert "どの設問のものか確かめられない" in unread["message"]
    assert json.loads(unread["follows_from"]) == [altered["finding_id"]]
    others = [row for row in findings if row["question_id"] in on_sheet]
    assert {row["verdict"] for row in others} <= {"unverifiable"}
