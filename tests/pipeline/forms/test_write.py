"""The form as Excel sees it: what is locked, what may be chosen, what is printed, and that its bytes are stable."""

from __future__ import annotations

import re
import zipfile
from collections.abc import Iterator
from datetime import date
from io import BytesIO

import pytest
from openpyxl.utils import range_boundaries
from openpyxl.worksheet.datavalidation import DataValidation
from openpyxl.worksheet.worksheet import Worksheet

from pipeline.forms.choices import LIST_SHEET
from pipeline.forms.write import SYNTHETIC_NOTICE, write_form
from pipeline.home import PROJECT_ROOT
from schemas.form_layout import (
    CONTINUATION_SHEET,
    COVER_SHEET,
    IDENTITY_CELLS,
    IDENTITY_SHEET,
    NOT_LISTED_TEXT,
    Slot,
    register_text,
)
from schemas.survey import Survey, YearDeclarations
from tests.pipeline.forms.sample import (
    CODE,
    FORMULA,
    JOINT,
    MUNICIPALITY,
    OWN,
    SAMPLE,
    filled,
    opened,
    slot_of,
    texts_in_row,
)

PREVIOUS = {
    ("state", 1, "bad"): "○", ("topic", 1, "song"): "○", ("wish", 1, "song.near"): "○", ("wish", 1, "dance.far"): "○",
    ("seat_count", 1, None): "7", ("start", 1, None): "2030-04-01", ("remark", 1, None): FORMULA,
    ("club", 2, None): "近くの会", ("show_count", 2, None): "4", ("club_topic", 2, "song"): "○",
    ("club_topic", 2, "other"): "○", ("club_topic_other_text", 2, None): "芝居",
}  # fmt: skip


@pytest.fixture(scope="module")
def newest() -> YearDeclarations:
    """The product's own survey in its newest year."""
    survey = Survey(PROJECT_ROOT)
    return survey.load_year(survey.years[-1])


@pytest.fixture(params=["sample", "newest", "second"])
def declarations(
    request: pytest.FixtureRequest, newest: YearDeclarations, second_declarations: YearDeclarations
) -> YearDeclarations:
    return {"sample": SAMPLE, "newest": newest, "second": second_declarations}[request.param]


def unlocked(sheet: Worksheet) -> set[str]:
    return {cell.coordinate for row in sheet.iter_rows() for cell in row if not cell.protection.locked}


def merged_with(sheet: Worksheet, slot: Slot) -> Iterator[str]:
    """The slot's own address and those of the cells that are merged with it."""
    yield slot.address
    for span in sheet.merged_cells.ranges:
        if (span.min_row, span.min_col) == (slot.row, slot.column):
            yield from (sheet.cell(row, column).coordinate for row, column in span.cells)


@pytest.mark.parametrize("previous", [None, PREVIOUS])
def test_every_answer_cell_is_open_and_nothing_else(
    declarations: YearDeclarations, previous: dict[tuple[str, int, str | None], str] | None
) -> None:
    book = opened(write_form(declarations, declarations.municipalities[0], previous=previous))
    for sheet in book:
        slots = [slot for slot in declarations.layout.slots if slot.sheet == sheet.title]
        assert unlocked(sheet) == {address for slot in slots for address in merged_with(sheet, slot)}
        assert sheet.protection.sheet
        assert not sheet.protection.password


def test_only_the_sheets_of_the_machine_are_hidden(declarations: YearDeclarations) -> None:
    book = opened(write_form(declarations, declarations.municipalities[0]))
    expected = [COVER_SHEET, *dict.fromkeys(section.sheet for section in declarations.questionnaire.sections)]
    expected += [CONTINUATION_SHEET] if declarations.layout.continuations else []
    assert [sheet.title for sheet in book if sheet.sheet_state == "visible"] == expected
    assert [sheet.title for sheet in book if sheet.sheet_state != "visible"] == [LIST_SHEET, IDENTITY_SHEET]


def test_every_wording_of_the_questionnaire_is_on_the_form(declarations: YearDeclarations) -> None:
    book = opened(write_form(declarations, declarations.municipalities[0]))
    text = "\n".join(str(cell.value) for sheet in book for row in sheet.iter_rows() for cell in row if cell.value)
    for question in declarations.questionnaire.questions.values():
        wordings = [question.note, question.unit, *(option.label.ja for option in question.options)]
        wordings += [] if question.derived_from else [question.label.ja]
        assert [wording for wording in wordings if wording and wording not in text] == []


