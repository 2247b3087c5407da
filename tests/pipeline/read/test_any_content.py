"""Whatever stands in the answer cells of one return, it is read, judged and stops no other."""

from __future__ import annotations

import shutil
from datetime import date
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from pipeline.check.recalculate import calculate_figures
from pipeline.home import Home
from pipeline.read.columns import AnswerTables
from pipeline.read.returns_reader import form_reader
from pipeline.tables import load, save
from pipeline.validate.validate import validate_returns
from pipeline.workbooks.workbook import Cell, Workbook, typed_cell
from schemas.form_layout import Slot
from schemas.survey import YearDeclarations
from tests.conftest import SECOND_YEAR as YEAR

CODE = "331007"
CONTENTS = st.one_of(
    st.just(""), st.just("○"), st.text(max_size=40), st.text("0123456789,.-+年月日令和R ○1", max_size=30),
    st.integers(-(10**40), 10**40), st.text("0123456789", min_size=1, max_size=400), st.booleans(),
    st.floats(allow_nan=False, allow_infinity=False),
    st.dates(date(1, 1, 1), date(9999, 12, 31)), st.datetimes(), st.just(ValueError),
)  # fmt: skip


@pytest.fixture(scope="module")
def home(finished_home: Home, tmp_path_factory: pytest.TempPathFactory) -> Home:
    """A copy of the finished home whose tables the examples write anew."""
    root = tmp_path_factory.mktemp("any") / "home"
    shutil.copytree(finished_home.root, root, ignore=shutil.ignore_patterns("warehouse"))
    return Home(Path(root))


def filled(slots: tuple[Slot, ...], contents: list[Any]) -> Workbook:
    """A return whose answer cells hold these values as a reader gives them; ValueError is an error cell."""
    sheets: dict[str, dict[tuple[int, int], Cell]] = {slot.sheet: {} for slot in slots}
    for slot, content in zip(slots, contents, strict=True):
        if content is ValueError:
            cell = Cell(slot.sheet, slot.row, slot.column, "error", "#VALUE!", None)
        elif content == "":
            continue
        else:
            cell = typed_cell(slot.sheet, slot.row, slot.column, content)
        sheets[slot.sheet][slot.row, slot.column] = cell
    return Workbook(sheets)


@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
@given(st.data())
def test_any_content_of_the_answer_cells_is_read_and_judged(
    home: Home, second_declarations: YearDeclarations, data: st.DataObject
) -> None:
    slots = second_declarations.layout.slots
    contents = data.draw(st.lists(CONTENTS, min_size=len(slots), max_size=len(slots)))
    read = form_reader(second_declarations).read(filled(slots, contents), CODE)
    answers = load(home, YEAR, "answers")
    (return_id,) = set(answers.filter(pl.col("municipality_code") == CODE)["return_id"])
    tables = AnswerTables(YEAR)
    tables.add(return_id, CODE, read)
    own = tables.frames()["answers"]
    others = answers.filter(pl.col("municipality_code") != CODE)
    save(home, YEAR, {"answers": pl.concat([others, own])})
    judged = validate_returns(home, second_declarations)
    assert judged["rule_outcomes"].height > 0
    unreadable = set(own.filter(pl.col("status") == "unreadable")["question_id"])
    found = judged["findings"].filter((pl.col("municipality_code") == CODE) & (pl.col("severity") == "error"))
    assert unreadable <= set(found["question_id"])
    assert len(calculate_figures(second_declarations, pl.concat([others, own]))) == len(second_declarations.figures)
