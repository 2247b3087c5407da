"""What a demo return writes is what the reader reads, however it is written."""

from __future__ import annotations

from collections import Counter
from datetime import date

from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.demo.fills import Answer, ReturnFill
from pipeline.demo.handwriting import Hand, write_by_hand
from pipeline.demo.solve import solve
from pipeline.demo.targets import Habits, Targets
from pipeline.forms.write import write_form
from pipeline.read.answers import Answer as ReadAnswer
from pipeline.read.returns_reader import form_reader
from pipeline.read.values import parse_count, parse_date, parse_tick
from pipeline.workbooks.opening import open_workbook
from pipeline.workbooks.workbook import Cell
from schemas.form_layout import Slot
from tests.pipeline.demo.tiny import tiny_declarations

DECLARATIONS = tiny_declarations()
SLOT = Slot("舞台", 7, 3, "seat_count", 1)
CODES = st.sampled_from([m.code for m in DECLARATIONS.municipalities])


def as_cell(value: object) -> Cell:
    return Cell("舞台", 7, 3, "number" if isinstance(value, int) else "text", str(value), value)


def read_back(answers: list[ReadAnswer]) -> dict[tuple[str, str], Answer]:
    """Answers by (entity, question), as a fill has them."""
    found: dict[tuple[str, str], Answer] = {}
    for answer in answers:
        key = answer.entity_id, answer.question.id
        if answer.status == "answered" and answer.question.is_multiple:
            found[key] = (*tuple(found.get(key, ())), answer.option_code)  # type: ignore[arg-type]
        elif answer.status == "answered":
            found[key] = answer.value
    return found


def filled(fill: ReturnFill) -> dict[tuple[str, str], Answer]:
    return {
        (row.entity_id, question): answer
        for rows in fill.rows.values()
        for row in rows
        for question, answer in row.answers.items()
    }


@settings(max_examples=6, deadline=None)
@given(st.integers(0, 1000))
def test_a_written_form_reads_as_it_was_meant(seed: int) -> None:
    habits = Habits(from_register={"league_kind": "league"})
    fills = solve(DECLARATIONS, Targets(year=2030, habits=habits), seed=seed)
    reader = form_reader(DECLARATIONS)
    for municipality in DECLARATIONS.municipalities:
        fill = fills[municipality.code]
        cells = write_by_hand(DECLARATIONS, fill, seed=seed)
        workbook = open_workbook(write_form(DECLARATIONS, municipality, fill=cells, is_synthetic=True))
        assert read_back(reader.read(workbook, municipality.code).answers) == filled(fill)


@given(CODES, st.integers(0, 500), st.integers(0, 99_999))
def test_numbers_are_understood_in_every_style(code: str, seed: int, value: int) -> None:
    assert parse_count(as_cell(Hand(code, seed).number(value, "席", SLOT)), "席").value == value


@given(CODES, st.integers(0, 500), st.dates(date(1990, 1, 1), date(2060, 12, 31)))
def test_days_are_understood_in_every_style(code: str, seed: int, value: date) -> None:
    assert parse_date(as_cell(Hand(code, seed).day(value, SLOT))).value == value


@given(CODES, st.integers(0, 500))
def test_ticks_are_understood_in_every_style(code: str, seed: int) -> None:
    assert parse_tick(as_cell(Hand(code, seed).tick(SLOT))).value is True


def test_hands_differ_and_each_keeps_to_its_own() -> None:
    slots = [Slot("舞台", row, 3, "genre", 1, "dance") for row in range(1, 40)]
    own = {code: Counter(str(Hand(str(code), 1).tick(slot)) for slot in slots) for code in range(60)}
    favourites = {marks.most_common(1)[0][0] for marks in own.values()}
    assert len(favourites) >= 5
    assert all(marks.most_common(1)[0][1] >= 30 for marks in own.values())
    assert any(len(marks) > 1 for marks in own.values())
