"""What a field is, what doubting it costs, and which returns are looked at."""

from __future__ import annotations

from dataclasses import replace

import polars as pl
import pytest

from pipeline.localise.fields import AS_LAST_YEAR, CORRECTED, EPOCH, Field, FieldsOfYear
from pipeline.localise.localise import explain, suspects
from pipeline.tables import TABLES, frame
from pipeline.validate.frames import YearTables
from schemas.survey import YearDeclarations
from tests.pipeline.localise.bulk import Cells, judge_all, read_bulk
from tests.pipeline.localise.small import DAYS, OBSERVED, plain_space, with_reliability

SPACE = plain_space()
SENT: Cells = {
    ("state", 1, None): "shared", ("genre", 1, "music"): "○", ("seats", 1, None): "1", ("opened", 1, None): DAYS[1],
    ("shows", 1, None): "多数",
}  # fmt: skip


def fields_of(tables: YearTables, declarations: YearDeclarations = SPACE.declarations) -> dict[tuple[str, str], Field]:
    (rows,) = FieldsOfYear(tables, declarations.questionnaire).of([OBSERVED]).values()
    return {(one.key.question_id, one.key.option_code): one for own in rows["stages"][1].values() for one in own}


@pytest.fixture
def tables() -> YearTables:
    return read_bulk(SPACE.declarations, {OBSERVED: SENT})


def test_a_field_is_what_was_observed_in_its_cells(tables: YearTables) -> None:
    found = fields_of(tables)
    assert found["state", ""].observed == "shared"
    assert [found["genre", code].observed for code in ("music", "other", "none")] == [True, False, False]
    assert found["seats", ""].observed == 1
    assert found["opened", ""].observed == (pl.Series([DAYS[1]]).str.to_date()[0] - EPOCH).days
    assert found["genre_other_text", ""].observed is None
    assert (found["shows", ""].observed, found["shows", ""].is_readable) == (None, False)
    assert all(len(one.cells) == 1 for one in found.values())


def test_doubt_costs_twice_the_declared_reliability(tables: YearTables) -> None:
    declarations = with_reliability(SPACE.declarations, {"state": 9, "seats": 1})
    found = fields_of(tables, declarations)
    assert [found[question, ""].weight for question in ("state", "seats", "shows")] == [18, 2, 10]


def test_an_answer_of_last_year_too_is_harder_to_doubt_and_an_unreadable_one_is_not(tables: YearTables) -> None:
    before = read_bulk(SPACE.declarations, {OBSERVED: {**SENT, ("seats", 1, None): "2", ("shows", 1, None): ""}})
    found = fields_of(replace(tables, previous_answers=before.answers))
    assert found["state", ""].weight == 10 * AS_LAST_YEAR // 2
    assert found["genre", "none"].weight == 10 * AS_LAST_YEAR // 2
    assert [found[question, ""].weight for question in ("seats", "shows")] == [10, 10]


def test_a_corrected_answer_is_hardest_to_doubt(tables: YearTables) -> None:
    is_corrected = pl.col("cell_id") == fields_of(tables)["seats", ""].cells[0]
    cells = tables.cells.with_columns(corrected_text=pl.when(is_corrected).then(pl.lit("1")))
    found = fields_of(replace(tables, cells=cells))
    assert (found["seats", ""].weight, found["state", ""].weight) == (10 * CORRECTED, 10)


def test_what_stood_on_an_absent_sheet_is_never_shown(tables: YearTables) -> None:
    blocks = tables.blocks.with_columns(absent_cell_id=pl.col("first_cell_id"))
    absent = replace(tables, blocks=blocks)
    assert {one.weight for one in fields_of(absent).values()} == {0}
    assert explain(absent, judge_all(tables, SPACE.declarations), SPACE.declarations) == []


def test_those_are_looked_at_who_have_an_error_in_their_answers() -> None:
    def finding(rule: str, severity: str, code: str | None, question: str | None) -> tuple[object, ...]:
        values = {
            "year": 2030,
            "rule_id": rule,
            "severity": severity,
            "municipality_code": code,
            "question_id": question,
        }
        return tuple(values.get(column) for column in TABLES["findings"])

    findings = frame("findings", [
        finding("answered.state", "error", "000003", "state"),
        finding("rows.troupes", "error", "000002", None),
        finding("as-many-rows", "error", "000001", None),
        finding("answered.genre", "warning", "000004", "genre"),
        finding("return.missing", "error", "000005", None),
        finding("form.altered", "error", "000006", None),
        finding("total", "error", None, "state"),
    ])  # fmt: skip
    assert suspects(findings) == ["000001", "000002", "000003"]
