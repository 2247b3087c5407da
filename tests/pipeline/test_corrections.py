"""Corrections through the whole pipeline: figures, findings, trace, marks, release and rebuilding."""

from __future__ import annotations

from io import BytesIO
from pathlib import Path
from typing import Any

import openpyxl
import polars as pl
import pytest
from openpyxl.utils import get_column_letter

from pipeline.audit.listing import list_figures, list_figures_as_sent, list_findings
from pipeline.audit.rebuild import rebuild_release
from pipeline.audit.trace import trace_figure
from pipeline.audit.traced import TracedCorrection
from pipeline.collect.withdraw import withdraw_return
from pipeline.home import Home
from pipeline.publish.release import release_year
from pipeline.run import open_run, run_year
from pipeline.tables import load
from schemas.errors import DeclarationError, GateRefusedError
from schemas.survey import Survey, YearDeclarations
from tests.conftest import FIXED_NOW
from tests.conftest import SECOND_YEAR as YEAR
from tests.pipeline.conftest import copied
from tests.support.answer_tables import as_csv, filled_lines, saved
from tests.support.command import kyogikai
from tests.support.corrections import correction, put_corrections
from tests.support.judging import put_returns
from tests.support.two_years import FIRST, SECOND, send
from tests.support.workbooks import usual_workbook

CODE = "332020"
PLACE = ("plan_count", 1, None)
FINDING = f"correction.expect:{CODE}:by-telephone"


def values(rows: list[dict[str, Any]]) -> dict[str, Any]:
    return {row["figure_id"]: row["value"] for row in rows}


