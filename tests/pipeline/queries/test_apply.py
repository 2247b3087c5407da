"""A reply as changes of cells: dates, texts, single and multiple answers of the product's own survey."""

from __future__ import annotations

from typing import Literal

import pytest

from pipeline.home import PROJECT_ROOT
from pipeline.queries.apply import ReplyApplier, ReplyFaultError, ReturnCells, _Sent
from pipeline.queries.ledger import SheetRow
from pipeline.queries.replies import RowReply
from schemas.survey import Survey, YearDeclarations

DATE, TEXT, SINGLE, MULTIPLE = "support_base_planned_date", "respondent_name", "operation", "agenda_topic"


@pytest.fixture(scope="module")
def declarations() -> YearDeclarations:
    return Survey(PROJECT_ROOT).load_year(2024)


def changed(
    declarations: YearDeclarations,
    question_id: str,
    sent: str,
    value: str,
    *,
    option: str = "",
    kind: Literal["answer", "dropped_row", "added_rows", "none"] = "answer",
    is_drawn: bool = False,
) -> list[str]:
    """What is to be read in the cells of the first row, where every cell of it holds `sent`."""
    slots = [s for s in declarations.layout.slots if s.row_no == 1]
    cells = ReturnCells(
        {(s.sheet, s.address): _Sent("drawn" if is_drawn else "text" if sent else "blank", sent) for s in slots},
        {(s.sheet, s.address): (s.sheet, s.address) for s in slots},
    )
    row = SheetRow(row=9, query_id="q", question_id=question_id, row_no=1, option_code=option, kind=kind)
    return [
        change.to for change in ReplyApplier(declarations).changes(RowReply(row, "correct", value, "", "H9"), cells)
    ]


@pytest.mark.parametrize("value", ["令和7年4月1日", "R7.4.1", "2025/4/1", "2025-04-01T00:00:00", "２０２５年４月１日"])
def test_a_date_is_taken_as_it_is_written(declarations: YearDeclarations, value: str) -> None:
    assert changed(declarations, DATE, "未定", value) == [value]


@pytest.mark.parametrize("value", ["来年度", "令和7年2月30日", "45748"])
def test_what_is_no_date_is_refused(declarations: YearDeclarations, value: str) -> None:
    with pytest.raises(ReplyFaultError, match=f"「{value}」"):
        changed(declarations, DATE, "未定", value)


def test_the_same_day_written_otherwise_changes_nothing(declarations: YearDeclarations) -> None:
    assert changed(declarations, DATE, "R7.4.1", "令和7年4月1日") == []


def test_a_text_is_taken_without_blanks_around_it_and_the_same_changes_nothing(declarations: YearDeclarations) -> None:
    assert changed(declarations, TEXT, "佐藤", "　鈴木 花子 ") == ["鈴木 花子"]
    assert changed(declarations, TEXT, "佐藤", " 佐藤") == []
    assert changed(declarations, TEXT, "佐藤", "空欄") == [""]


def test_an_option_is_taken_by_its_label(declarations: YearDeclarations) -> None:
    assert changed(declarations, SINGLE, "直営", "委託") == ["委託"]
    assert changed(declarations, SINGLE, "直営", " 直 営 ") == []
    with pytest.raises(ReplyFaultError, match="選択肢にない"):
        changed(declarations, SINGLE, "直営", "半々")


@pytest.mark.parametrize(
    ("sent", "value", "expected"),
    [
        ("", "○", ["○"]),
        ("", "レ", ["○"]),
        ("〇", "○", []),
        ("〇", "空欄", [""]),
        ("〇", "×", [""]),
        ("", "空欄", []),
        ("△", "○", ["○"]),
    ],
)
def test_one_option_of_many_is_ticked_or_not(
    declarations: YearDeclarations, sent: str, value: str, expected: list[str]
) -> None:
    option = next(s.choice for s in declarations.layout.slots if s.question_id == MULTIPLE)
    assert changed(declarations, MULTIPLE, sent, value, option=str(option)) == expected


def test_a_row_is_deleted_with_all_that_stands_in_it(declarations: YearDeclarations) -> None:
    block = declarations.questionnaire.block_of["core_center"]
    width = sum(
        s.row_no == 1 and declarations.questionnaire.block_of[s.question_id] is block for s in declarations.layout.slots
    )
    assert changed(declarations, "core_center", "×", "行の削除", kind="dropped_row") == [""] * width
    with pytest.raises(ReplyFaultError, match="行を削除するかどうか"):
        changed(declarations, "core_center", "×", "2", kind="dropped_row")


@pytest.mark.parametrize("kind", ["added_rows", "none"])
def test_rows_cannot_be_added_by_a_query_sheet(
    declarations: YearDeclarations, kind: Literal["added_rows", "none"]
) -> None:
    with pytest.raises(ReplyFaultError, match="送り直してもらってください"):
        changed(declarations, "core_center", "", "1", kind=kind)


def test_a_cell_that_the_return_lacks_is_told(declarations: YearDeclarations) -> None:
    row = SheetRow(row=9, query_id="q", question_id=TEXT, row_no=1, kind="answer")
    with pytest.raises(ReplyFaultError, match="該当する回答欄がありません"):
        ReplyApplier(declarations).changes(RowReply(row, "correct", "佐藤", "", "H9"), ReturnCells({}, {}))


def test_under_a_drawing_every_option_is_settled_by_the_one_that_is_replied(declarations: YearDeclarations) -> None:
    vitality = declarations.questionnaire.questions["plenary_vitality"]
    found = changed(declarations, vitality.id, "", vitality.choices[0].label.ja, is_drawn=True)
    assert found == ["○", *["×"] * (len(vitality.choices) - 1)]
    assert changed(declarations, vitality.id, "", vitality.choices[0].label.ja) == ["○"]
