"""One file with many municipalities: each row is a return of its own, read where it stands; what is unclear stops no other row."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import Any

import openpyxl
import polars as pl
import pytest
from openpyxl.comments import Comment
from openpyxl.styles import Font

from pipeline.collect.collect import collect, uncollected
from pipeline.collect.ledger import Receipt, current_returns, read_ledger
from pipeline.forms.issue import issue_table
from pipeline.home import Home
from pipeline.read.read import read_returns
from pipeline.tables import load, save
from pipeline.validate.validate import validate_returns
from schemas.answer_table import TABLE_SHEET
from schemas.corrections import Correction
from schemas.survey import YearDeclarations
from tests.conftest import SECOND_YEAR
from tests.support.answer_tables import Lines, as_csv, as_workbook, filled_lines, saved

OKAYAMA, KURASHIKI, TSUYAMA = "331007", "332020", "332038"
OWN = ["return_id"]


def put(home: Home, name: str, content: bytes) -> None:
    path = home.inbox(SECOND_YEAR) / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)


def receipts_of(home: Home, declarations: YearDeclarations, name: str, content: bytes) -> list[Receipt]:
    put(home, name, content)
    return collect(home, declarations)


def answers_of(home: Home, declarations: YearDeclarations) -> pl.DataFrame:
    return read_returns(home, declarations)["answers"].drop(OWN).sort("answer_id")


def column_of(lines: Lines, head: str) -> int:
    return lines[0].index(head)


@pytest.mark.parametrize("coding", ["utf-8-sig", "utf-16", "cp932"])
def test_a_table_gives_the_same_answers_as_the_forms(
    home: Home, finished_home: Home, second_declarations: YearDeclarations, coding: str
) -> None:
    receipts = receipts_of(home, second_declarations, "回答.csv", as_csv(filled_lines(second_declarations), coding))
    assert [receipt.event for receipt in receipts] == ["unpacked"] + ["accepted"] * len(
        second_declarations.municipalities
    )
    assert answers_of(home, second_declarations).equals(
        load(finished_home, SECOND_YEAR, "answers").drop(OWN).sort("answer_id")
    )
    assert uncollected(home, SECOND_YEAR) == []


def test_a_workbook_with_a_table_gives_the_same_answers(
    home: Home, finished_home: Home, second_declarations: YearDeclarations
) -> None:
    content = saved(as_workbook(filled_lines(second_declarations), "Sheet1"))
    receipts_of(home, second_declarations, "まとめ.xlsx", content)
    assert answers_of(home, second_declarations).equals(
        load(finished_home, SECOND_YEAR, "answers").drop(OWN).sort("answer_id")
    )


def test_an_answer_is_told_with_the_cell_of_the_table_and_of_the_form(
    home: Home, second_declarations: YearDeclarations
) -> None:
    lines = filled_lines(second_declarations)
    receipts_of(home, second_declarations, "回答.csv", as_csv(lines))
    row = next(number for number, line in enumerate(lines, start=1) if line[0] == OKAYAMA)
    place = openpyxl.utils.get_column_letter(column_of(lines, "plan_count") + 1)
    slot = next(slot for slot in second_declarations.layout.slots if slot.question_id == "plan_count")
    tables = read_returns(home, second_declarations)
    own = tables["cells"].filter((pl.col("municipality_code") == OKAYAMA) & (pl.col("form_address") == slot.address))
    columns = ["sheet", "address", "form_sheet", "form_address", "is_declared"]
    assert own.select(columns).rows() == [(TABLE_SHEET, f"{place}{row}", slot.sheet, slot.address, True)]
    assert tables["returns"].filter(pl.col("municipality_code") == OKAYAMA)["file_name"].to_list() == [
        f"回答.csv/{row}行目"
    ]


def test_sent_again_only_what_changed_replaces(home: Home, second_declarations: YearDeclarations) -> None:
    lines = filled_lines(second_declarations)
    receipts_of(home, second_declarations, "回答.csv", as_csv(lines))
    row = next(line for line in lines if line[0] == OKAYAMA)
    row[column_of(lines, "plan_count")] = 99
    again = receipts_of(home, second_declarations, "回答2.csv", as_csv(lines))
    accepted = [receipt for receipt in again if receipt.event == "accepted"]
    assert [receipt.municipality_code for receipt in accepted] == [OKAYAMA]
    assert accepted[0].supersedes
    assert {receipt.reason for receipt in again if receipt.event == "duplicate"} == {"same-bytes"}
    answers = answers_of(home, second_declarations)
    wanted = (pl.col("municipality_code") == OKAYAMA) & (pl.col("question_id") == "plan_count")
    assert answers.filter(wanted)["value_number"].to_list() == [99]


def test_rows_without_an_answer_have_not_answered(home: Home, second_declarations: YearDeclarations) -> None:
    receipts = receipts_of(
        home, second_declarations, "回答.csv", as_csv(filled_lines(second_declarations, [OKAYAMA, TSUYAMA]))
    )
    assert [receipt.municipality_code for receipt in receipts if receipt.event == "accepted"] == [OKAYAMA, TSUYAMA]


def test_a_table_of_one_row_is_that_municipalitys_return(home: Home, second_declarations: YearDeclarations) -> None:
    lines = filled_lines(second_declarations, [TSUYAMA])
    (receipt,) = receipts_of(home, second_declarations, "津山市.csv", as_csv(lines))
    assert (receipt.event, receipt.municipality_code, receipt.format) == ("accepted", TSUYAMA, "csv")
    assert receipt.evidence == ("「団体コード」の列", "「市町村名」の列")


def test_a_lost_zero_at_the_start_of_a_code_and_other_widths_are_read(
    home: Home, second_declarations: YearDeclarations
) -> None:
    lines = filled_lines(second_declarations, [OKAYAMA])
    lines[2][0], lines[2][1] = "３３１００７", ""
    (receipt,) = receipts_of(home, second_declarations, "回答.csv", as_csv(lines))
    assert (receipt.municipality_code, receipt.evidence) == (OKAYAMA, ("「団体コード」の列",))


def broken(change: Callable[[Lines], None]) -> Callable[[YearDeclarations], bytes]:
    def make(declarations: YearDeclarations) -> bytes:
        lines = filled_lines(declarations, [OKAYAMA, KURASHIKI, TSUYAMA])
        change(lines)
        return as_csv(lines)

    return make


def _set(lines: Lines, code: str, head: str, value: Any) -> None:
    next(line for line in lines if line[0] == code)[column_of(lines, head)] = value


def _again(lines: Lines) -> None:
    lines.append(list(next(line for line in lines if line[0] == KURASHIKI)))


@pytest.mark.parametrize(
    ("change", "reason", "cell", "taken"),
    [
        (lambda lines: _set(lines, KURASHIKI, "市町村名", "津山市"), "code-and-name-differ", "B", 2),
        (lambda lines: _set(lines, KURASHIKI, "様式", "saitama-councils/2025/1"), "wrong-version", "C", 2),
        (lambda lines: _set(lines, KURASHIKI, "様式", lines[2][2].replace("2025", "2024", 1)), "wrong-year", "C", 2),
        (lambda lines: _set(lines, KURASHIKI, "団体コード", "999999"), "unknown-municipality", "A", 2),
        (lambda lines: _set(lines, KURASHIKI, "団体コード", ""), "unknown-municipality", "A", 2),
        (_again, "same-municipality-twice", "A", 2),
    ],
    ids=["name", "form", "year", "code", "no code", "twice"],
)
def test_a_row_that_is_refused_is_named_and_stops_no_other(
    home: Home,
    second_declarations: YearDeclarations,
    change: Callable[[Lines], None],
    reason: str,
    cell: str,
    taken: int,
) -> None:
    receipts = receipts_of(home, second_declarations, "回答.csv", broken(change)(second_declarations))
    rejected = [receipt for receipt in receipts if receipt.event == "rejected"]
    assert {receipt.reason for receipt in rejected} == {reason}
    assert all(str(receipt.cell).startswith(f"{TABLE_SHEET}!{cell}") for receipt in rejected)
    assert len([receipt for receipt in receipts if receipt.event == "accepted"]) == taken


def _rename(lines: Lines) -> None:
    lines[0][column_of(lines, "plan_count")] = "plan_cuont"


def _twice(lines: Lines) -> None:
    lines[0][column_of(lines, "measure.drill")] = "plan_count"


@pytest.mark.parametrize(
    ("content", "reason", "said"),
    [
        (broken(_rename), "unclear-table", "「plan_count」の誤りではないか"),
        (broken(_twice), "unclear-table", "二つあります"),
        (lambda d: as_csv(filled_lines(d, [])), "empty-table", "一つも記入されていません"),
        (lambda _: "防災計画,回数\n策定済,3\n".encode(), "no-table", ".xlsx形式のまま"),
        (lambda d: saved(_two_tables(d)), "unclear-table", "複数"),
    ],
    ids=["unknown column", "column twice", "no answers", "a sheet of the form", "two tables"],
)
def test_a_table_of_which_nobody_can_tell_what_it_says_is_refused(
    home: Home,
    second_declarations: YearDeclarations,
    content: Callable[[YearDeclarations], bytes],
    reason: str,
    said: str,
) -> None:
    (receipt,) = receipts_of(home, second_declarations, "回答", content(second_declarations))
    assert (receipt.event, receipt.reason) == ("rejected", reason)
    assert said in (receipt.message or "")


def _two_tables(declarations: YearDeclarations) -> openpyxl.Workbook:
    book = as_workbook(filled_lines(declarations, [OKAYAMA]))
    book.copy_worksheet(book[TABLE_SHEET])
    return book


def _strike(book: openpyxl.Workbook, place: str) -> None:
    book[TABLE_SHEET][place].font = Font(strike=True)


def _merge(book: openpyxl.Workbook, place: str) -> None:
    book[TABLE_SHEET].merge_cells(f"{place}:{place[:-1]}{int(place[-1]) + 1}")


def _formula(book: openpyxl.Workbook, place: str) -> None:
    book[TABLE_SHEET][place] = "=1+2"


@pytest.mark.parametrize(("change", "refused"), [(_strike, 1), (_merge, 2), (_formula, 1)])
def test_a_row_whose_answer_is_unclear_in_the_workbook_is_refused(
    home: Home, second_declarations: YearDeclarations, change: Callable[[openpyxl.Workbook, str], None], refused: int
) -> None:
    lines = filled_lines(second_declarations)
    book = as_workbook(lines)
    change(book, f"{openpyxl.utils.get_column_letter(column_of(lines, 'plan_state.complete') + 1)}5")
    _fill(book, lines)
    receipts = receipts_of(home, second_declarations, "まとめ.xlsx", saved(book))
    rejected = [receipt for receipt in receipts if receipt.event == "rejected"]
    assert [receipt.reason for receipt in rejected] == ["unclear-row"] * refused
    assert {receipt.municipality_code for receipt in rejected} <= {str(line[0]) for line in lines[4:6]}
    assert len(current_returns(read_ledger(home.ledger), SECOND_YEAR)) == len(lines) - 2 - refused


@pytest.mark.parametrize("codes", [[OKAYAMA], [OKAYAMA, KURASHIKI]], ids=["one row", "rows"])
def test_a_row_whose_code_is_struck_out_is_nobodys(
    home: Home, second_declarations: YearDeclarations, codes: list[str]
) -> None:
    book = as_workbook(filled_lines(second_declarations, codes))
    _strike(book, "A3")
    receipts = receipts_of(home, second_declarations, "まとめ.xlsx", saved(book))
    assert [r.cell for r in receipts if r.reason == "unclear-row"] == [f"{TABLE_SHEET}!A3"]
    assert OKAYAMA not in current_returns(read_ledger(home.ledger), SECOND_YEAR)


def test_letters_that_nobody_sees_stop_no_row(home: Home, second_declarations: YearDeclarations) -> None:
    lines = filled_lines(second_declarations, [OKAYAMA, KURASHIKI])
    lines[2][column_of(lines, "plan_count")] = "12_x000B_"
    lines[2][column_of(lines, "measure_other_text")] = "研修_x0001_"
    receipts = receipts_of(home, second_declarations, "まとめ.xlsx", saved(as_workbook(lines)))
    assert [receipt.event for receipt in receipts] == ["unpacked", "accepted", "accepted"]
    answers = answers_of(home, second_declarations).filter(pl.col("municipality_code") == OKAYAMA)
    assert answers.filter(pl.col("question_id") == "plan_count")["value_number"].to_list() == [12]
    assert answers.filter(pl.col("question_id") == "measure_other_text")["value_text"].to_list() == ["研修"]


def test_blanks_and_lines_in_heads_and_above_them_are_no_matter(
    home: Home, second_declarations: YearDeclarations
) -> None:
    lines = filled_lines(second_declarations, [OKAYAMA, KURASHIKI])
    lines[0][0], lines[0][column_of(lines, "plan_count")] = "団体\nコード", "plan_ count　"
    receipts = receipts_of(
        home, second_declarations, "回答.csv", "令和７年度\r\n".encode("cp932") + as_csv(lines, "cp932")
    )
    assert [receipt.event for receipt in receipts] == ["unpacked", "accepted", "accepted"]
    assert answers_of(home, second_declarations).filter(pl.col("question_id") == "plan_count")["value_number"].sum() > 0


def _fill(book: openpyxl.Workbook, lines: Lines) -> None:
    """Let the cell in question hold something, where nothing else put a formula there."""
    place = book[TABLE_SHEET].cell(5, column_of(lines, "plan_state.complete") + 1)
    place.value = place.value or "○"


def test_what_is_written_beside_the_answers_is_told(home: Home, second_declarations: YearDeclarations) -> None:
    lines = filled_lines(second_declarations, [OKAYAMA, TSUYAMA])
    book = as_workbook(lines)
    sheet = book[TABLE_SHEET]
    row = next(number for number, line in enumerate(lines, start=1) if line[0] == TSUYAMA)
    sheet.cell(row, 2).comment = Comment("電話で確認", "県")
    sheet.cell(row, len(lines[0]) + 2, "備考：11月に変更予定")
    sheet.cell(len(lines) + 2, 1, "※津山市は見込み")
    receipts_of(home, second_declarations, "まとめ.xlsx", saved(book))
    save(home, SECOND_YEAR, read_returns(home, second_declarations))
    findings = validate_returns(home, second_declarations)["findings"]
    outside = findings.filter(pl.col("rule_id") == "form.outside")
    told = dict(outside.select("municipality_code", "message").iter_rows())
    assert "電話で確認" in told[TSUYAMA]
    assert "11月に変更予定" in told[TSUYAMA]
    assert "※津山市は見込み" in told[OKAYAMA]


def test_words_on_other_sheets_and_remarks_are_told_of_whom_they_are(
    home: Home, second_declarations: YearDeclarations
) -> None:
    book = as_workbook(filled_lines(second_declarations, [OKAYAMA, TSUYAMA]))
    row = next(row for row in range(3, 40) if book[TABLE_SHEET].cell(row, 1).value == TSUYAMA)
    book[TABLE_SHEET].row_dimensions[row].hidden = True
    other = book.create_sheet("メモ")
    other["A1"] = "津山市は差し替え予定"
    other[f"B{row}"].comment = Comment("未確認", "県")
    receipts_of(home, second_declarations, "まとめ.xlsx", saved(book))
    cells = read_returns(home, second_declarations)["cells"].filter(~pl.col("is_declared"))
    told = {code: frame["text"].to_list() for (code,), frame in cells.group_by("municipality_code")}
    assert told == {
        OKAYAMA: ["メモ!A1：津山市は差し替え予定", f"メモ!B{row}のコメント：未確認"], TSUYAMA: [f"{row}行：非表示"],
    }  # fmt: skip


@pytest.mark.parametrize("filled", [1, 2])
def test_the_sheets_that_explain_the_table_are_no_words_beside_the_answers(
    home: Home, second_declarations: YearDeclarations, filled: int
) -> None:
    book = openpyxl.load_workbook(issue_table(home, second_declarations)[0])
    sheet = book[TABLE_SHEET]
    column = column_of([[cell.value for cell in sheet[1]]], "plan_count")
    for row in range(3, 3 + filled):
        sheet.cell(row, column + 1, 4)
    book["列の説明"]["A40"] = "数え方は昨年と同じ"
    receipts_of(home, second_declarations, "記入済.xlsx", saved(book))
    cells = read_returns(home, second_declarations)["cells"].filter(~pl.col("is_declared"))
    assert [text.removeprefix("列の説明!A40：") for text in cells["text"]] == ["数え方は昨年と同じ"]


def test_more_remarks_than_a_sheet_has_columns_stop_nothing(home: Home, second_declarations: YearDeclarations) -> None:
    book = as_workbook(filled_lines(second_declarations, [OKAYAMA, TSUYAMA]))
    sheet = book[TABLE_SHEET]
    for row in range(100, 19_000):
        sheet.row_dimensions[row].hidden = True
    sheet.cell(3, 16_384, "欄外")
    receipts = receipts_of(home, second_declarations, "まとめ.xlsx", saved(book))
    assert [receipt.event for receipt in receipts] == ["unpacked", "accepted", "accepted"]
    own = pl.col("municipality_code") == OKAYAMA
    cells = read_returns(home, second_declarations)["cells"].filter(own & ~pl.col("is_declared"))
    assert cells["text"][0] == "欄外"
    assert "18999行：非表示" in cells["text"][-1]


def test_a_correction_of_a_cell_of_the_table_is_applied(home: Home, second_declarations: YearDeclarations) -> None:
    lines = filled_lines(second_declarations, [OKAYAMA])
    receipts_of(home, second_declarations, "回答.csv", as_csv(lines))
    row = next(number for number, line in enumerate(lines, start=1) if line[0] == OKAYAMA)
    column = column_of(lines, "plan_count")
    cell = f"{openpyxl.utils.get_column_letter(column + 1)}{row}"
    correction = Correction.model_validate({
        "id": "told-1", "municipality": OKAYAMA, "sheet": TABLE_SHEET, "cell": cell, "expect": str(lines[row - 1][column]),
        "to": "7", "reason": "電話", "authority": "課長", "granted": date(2025, 10, 1), "expires": date(2026, 3, 31),
    })  # fmt: skip
    read = read_returns(home, second_declarations, [correction])
    assert read["corrections"]["state"].to_list() == ["applied"]
    assert read["answers"].filter(pl.col("question_id") == "plan_count")["value_number"].to_list() == [7]


def test_a_question_without_a_column_is_not_answered(home: Home, second_declarations: YearDeclarations) -> None:
    lines = filled_lines(second_declarations, [OKAYAMA])
    column = column_of(lines, "plan_count")
    receipts_of(home, second_declarations, "回答.csv", as_csv([line[:column] + line[column + 1 :] for line in lines]))
    answers = answers_of(home, second_declarations)
    assert answers.filter(pl.col("question_id") == "plan_count")["status"].to_list() == ["missing"]
    assert answers.filter(pl.col("status") == "answered").height > 0


def test_the_blank_table_that_is_sent_out_is_taken_when_it_is_filled(
    home: Home, second_declarations: YearDeclarations
) -> None:
    workbook, text = issue_table(home, second_declarations)
    again = issue_table(home, second_declarations)
    assert [path.read_bytes() for path in again] == [workbook.read_bytes(), text.read_bytes()]
    book = openpyxl.load_workbook(workbook)
    sheet = book[TABLE_SHEET]
    heads = [cell.value for cell in sheet[1]]
    assert sheet["A3"].value == OKAYAMA
    sheet.cell(3, heads.index("plan_state.complete") + 1, "○")
    sheet.cell(4, heads.index("plan_count") + 1, 4)
    receipts = receipts_of(home, second_declarations, "記入済.xlsx", saved(book))
    assert [receipt.event for receipt in receipts] == ["unpacked", "accepted", "accepted"]


def test_a_table_without_the_column_of_the_form_says_that_it_is_not_there(
    home: Home, second_declarations: YearDeclarations
) -> None:
    lines = [line[:2] + line[3:] for line in filled_lines(second_declarations, [OKAYAMA])]
    (receipt,) = receipts_of(home, second_declarations, "回答.csv", as_csv(lines))
    assert receipt.reason == "wrong-version"
    assert "列がありません" in (receipt.message or "")