@pytest.fixture(scope="module")
def corrected_home(
    finished_home: Home, second_survey: Survey, second_declarations: YearDeclarations,
    tmp_path_factory: pytest.TempPathFactory,
) -> Home:  # fmt: skip
    """The finished home, run again with a correction. Tests must not write to it."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("KYOGIKAI_NOW", FIXED_NOW)
        home = copied(finished_home, tmp_path_factory.mktemp("corrected") / "home")
        put_corrections(home, YEAR, correction(second_declarations, CODE, PLACE, expect=12, to="１５件"))
        run_year(open_run(home, second_survey, YEAR))
    return home


@pytest.fixture
def corrected(corrected_home: Home, tmp_path: Path) -> Home:
    return copied(corrected_home, tmp_path / "corrected")


def test_figures_with_and_without_corrections(
    finished_home: Home, corrected: Home, second_declarations: YearDeclarations
) -> None:
    sent, now = values(list_figures(finished_home, YEAR)), values(list_figures(corrected, YEAR))
    assert now["plans.total"] == sent["plans.total"] + 3
    assert {name for name in sent if sent[name] != now[name]} == {"plans.total", "plans.mean"}
    assert list_figures_as_sent(corrected, second_declarations) == list_figures(finished_home, YEAR)


def test_the_command_calculates_from_what_was_sent(corrected: Home, second_survey: Survey) -> None:
    called = kyogikai(
        "figures", YEAR, "--without-corrections", "--json", home=corrected.root, survey=second_survey.root
    )
    assert called.code == 0
    with_them = values(kyogikai("figures", YEAR, "--json", home=corrected.root, survey=second_survey.root).json)
    assert values(called.json)["plans.total"] == with_them["plans.total"] - 3


def test_the_trace_shows_what_was_sent_and_what_is_read(corrected: Home, second_declarations: YearDeclarations) -> None:
    trace = trace_figure(corrected.warehouse, second_declarations, "plans.total")
    (cell,) = [c for entity in trace.entities for c in entity.cells if c.correction]
    assert (cell.municipality_code, cell.text, cell.read_as) == (CODE, "12", "15")
    assert cell.correction == TracedCorrection("by-telephone", "１５件", "電話で確認した", "課長")
    assert trace.recomputed_raw_value == trace.raw_value
    other = trace_figure(corrected.warehouse, second_declarations, "drills.total")
    assert not [c for entity in other.entities for c in entity.cells if c.correction]


def test_the_trace_tells_of_a_correction_in_words(corrected: Home, second_survey: Survey) -> None:
    told = kyogikai("trace", YEAR, "plans.total", home=corrected.root, survey=second_survey.root)
    assert "「12」 corrected to 「１５件」 (by-telephone, 課長: 電話で確認した) read as 15" in told.out


def test_a_correction_marks_what_rests_on_it_in_the_release(corrected: Home, second_survey: Survey) -> None:
    folder = release_year(corrected, second_survey, YEAR, by="試験")
    figures = pl.read_parquet(folder / "public" / "figures.parquet")
    marked = dict(figures.filter(pl.col("marks").is_not_null()).select("figure_id", "marks").iter_rows())
    assert marked == {"plans.total": "c", "plans.mean": "c"}
    assert set(figures["corrected_count"]) == {0, 1}
    table = pl.read_csv(folder / "internal" / "corrections.csv")
    assert table.select("correction_id", "found_text", "state").row(0) == ("by-telephone", 12, "applied")
    assert not (folder / "public" / "corrections.csv").exists()
    report = (folder / "public" / "report.txt").read_text(encoding="utf-8")
    assert "市町村に確かめて訂正した回答1か所を含む" in report
    assert rebuild_release(corrected, second_survey, folder) == []


def test_a_revised_figure_is_marked_in_the_release_that_revises_it(
    ready: Home, second_survey: Survey, second_declarations: YearDeclarations
) -> None:
    first = release_year(ready, second_survey, YEAR, by="試験")
    assert pl.read_parquet(first / "public" / "figures.parquet")["marks"].null_count() == len(list_figures(ready, YEAR))
    put_corrections(ready, YEAR, correction(second_declarations, CODE, PLACE, expect=12, to=15))
    with pytest.raises(GateRefusedError, match=r"inputs-changed(.|\n)*corrections"):
        release_year(ready, second_survey, YEAR, by="試験")
    run_year(open_run(ready, second_survey, YEAR))
    second = release_year(ready, second_survey, YEAR, by="試験")
    figures = pl.read_parquet(second / "public" / "figures.parquet")
    marked = dict(figures.filter(pl.col("marks").is_not_null()).select("figure_id", "marks").iter_rows())
    assert marked == {"plans.total": "rc", "plans.mean": "rc"}
    assert rebuild_release(ready, second_survey, second) == []


def test_figures_are_provisional_where_a_return_is_missing(waived: Home, second_survey: Survey) -> None:
    folder = release_year(waived, second_survey, YEAR, by="試験")
    marks = dict(pl.read_parquet(folder / "public" / "figures.parquet").select("figure_id", "marks").iter_rows())
    assert marks.pop("roster.municipalities") is None
    assert set(marks.values()) == {"p"}


@pytest.mark.parametrize(
    ("expect", "to", "verdict", "told"),
    [
        (12, 15, "pass", ""),
        (13, 15, "fail", "「12」で、訂正の前提とした「13」ではありません"),
        ("", 15, "fail", "訂正の前提とした空欄ではありません"),
        (11, 12, "fail", "すでに訂正後の値「12」"),
    ],
)
def test_a_correction_that_does_not_fit_blocks_and_changes_nothing(
    ready: Home, second_survey: Survey, second_declarations: YearDeclarations, expect: object, to: object, verdict: str,
    told: str,
) -> None:  # fmt: skip
    before = values(list_figures(ready, YEAR))["plans.total"]
    put_corrections(ready, YEAR, correction(second_declarations, CODE, PLACE, expect=expect, to=to))
    gate = run_year(open_run(ready, second_survey, YEAR))
    assert values(list_figures(ready, YEAR))["plans.total"] == before + (3 if verdict == "pass" else 0)
    assert gate["blocking"] == ([] if verdict == "pass" else [FINDING])
    if verdict != "pass":
        (finding,) = [row for row in list_findings(ready, YEAR) if row["finding_id"] == FINDING]
        assert told in finding["message"]
        assert finding["verdict"] == "fail"
        assert finding["cells"][0].startswith(f"{CODE}_")


@pytest.mark.parametrize("then", ["table", "form", "withdrawn"])
def test_a_correction_of_a_table_whose_row_is_gone_blocks_and_stops_nothing(
    finished_home: Home, tmp_path: Path, second_survey: Survey, second_declarations: YearDeclarations, then: str
) -> None:
    home = copied(finished_home, tmp_path / "home")
    inbox = home.inbox(YEAR)
    lines = filled_lines(second_declarations, [CODE])
    column = lines[0].index("plan_count")
    row = next(number for number, line in enumerate(lines, start=1) if line[0] == CODE)
    (inbox / "一覧.csv").write_bytes(as_csv(lines))
    place = {"sheet": "回答一覧", "cell": f"{get_column_letter(column + 1)}{row}"}
    expect = lines[row - 1][column]
    put_corrections(home, YEAR, {**correction(second_declarations, CODE, PLACE, expect=expect, to="15"), **place})
    assert run_year(open_run(home, second_survey, YEAR))["verdict"] == "passed"
    if then == "table":
        (inbox / "一覧２.csv").write_bytes(as_csv([*lines[:2], [], *lines[2:]]))
    elif then == "form":
        municipality = next(m for m in second_declarations.municipalities if m.code == CODE)
        book = openpyxl.load_workbook(BytesIO(usual_workbook(second_declarations, municipality)))
        (inbox / "再.xlsx").write_bytes(saved(book))
    else:
        withdraw_return(home, YEAR, CODE, by="試験", reason="別の部署の回答")
    assert run_year(open_run(home, second_survey, YEAR))["verdict"] == "refused"
    assert FINDING in {finding["finding_id"] for finding in list_findings(home, YEAR)}


def test_without_the_return_a_correction_cannot_be_verified_and_follows_from_that(
    home: Home, second_survey: Survey, second_declarations: YearDeclarations
) -> None:
    put_returns(home, second_declarations, {}, without=(CODE,))
    put_corrections(home, YEAR, correction(second_declarations, CODE, PLACE, expect=12, to=15))
    run_year(open_run(home, second_survey, YEAR))
    (finding,) = [row for row in list_findings(home, YEAR) if row["finding_id"] == FINDING]
    assert (finding["verdict"], finding["follows_from"]) == ("unverifiable", [f"return.missing:{CODE}"])


def test_what_a_correction_reads_is_judged_as_any_answer(
    ready: Home, second_survey: Survey, second_declarations: YearDeclarations
) -> None:
    put_corrections(ready, YEAR, correction(second_declarations, CODE, PLACE, expect=12, to="約15"))
    gate = run_year(open_run(ready, second_survey, YEAR))
    assert f"type.plan_count:{CODE}" in gate["blocking"]
    (finding,) = [row for row in list_findings(ready, YEAR) if row["rule_id"] == "type.plan_count"]
    assert "「約15（訂正による）」" in finding["message"]


def test_a_correction_that_has_expired_since_the_gate_stops_the_release(
    corrected: Home, second_survey: Survey, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("KYOGIKAI_NOW", FIXED_NOW.replace("2025-06-20", "2026-01-01"))
    with pytest.raises(DeclarationError, match="correction-not-in-force"):
        release_year(corrected, second_survey, YEAR, by="試験")


def test_last_years_answers_are_compared_as_corrected(home: Home, two_years: Survey) -> None:
    send(home, two_years, FIRST, {})
    run_year(open_run(home, two_years, FIRST))
    send(home, two_years, SECOND, {})
    put_corrections(home, FIRST, correction(two_years.load_year(FIRST), CODE, PLACE, expect=12, to=15))
    run_year(open_run(home, two_years, SECOND))
    own = (pl.col("municipality_code") == CODE) & (pl.col("question_id") == "plan_count")
    assert load(home, FIRST, "answers").filter(own)["value_number"].to_list() == [15]
    assert load(home, SECOND, "answers").filter(own)["value_number"].to_list() == [12]
