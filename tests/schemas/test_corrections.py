"""Corrections as they are declared: what is refused before anything runs, with file and line."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from pipeline.home import Home
from pipeline.run import open_run, run_year
from schemas.corrections import load_corrections
from schemas.errors import DeclarationError
from schemas.survey import Survey, YearDeclarations
from tests.conftest import SECOND_YEAR as YEAR
from tests.support.corrections import correction, put_corrections
from tests.support.judging import put_returns

PLACE = ("plan_count", 1, None)
OTHER_PLACE = ("plan_state", 1, "complete")


@pytest.mark.parametrize(
    ("keys", "reference", "told"),
    [
        ({"municipality": "331001"}, "correction-matches-nothing", "331001"),
        ({"to": "12"}, "correction-changes-nothing", "'12' for '12'"),
        ({"expires": "2025-06-19"}, "correction-not-in-force", "2025-06-19"),
        ({"granted": "2025-06-21"}, "correction-not-in-force", "2025-06-21"),
        ({"reason": "　"}, "invalid-declaration", "reason"),
        ({"authority": ""}, "invalid-declaration", "authority"),
        ({"municipality": 331007}, "invalid-declaration", "municipality"),
        ({"cell": "7C"}, "invalid-declaration", "cell"),
        ({"to": True}, "invalid-declaration", "to"),
        ({"to": 15}, "invalid-declaration", "to"),
        ({"expect": date(2024, 4, 1)}, "invalid-declaration", "expect"),
        ({"until": "2026-01-01"}, "invalid-declaration", "until"),
    ],
)
def test_a_bad_correction_is_told_before_anything_runs(
    home: Home, second_survey: Survey, second_declarations: YearDeclarations, keys: dict[str, Any], reference: str,
    told: str,
) -> None:  # fmt: skip
    good = correction(second_declarations, "332020", PLACE, expect=12, to=15)
    put_corrections(home, YEAR, {**good, **keys})
    with pytest.raises(DeclarationError, match=reference) as caught:
        open_run(home, second_survey, YEAR)
    assert f"{home.corrections(YEAR)}:" in str(caught.value)
    assert told in str(caught.value)


@pytest.mark.parametrize("keys", [{"cell": "ZZ99"}, {"sheet": "別のシート"}])
@pytest.mark.parametrize("without", [(), ("332020",)])
def test_a_correction_of_a_cell_that_is_nowhere_stops_the_run_with_its_line(
    home: Home, second_survey: Survey, second_declarations: YearDeclarations, keys: dict[str, Any],
    without: tuple[str, ...],
) -> None:  # fmt: skip
    put_returns(home, second_declarations, {}, without=without)
    put_corrections(home, YEAR, {**correction(second_declarations, "332020", PLACE, expect=12, to=15), **keys})
    with pytest.raises(DeclarationError, match="correction-matches-nothing") as caught:
        run_year(open_run(home, second_survey, YEAR))
    assert f"{home.corrections(YEAR)}:3, 'by-telephone'" in str(caught.value)
    assert "an answer cell of the return" in str(caught.value)
    assert not home.gate(YEAR).exists()


@pytest.mark.parametrize(
    ("second", "reference"),
    [({"id": "by-letter"}, "corrected-twice"), ({"cell": None}, "duplicate-correction")],
)
def test_two_corrections_of_one_cell_or_of_one_id_are_refused(
    home: Home, second_survey: Survey, second_declarations: YearDeclarations, second: dict[str, Any], reference: str
) -> None:
    first = correction(second_declarations, "332020", PLACE, expect=12, to=15)
    other_cell = correction(second_declarations, "332020", OTHER_PLACE, expect="", to="○")["cell"]
    put_corrections(home, YEAR, first, {**first, **second, "cell": second.get("cell", first["cell"]) or other_cell})
    with pytest.raises(DeclarationError, match=reference):
        open_run(home, second_survey, YEAR)


def test_a_file_of_another_year_is_refused(
    home: Home, second_survey: Survey, second_declarations: YearDeclarations
) -> None:
    put_corrections(home, YEAR, correction(second_declarations, "332020", PLACE, expect=12, to=15))
    text = home.corrections(YEAR).read_text(encoding="utf-8").replace(f"year: {YEAR}", f"year: {YEAR - 1}")
    home.corrections(YEAR).write_text(text, encoding="utf-8")
    with pytest.raises(DeclarationError, match="corrections-of-another-year"):
        open_run(home, second_survey, YEAR)


@pytest.mark.parametrize(("granted", "expires"), [("2025-06-20", "2025-12-31"), ("2025-06-01", "2025-06-20")])
def test_a_correction_holds_on_its_first_and_on_its_last_day(
    home: Home, second_survey: Survey, second_declarations: YearDeclarations, granted: str, expires: str
) -> None:
    put_corrections(
        home, YEAR,
        correction(second_declarations, "332020", PLACE, expect=12, to=15, granted=granted, expires=expires),
    )  # fmt: skip
    assert open_run(home, second_survey, YEAR).year == YEAR


def test_whether_an_earlier_years_correction_is_in_force_is_not_asked_again(
    home: Home, second_declarations: YearDeclarations
) -> None:
    put_corrections(home, YEAR, correction(second_declarations, "332020", PLACE, expect=12, to=15))
    path = home.corrections(YEAR)
    assert len(load_corrections(path, second_declarations, on=None)) == 1
    with pytest.raises(DeclarationError, match="correction-not-in-force"):
        load_corrections(path, second_declarations, on=date(2027, 1, 1))


def test_without_a_file_nothing_is_corrected(home: Home, second_declarations: YearDeclarations) -> None:
    assert load_corrections(home.corrections(YEAR), second_declarations, on=date(2025, 6, 20)) == ()
