"""A correction changes the cell that it names, where that holds what it expects, and nothing else."""

from __future__ import annotations

from datetime import date

from hypothesis import given
from hypothesis import strategies as st

from pipeline.read.correct import correct
from pipeline.workbooks.workbook import Cell, Workbook
from schemas.corrections import Correction

TEXTS = st.text(alphabet="0123456789○件　", max_size=4)
ANSWERS = {sheet: [(row, column) for row in range(1, 5) for column in range(1, 4)] for sheet in ("s", "t", "u")}
PLACES = st.tuples(st.integers(1, 4), st.integers(1, 3))


def made(sheet: str, cell: str, expect: str, to: str) -> Correction:
    return Correction(
        id="one", municipality="331007", sheet=sheet, cell=cell, expect=expect, to=to, reason="確認した", authority="課長",
        granted=date(2025, 6, 1), expires=date(2025, 12, 31),
    )  # fmt: skip


def workbook(cells: dict[tuple[int, int], str]) -> Workbook:
    return Workbook(
        {"s": {place: Cell("s", *place, "text", text, text) for place, text in cells.items() if text}, "t": {}}
    )


@given(st.dictionaries(PLACES, TEXTS), PLACES, TEXTS, TEXTS)
def test_one_cell_changes_or_none_does(
    cells: dict[tuple[int, int], str], place: tuple[int, int], expect: str, to: str
) -> None:
    before = workbook(cells)
    kept = {sheet: dict(values) for sheet, values in before.sheets.items()}
    after, (done,) = correct(before, [made("s", f"{'ABC'[place[1] - 1]}{place[0]}", expect, to)], ANSWERS)
    found = cells.get(place, "")
    assert before.sheets == kept
    assert (done.state, done.found_text) == ("applied" if found == expect else "differs", found)
    read = {where: cell.text for where, cell in after.sheets["s"].items()}
    wanted = {where: text for where, text in cells.items() if text}
    if done.state == "applied":
        wanted = {**wanted, place: to}
    assert read == {where: text for where, text in wanted.items() if text}


def test_a_blank_cell_is_filled_and_a_filled_one_emptied() -> None:
    after, outcomes = correct(workbook({(1, 1): "5"}), [made("s", "A1", "5", ""), made("t", "C3", "", "○")], ANSWERS)
    assert [done.state for done in outcomes] == ["applied", "applied"]
    assert after.sheets["s"] == {}
    assert after.cell("t", 3, 3).text == "○"


def test_without_the_sheet_or_the_return_nothing_can_be_corrected() -> None:
    _, (no_sheet,) = correct(workbook({}), [made("u", "A1", "", "1")], ANSWERS)
    _, (no_return,) = correct(None, [made("s", "A1", "", "1")], ANSWERS)
    assert (no_sheet.state, no_sheet.found_text) == (no_return.state, no_return.found_text) == ("no_cell", None)


def test_a_cell_that_is_no_answer_cell_of_the_return_is_not_corrected() -> None:
    after, (done,) = correct(workbook({}), [made("s", "D1", "", "1")], ANSWERS)
    assert (done.state, done.found_text) == ("no_cell", None)
    assert after.sheets["s"] == {}
