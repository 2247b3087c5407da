"""The demo in a home: synthetic returns only, made again without a changed byte, and never among real ones."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

import pytest

from pipeline.clock import JAPAN
from pipeline.collect.collect import collect, inbox_files
from pipeline.demo.demo import STAMP, make_demo
from pipeline.home import Home
from pipeline.read.read import read_returns
from pipeline.tables import save
from pipeline.validate.validate import validate_returns
from schemas.errors import UsageError
from schemas.survey import Survey, YearDeclarations
from tests.conftest import SECOND_YEAR
from tests.support.workbooks import evacuation_answers, write_workbook


def contents(home: Home) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in home.inbox(SECOND_YEAR).iterdir()}


def put_real_return(home: Home, declarations: YearDeclarations) -> Path:
    municipality = declarations.municipalities[0]
    path = home.inbox(SECOND_YEAR) / "kaito.xlsx"
    path.parent.mkdir(parents=True, exist_ok=True)
    answers = evacuation_answers(declarations, municipality)
    path.write_bytes(write_workbook(declarations, municipality.code, answers))
    return path


def test_a_survey_without_targets_gets_returns_without_a_finding(
    home: Home, second_survey: Survey, second_declarations: YearDeclarations
) -> None:
    paths = make_demo(home, second_survey, years=[SECOND_YEAR])
    receipts = collect(home, second_declarations)
    assert len(paths) == 27
    assert [r.event for r in receipts] == ["accepted"] * 27
    assert all(r.is_synthetic for r in receipts)
    save(home, SECOND_YEAR, read_returns(home, second_declarations))
    assert validate_returns(home, second_declarations)["findings"].is_empty()


def test_made_again_no_byte_changes_whether_the_stamp_is_there_or_not(home: Home, second_survey: Survey) -> None:
    first = make_demo(home, second_survey, years=[SECOND_YEAR])
    before = contents(home)
    assert make_demo(home, second_survey, years=[SECOND_YEAR]) == first
    assert contents(home) == before
    (home.root / STAMP).unlink()
    first[3].unlink()
    assert make_demo(home, second_survey, years=[SECOND_YEAR]) == first
    assert contents(home) == before


def test_returns_arrive_in_office_hours_between_forms_out_and_the_deadline(
    home: Home, second_survey: Survey, second_declarations: YearDeclarations
) -> None:
    paths = make_demo(home, second_survey, years=[SECOND_YEAR])
    calendar = second_declarations.questionnaire.calendar
    moments = [datetime.fromtimestamp(path.stat().st_mtime, JAPAN) for path in paths]
    assert inbox_files(home, SECOND_YEAR) == paths
    assert moments == sorted(moments)
    assert len(set(moments)) == len(moments)
    assert all(calendar.forms_out <= moment.date() <= calendar.deadline for moment in moments)
    assert all(moment.weekday() < 5 and 9 <= moment.hour < 17 for moment in moments)


def test_a_home_with_a_real_return_in_its_inbox_is_refused(
    home: Home, second_survey: Survey, second_declarations: YearDeclarations
) -> None:
    put_real_return(home, second_declarations)
    with pytest.raises(UsageError, match=r"home-holds-real-returns(?s:.)*kaito\.xlsx"):
        make_demo(home, second_survey, years=[SECOND_YEAR])


def test_a_home_with_a_real_return_in_its_ledger_is_refused(
    home: Home, second_survey: Survey, second_declarations: YearDeclarations
) -> None:
    path = put_real_return(home, second_declarations)
    collect(home, second_declarations)
    path.unlink()
    with pytest.raises(UsageError, match="home-holds-real-returns"):
        make_demo(home, second_survey, years=[SECOND_YEAR])


def test_a_file_that_cannot_be_read_counts_as_real(home: Home, second_survey: Survey) -> None:
    home.inbox(SECOND_YEAR).mkdir(parents=True)
    (home.inbox(SECOND_YEAR) / "memo.xlsx").write_bytes(b"")
    with pytest.raises(UsageError, match=r"memo\.xlsx"):
        make_demo(home, second_survey, years=[SECOND_YEAR])


def test_errors_are_seeded_into_an_empty_home_only(home: Home, second_survey: Survey) -> None:
    with home.writer():
        pass
    make_demo(home, second_survey, years=[SECOND_YEAR], with_errors=True)
    with pytest.raises(UsageError, match="home-not-empty"):
        make_demo(home, second_survey, years=[SECOND_YEAR], with_errors=True)
    with pytest.raises(UsageError, match="home-holds-seeded-errors"):
        make_demo(home, second_survey, years=[SECOND_YEAR])