def test_prints_on_a4_one_page_wide(declarations: YearDeclarations) -> None:
    book = opened(write_form(declarations, declarations.municipalities[0]))
    for sheet in (sheet for sheet in book if sheet.sheet_state == "visible"):
        setup = sheet.page_setup
        assert (setup.paperSize, setup.fitToWidth, setup.fitToHeight) == (9, None, 0)
        assert (fit := sheet.sheet_properties.pageSetUpPr) is not None
        assert fit.fitToPage
        assert sheet.oddFooter is not None
        assert sheet.oddFooter.right.text == "&P／&N"
    for section in declarations.questionnaire.sections:
        assert book[section.sheet].print_title_rows


def test_a_table_of_many_rows_begins_a_page_and_repeats_its_headings() -> None:
    declarations = Survey(PROJECT_ROOT).load_year(2024)
    book = opened(write_form(declarations, declarations.municipalities[0]))
    long = max((b.table for b in declarations.layout.blocks if b.table), key=lambda table: len(table.rows))
    sheet = book[long.sheet]
    assert sheet.print_title_rows == f"${long.top}:${long.header_row}"
    assert long.top - 1 in [found.id for found in sheet.row_breaks.brk]
    assert book[declarations.questionnaire.sections[-1].sheet].print_title_rows == "$1:$4"


def test_the_same_form_has_the_same_bytes() -> None:
    fill = filled({"remark": "同じ", "start": date(2031, 4, 1)})
    first, second = (
        write_form(SAMPLE, MUNICIPALITY, previous=PREVIOUS, fill=fill, is_synthetic=True) for _ in range(2)
    )
    assert first == second
    with zipfile.ZipFile(BytesIO(first)) as archive:
        assert {part.date_time for part in archive.infolist()} == {(1980, 1, 1, 0, 0, 0)}
        assert set(re.findall(r"\d{4}-\d\d-\d\dT", archive.read("docProps/core.xml").decode())) == {"2031-05-01T"}


def test_names_and_answers_that_look_like_code_are_text() -> None:
    content = write_form(SAMPLE, MUNICIPALITY, previous=PREVIOUS, fill=filled({"remark": FORMULA}))
    with zipfile.ZipFile(BytesIO(content)) as archive:
        sheets = [archive.read(name).decode() for name in archive.namelist() if name.startswith("xl/worksheets/sheet")]
    assert [sheet for sheet in sheets if re.search(r"<f[ >]", sheet)] == []
    book = opened(content)
    cell = book["一覧"][slot_of("remark").address]
    assert (cell.value, cell.data_type) == (FORMULA, "s")
    assert book[COVER_SHEET]["A5"].value == f"岡山県{FORMULA}　御中"
    assert f"岡山県{FORMULA}（{CODE}）" in book["一覧"]["A2"].value
    lists = [cell.value for column in book[LIST_SHEET].iter_cols() for cell in column]
    assert register_text(FORMULA, JOINT) in lists


@pytest.mark.parametrize("is_synthetic", [True, False])
def test_a_synthetic_return_says_so_on_every_sheet(is_synthetic: bool) -> None:
    book = opened(write_form(SAMPLE, MUNICIPALITY, is_synthetic=is_synthetic))
    for sheet in (sheet for sheet in book if sheet.sheet_state == "visible"):
        assert (sheet["A3"].value == SYNTHETIC_NOTICE) == is_synthetic
    assert (book[IDENTITY_SHEET][IDENTITY_CELLS["synthetic"]].value or "") == ("synthetic" if is_synthetic else "")


def validation_of(sheet: Worksheet, slot: Slot) -> DataValidation | None:
    return next((v for v in sheet.data_validations.dataValidation if slot.address in v.sqref), None)


def offered(slot: Slot) -> list[str]:
    """What the drop-down list of a cell offers."""
    book = opened(write_form(SAMPLE, MUNICIPALITY))
    validation = validation_of(book[slot.sheet], slot)
    assert validation is not None
    assert validation.type == "list"
    name, span = str(validation.formula1).replace("$", "").split("!")
    assert name.strip("'") == LIST_SHEET
    left, top, _, bottom = (int(bound or 0) for bound in range_boundaries(span))
    return [str(book[LIST_SHEET].cell(row, left).value) for row in range(top, bottom + 1)]


