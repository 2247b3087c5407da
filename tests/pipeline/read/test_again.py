"""A year that is read again gives what reading all of it gives, and opens only what has changed."""

from __future__ import annotations

import shutil
from pathlib import Path

import polars as pl
import pytest
import yaml

from pipeline.collect.collect import collect
from pipeline.collect.ledger import Receipt
from pipeline.collect.withdraw import withdraw_return
from pipeline.home import Home
from pipeline.read import again, returns_reader
from pipeline.read.again import READ_TABLES, read_year, save_read
from pipeline.read.read import read_returns
from pipeline.workbooks.workbook import Workbook
from schemas.corrections import load_corrections
from schemas.errors import InputError
from schemas.passwords import Passwords
from schemas.survey import Survey, YearDeclarations
from tests.conftest import SECOND_YEAR as YEAR
from tests.support.corrections import correction, put_corrections
from tests.support.workbooks import usual_workbook

CODE, OTHER = "331007", "332020"


@pytest.fixture
def opened(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The municipalities whose return was opened to be read."""
    codes: list[str] = []
    really = returns_reader.open_return

    def noticed(home: Home, receipt: Receipt, passwords: Passwords) -> Workbook:
        codes.append(receipt.municipality_code or "")
        return really(home, receipt, passwords)

    monkeypatch.setattr(returns_reader, "open_return", noticed)
    return codes


def read_again(home: Home, survey: Survey, opened: list[str]) -> list[str]:
    """Read what has changed, see that it is as if all had been read, keep it, and give which returns were opened."""
    declarations = survey.load_year(YEAR)
    corrections = load_corrections(home.corrections(YEAR), declarations, on=None)
    opened.clear()
    tables = read_year(home, survey, YEAR, corrections)
    codes = sorted(opened)
    whole = read_returns(home, declarations, corrections)
    assert {name: tables[name].equals(whole[name]) for name in READ_TABLES} == dict.fromkeys(READ_TABLES, True)
    save_read(home, survey, YEAR, corrections, tables)
    return codes


def everybody(declarations: YearDeclarations) -> list[str]:
    return sorted(municipality.code for municipality in declarations.municipalities)


def test_with_nothing_changed_no_return_is_opened(ready: Home, second_survey: Survey, opened: list[str]) -> None:
    assert read_again(ready, second_survey, opened) == []


def test_a_newer_return_is_opened_and_no_other(
    ready: Home, second_survey: Survey, second_declarations: YearDeclarations, opened: list[str]
) -> None:
    (municipality,) = (m for m in second_declarations.municipalities if m.code == CODE)
    changed = usual_workbook(second_declarations, municipality, {("plan_count", 1, None): 77})
    (ready.inbox(YEAR) / "changed.xlsx").write_bytes(changed)
    collect(ready, second_declarations)
    assert read_again(ready, second_survey, opened) == [CODE]
    assert read_again(ready, second_survey, opened) == []


def test_a_return_that_is_withdrawn_leaves_no_row(ready: Home, second_survey: Survey, opened: list[str]) -> None:
    withdraw_return(ready, YEAR, CODE, by="甲", reason="誤送信")
    assert read_again(ready, second_survey, opened) == []
    assert CODE not in read_year(ready, second_survey, YEAR, [])["answers"]["municipality_code"]


def test_a_correction_opens_the_return_that_it_corrects_and_so_does_its_end(
    ready: Home, second_survey: Survey, second_declarations: YearDeclarations, opened: list[str]
) -> None:
    place = "plan_count", 1, None
    put_corrections(ready, YEAR, correction(second_declarations, CODE, place, expect="", to="3"))
    assert read_again(ready, second_survey, opened) == [CODE]
    ready.corrections(YEAR).unlink()
    assert read_again(ready, second_survey, opened) == [CODE]


def test_a_correction_of_a_return_that_has_not_come_is_told_beside_those_that_were_read(
    ready: Home, second_survey: Survey, second_declarations: YearDeclarations, opened: list[str]
) -> None:
    withdraw_return(ready, YEAR, CODE, by="甲", reason="誤送信")
    declared = [
        correction(second_declarations, code, ("plan_count", 1, None), expect="", to="3", id=f"of-{code}")
        for code in (OTHER, CODE)
    ]
    put_corrections(ready, YEAR, *declared)
    assert read_again(ready, second_survey, opened) == [OTHER]
    assert read_again(ready, second_survey, opened) == []


def test_a_changed_declaration_has_all_read_again(
    ready: Home, second_survey: Survey, second_declarations: YearDeclarations, opened: list[str], tmp_path: Path
) -> None:
    survey = Survey(Path(shutil.copytree(second_survey.root, tmp_path / "survey")))
    assert read_again(ready, survey, opened) == []
    path = survey.declarations / "questionnaires" / f"{YEAR}.yaml"
    content = yaml.safe_load(path.read_text(encoding="utf-8"))
    content["title"]["ja"] += "（改）"
    path.write_text(yaml.safe_dump(content, allow_unicode=True, sort_keys=False), encoding="utf-8")
    assert read_again(ready, survey, opened) == everybody(second_declarations)


def test_another_reader_reads_all_again(
    ready: Home,
    second_survey: Survey,
    second_declarations: YearDeclarations,
    opened: list[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(again, "_code", lambda: "another")
    assert read_again(ready, second_survey, opened) == everybody(second_declarations)


@pytest.mark.parametrize("damage", ["changed", "gone", "torn"])
def test_tables_that_are_not_as_they_were_kept_are_not_taken_over(
    ready: Home, second_survey: Survey, second_declarations: YearDeclarations, opened: list[str], damage: str
) -> None:
    path = ready.table(YEAR, "answers")
    if damage == "changed":
        pl.read_parquet(path).with_columns(value_number=pl.lit(1, pl.Int64)).write_parquet(path)
    elif damage == "gone":
        path.unlink()
    else:
        path.write_bytes(path.read_bytes()[:100])
    assert read_again(ready, second_survey, opened) == everybody(second_declarations)


def test_an_archive_that_lost_a_return_is_told_though_its_rows_are_kept(ready: Home, second_survey: Survey) -> None:
    sha256 = read_returns(ready, second_survey.load_year(YEAR))["returns"]["return_id"][0]
    ready.archived(sha256).unlink()
    with pytest.raises(InputError, match="broken-archive"):
        read_year(ready, second_survey, YEAR, [])
