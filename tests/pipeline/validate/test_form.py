"""A returned form beside the blank one: what has moved is an error, what stands outside the answers is told."""

from __future__ import annotations

from collections.abc import Callable
from io import BytesIO
from typing import Any

import openpyxl
import polars as pl
import pytest
from openpyxl.comments import Comment

from pipeline.forms.blank import blank_form
from pipeline.forms.previous import PreviousAnswers
from pipeline.forms.write import write_form
from pipeline.home import Home
from pipeline.read.columns import cell_id
from pipeline.tables import frame, load, save
from schemas.form_layout import COVER_SHEET, ticks
from schemas.survey import YearDeclarations
from tests.support.judging import judge_returns

Change = Callable[[openpyxl.Workbook], None]


PREVIOUS = {("plan_count", 1, None): "12"}


def judged(
    home: Home,
    declarations: YearDeclarations,
    change: Change,
    *,
    which: int = 0,
    previous: PreviousAnswers | None = PREVIOUS,
) -> list[dict[str, Any]]:
    """What the form's rules find in one municipality's own form, opened, changed and saved by another program."""
    municipality = declarations.municipalities[which]
    book = openpyxl.load_workbook(BytesIO(write_form(declarations, municipality, previous=previous)))
    change(book)
    folder = home.inbox(declarations.year)
    folder.mkdir(parents=True)
    book.save(folder / "回答.xlsx")
    findings, outcomes = judge_returns(home, declarations)
    assert sum(outcomes["form.altered"][f"{word}_count"] for word in ("pass", "fail")) >= 2
    return [row for row in findings if row["rule_id"].startswith("form.")]


def nothing(book: openpyxl.Workbook) -> None:
    del book


def test_a_form_saved_by_another_program_passes_with_last_years_answers_in_it(
    home: Home, second_declarations: YearDeclarations
) -> None:
    assert judged(home, second_declarations, nothing, which=3) == []


@pytest.mark.parametrize("sheet", ["計画", "広域連携"])
def test_an_inserted_row_is_followed_and_told_with_sheet_and_cells(
    home: Home, second_declarations: YearDeclarations, sheet: str
) -> None:
    (moved,) = judged(home, second_declarations, lambda book: book[sheet].insert_rows(5))
    assert (moved["rule_id"], moved["severity"], moved["verdict"]) == ("form.moved", "warning", "fail")
    assert f"シート「{sheet}」" in moved["message"]
    assert f"!{sheet}!" in moved["cells"]


def test_a_row_inserted_before_the_last_of_a_table_has_moved_that_row(
    home: Home, second_declarations: YearDeclarations
) -> None:
    table = next(block.table for block in second_declarations.layout.blocks if block.table)
    last = table.rows[-1][0].row
    findings = judged(home, second_declarations, lambda book: book[table.sheet].insert_rows(last))
    ((rule, severity, message),) = [(row["rule_id"], row["severity"], row["message"]) for row in findings]
    assert (rule, severity) == ("form.moved", "warning")
    assert f"（A{last + 1}「{len(table.rows)}」）" in message


def test_a_row_that_is_gone_is_an_error_that_names_sheet_and_cells(
    home: Home, second_declarations: YearDeclarations
) -> None:
    row = next(slot.row for slot in second_declarations.layout.slots if slot.sheet == "計画")
    findings = judged(home, second_declarations, lambda book: book["計画"].delete_rows(row))
    altered = [row for row in findings if row["rule_id"] == "form.altered"]
    assert [(row["severity"], row["verdict"]) for row in altered] == [("error", "fail")]
    assert "シート「計画」" in altered[0]["message"]
    assert "!計画!" in altered[0]["cells"]


def test_a_number_beside_a_table_that_is_whole_has_not_moved(home: Home, second_declarations: YearDeclarations) -> None:
    table = next(block.table for block in second_declarations.layout.blocks if block.table)

    def note(book: openpyxl.Workbook) -> None:
        book[table.sheet].cell(table.rows[-1][0].row + 3, 1).value = len(table.rows)

    findings = judged(home, second_declarations, note)
    assert [(row["rule_id"], row["severity"]) for row in findings] == [("form.outside", "warning")]