@pytest.mark.parametrize("slot", [slot_of("main_club"), slot_of("club"), slot_of("club", 4)])
def test_a_register_offers_the_own_entries_then_the_joint_ones(slot: Slot) -> None:
    assert offered(slot) == [
        register_text("近くの会", OWN), register_text(FORMULA, JOINT), register_text("遠くの会", "club-far"), NOT_LISTED_TEXT,
    ]  # fmt: skip


@pytest.mark.parametrize("slot", [slot_of("kind"), slot_of("club_kind", 2)])
def test_a_single_choice_offers_its_labels(slot: Slot) -> None:
    assert offered(slot) == ["良い", "悪い", "その他"]


@pytest.mark.parametrize(
    "slot",
    [
        slot_of("state", 1, "else"),
        slot_of("wish", 1, "song.there"),
        slot_of("wish", 1, "none"),
        slot_of("event_topic", 2, "none"),
    ],
)
def test_a_cell_to_tick_takes_a_circle_only(slot: Slot) -> None:
    validation = validation_of(opened(write_form(SAMPLE, MUNICIPALITY))[slot.sheet], slot)
    assert validation is not None
    assert (validation.type, validation.formula1) == ("list", '"○"')


@pytest.mark.parametrize(
    ("question", "low", "high"),
    [("seat_count", "0", "0"), ("person_count", "2", "500"), ("show_count", "0", "99999999")],
)
def test_a_count_takes_whole_numbers_between_its_bounds(question: str, low: str, high: str) -> None:
    slot = slot_of(question)
    validation = validation_of(opened(write_form(SAMPLE, MUNICIPALITY))[slot.sheet], slot)
    assert validation is not None
    assert (validation.type, validation.formula1, validation.formula2) == ("whole", low, high)
    assert "整数を、単位を付けずに入力してください" in str(validation.error)


@pytest.mark.parametrize("slot", [slot_of("start"), slot_of("event_day", 2)])
def test_a_date_is_explained_but_never_refused(slot: Slot) -> None:
    validation = validation_of(opened(write_form(SAMPLE, MUNICIPALITY))[slot.sheet], slot)
    assert validation is not None
    assert validation.type in (None, "none")
    assert validation.prompt == "例：令和１４年４月１日又は 2032/4/1"


def test_free_text_takes_anything() -> None:
    slot = slot_of("remark")
    sheet = opened(write_form(SAMPLE, MUNICIPALITY))[slot.sheet]
    assert validation_of(sheet, slot) is None
    assert sheet[slot.address].number_format == "@"


def test_last_years_answers_stand_beside_the_questions() -> None:
    book = opened(write_form(SAMPLE, MUNICIPALITY, previous=PREVIOUS))
    beside = {
        ("state", "good"): ["良い"], ("state", "bad"): ["悪い", "○"], ("topic", "song"): ["歌", "○"],
        ("wish", "song.near"): ["歌", "○near"], ("wish", "dance.far"): ["踊り", "○far"],
        ("remark", None): ["問９", "意見\n自由に書いてください。", FORMULA],
    }  # fmt: skip
    for (question, choice), texts in beside.items():
        slot = slot_of(question, 1, choice)
        assert texts_in_row(book, slot.sheet, slot.row) == texts
    assert texts_in_row(book, "一覧", slot_of("seat_count").row)[2:] == ["席", "７席"]
    assert texts_in_row(book, "一覧", slot_of("start").row)[2:] == ["令和１２年４月１日"]
    row = texts_in_row(book, "表", slot_of("club", 2).row)
    assert row == ["2", "近くの会／公演の数：４回／団体の内容：ア・ウ／芝居"]
    assert texts_in_row(book, "表", slot_of("club", 1).row) == ["1"]


def test_without_last_year_nothing_speaks_of_it() -> None:
    for fill in (None, filled({"remark": "今回"})):
        book = opened(write_form(SAMPLE, MUNICIPALITY, fill=fill))
        text = "".join(str(cell.value) for sheet in book for row in sheet.iter_rows() for cell in row)
        assert "前回" not in text


def test_the_cover_says_what_the_respondent_needs() -> None:
    text = "\n".join(str(cell.value) for row in opened(write_form(SAMPLE, MUNICIPALITY))[COVER_SHEET] for cell in row)
    for words in (
        "見本の調査",
        CODE,
        "令和１３年４月１日",
        "令和１２年度（令和１２年４月１日から",
        "令和１３年５月３０日（金）",
        "試験係",
    ):
        assert words in text
    assert "「特になし」に○" in text