@pytest.mark.parametrize(
    ("name", "told"),
    [
        ("comment", "のコメント「訂正： 正しくは99件です」"),
        ("row", "6行「非表示」"),
        ("column", "C列「非表示」"),
        ("sheet", "シート全体「非表示」"),
        ("nothing", None),
    ],
)
def test_comments_and_what_is_hidden_are_told(
    home: Home, second_declarations: YearDeclarations, name: str, told: str | None
) -> None:
    def change(book: openpyxl.Workbook) -> None:
        sheet = book["計画"]
        if name == "comment":
            sheet[second_declarations.layout.slots[0].address].comment = Comment("訂正：\n正しくは99件です", "担当")
        elif name == "row":
            sheet.row_dimensions[6].hidden = True
        elif name == "column":
            sheet.column_dimensions["C"].hidden = True
        elif name == "sheet":
            sheet.sheet_state = "hidden"

    findings = judged(home, second_declarations, change)
    assert [(row["rule_id"], row["severity"]) for row in findings] == ([("form.remarks", "warning")] if told else [])
    for row in findings:
        assert told
        assert told in row["message"]
        assert "「計画」" in row["message"]


def test_a_text_whose_spaces_and_widths_differ_has_not_moved(home: Home, second_declarations: YearDeclarations) -> None:
    place = next(place for place, text in blank_form(second_declarations).fixed.items() if "計画" in text)

    def respace(book: openpyxl.Workbook) -> None:
        cell = book[place[0]][place[1]]
        cell.value = f"　{cell.value} \n"

    assert judged(home, second_declarations, respace) == []


def test_a_remark_outside_the_answer_cells_is_told_and_blocks_nothing(
    home: Home, second_declarations: YearDeclarations
) -> None:
    def remark(book: openpyxl.Workbook) -> None:
        book["計画"]["Z40"] = "実は作成中です"
        book["広域連携"]["B60"] = "三つ目の連携"
        book.create_sheet("備考")["A1"] = "別紙"

    findings = judged(home, second_declarations, remark)
    assert {(row["rule_id"], row["severity"]) for row in findings} == {("form.outside", "warning")}
    messages = " ".join(row["message"] for row in findings)
    assert "Z40「実は作成中です」" in messages
    assert "B60「三つ目の連携」" in messages
    assert "シート「備考」" in messages


@pytest.mark.parametrize("left", [None, " ", "　"])
def test_a_text_that_was_deleted_is_told(home: Home, second_declarations: YearDeclarations, left: str | None) -> None:
    place = next(place for place, text in blank_form(second_declarations).fixed.items() if "作成済みの計画数" in text)

    def wipe(book: openpyxl.Workbook) -> None:
        book[place[0]][place[1]].value = left

    (finding,) = judged(home, second_declarations, wipe)
    assert (finding["rule_id"], finding["severity"]) == ("form.wiped", "warning")
    assert f"{place[1]}「" in finding["message"]
    (return_id,) = load(home, second_declarations.year, "returns")["return_id"]
    assert cell_id(return_id, *place) in finding["cells"]


def test_blanks_typed_outside_the_answer_cells_are_nothing(home: Home, second_declarations: YearDeclarations) -> None:
    def clear(book: openpyxl.Workbook) -> None:
        for row in range(40, 90):
            book["計画"].cell(row, 9).value = "　"

    assert judged(home, second_declarations, clear) == []


def test_a_form_without_its_texts_has_nothing_that_moved(home: Home, second_declarations: YearDeclarations) -> None:
    def wipe(book: openpyxl.Workbook) -> None:
        for row in book["計画"].iter_rows():
            for cell in row:
                if not isinstance(cell, openpyxl.cell.MergedCell):
                    cell.value = None

    assert judged(home, second_declarations, wipe) == []


@pytest.mark.parametrize(
    ("address", "text", "is_doubted"),
    [
        ("C6", "332020", True), ("A5", "岡山県倉敷市　御中", True), ("A5", " 岡山県岡山市 御中", False), ("C6", "331007", False),
        ("C6", None, False), ("C6", "33100", False), ("C6", 331007, False), ("C6", "３３２０２", True),
        ("A5", "岡山市長　様", False), ("A5", "市長　様", True),
    ],
)  # fmt: skip
def test_a_cover_that_names_another_municipality_is_doubted(
    home: Home, second_declarations: YearDeclarations, address: str, text: str | int | None, *, is_doubted: bool
) -> None:
    def readdress(book: openpyxl.Workbook) -> None:
        book[COVER_SHEET][address] = text

    findings = [r for r in judged(home, second_declarations, readdress) if r["rule_id"] == "form.addressee"]
    assert [row["severity"] for row in findings] == ["warning"] * is_doubted
    if is_doubted:
        assert f"「{text}」" in findings[0]["message"]
        assert findings[0]["cells"].endswith(f'{COVER_SHEET}!{address}"]')


@pytest.mark.parametrize(
    ("text", "is_doubted"),
    [("岡山県倉敷市（332020）　／　計画", True), ("岡山県岡山市（331007）　／　計画", False), ("計画", False)],
)
def test_a_sheet_that_is_headed_with_another_municipality_is_doubted(
    home: Home, second_declarations: YearDeclarations, text: str, *, is_doubted: bool
) -> None:
    def readdress(book: openpyxl.Workbook) -> None:
        book["計画"]["A2"] = text

    findings = [r for r in judged(home, second_declarations, readdress) if r["rule_id"] == "form.addressee"]
    assert len(findings) == is_doubted
    for finding in findings:
        assert "シート「計画」A2に「岡山県倉敷市（332020）" in finding["message"]
        assert "（倉敷市）とありますが、配布した調査票は岡山市のもの" in finding["message"]


@pytest.mark.parametrize(
    ("last_year", "marked", "is_told"),
    [
        (["first", "second"], ["first", "second"], False),
        (["first"], ["first", "second"], True),
        (["first"], [], False),
        ([], ["first", "second"], False),
    ],
    ids=["as issued", "one more", "wiped", "nothing known of last year"],
)
def test_a_tick_in_the_column_of_last_years_answers_is_told_where_it_was_not_chosen(
    home: Home, second_declarations: YearDeclarations, last_year: list[str], marked: list[str], *, is_told: bool
) -> None:
    placed = next(q for b in second_declarations.layout.blocks for q in b.questions if ticks(q.question))
    slots = dict(zip(["first", "second"], placed.slots, strict=False))
    code = second_declarations.municipalities[0].code
    chosen = [(placed.question.id, slots[which].choice) for which in last_year]
    keep_last_year(home, second_declarations.year - 1, code, chosen)

    def mark(book: openpyxl.Workbook) -> None:
        for which in marked:
            slot = slots[which]
            own = {(slot.question_id, slot.choice)}
            sheet, address = next(
                place for place, options in blank_form(second_declarations).marks.items() if options & own
            )
            book[sheet][address].value = "○"

    findings = judged(home, second_declarations, mark)
    assert [(row["rule_id"], row["severity"]) for row in findings] == (
        [("form.previous", "warning")] if is_told else []
    )
    for row in findings:
        assert f"{slots['second'].row}「○」" in row["message"]


def marked(book: openpyxl.Workbook, declarations: YearDeclarations, text: str) -> None:
    """Write into the first place of last year's ○."""
    sheet, address = next(iter(blank_form(declarations).marks))
    book[sheet][address].value = text


def test_a_mark_of_another_shape_was_made_by_hand(home: Home, second_declarations: YearDeclarations) -> None:
    code = second_declarations.municipalities[0].code
    options = next(iter(blank_form(second_declarations).marks.values()))
    keep_last_year(home, second_declarations.year - 1, code, list(options))
    findings = judged(home, second_declarations, lambda book: marked(book, second_declarations, "レ"))
    assert [row["rule_id"] for row in findings] == ["form.previous"]


def test_all_that_was_answered_last_year_may_stand_there(home: Home, second_declarations: YearDeclarations) -> None:
    slots = second_declarations.layout.slots
    previous = {(slot.question_id, slot.row_no, slot.choice): "○" for slot in slots}
    chosen = [(slot.question_id, slot.choice) for slot in slots]
    keep_last_year(home, second_declarations.year - 1, second_declarations.municipalities[0].code, chosen)
    assert judged(home, second_declarations, nothing, previous=previous) == []


def test_a_form_that_was_sent_without_last_years_answers_has_no_place_for_them(
    home: Home, second_declarations: YearDeclarations
) -> None:
    findings = judged(home, second_declarations, lambda book: marked(book, second_declarations, "○"), previous=None)
    assert [(row["rule_id"], row["severity"]) for row in findings] == [("form.outside", "warning")]


def keep_last_year(home: Home, year: int, code: str, chosen: list[tuple[str, str | None]]) -> None:
    """Keep the options that a municipality chose in a year, as the read stage does."""
    rows = [
        {"year": year, "municipality_code": code, "question_id": question, "value_code": choice, "status": "answered"}
        for question, choice in chosen
    ]
    blank = frame("answers", [])
    save(home, year, {"answers": pl.concat([blank, pl.DataFrame(rows, blank.schema)])})
