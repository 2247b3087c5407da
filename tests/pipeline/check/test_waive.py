"""A waiver lets pass what somebody has looked at, and nothing else in the same place."""

from __future__ import annotations

from pathlib import Path

import pytest

from pipeline.audit.listing import list_findings
from pipeline.home import Home
from pipeline.run import open_run, run_year
from schemas.errors import DeclarationError
from schemas.survey import Survey, YearDeclarations
from tests.conftest import FIXED_NOW
from tests.conftest import SECOND_YEAR as YEAR
from tests.pipeline.conftest import copied
from tests.support.judging import put_returns
from tests.support.waivers import waive

CODE, PLACE = "332020", ("plan_count", 1, None)
FINDING = f"range.plan_count:{CODE}"


def run(home: Home, survey: Survey, declarations: YearDeclarations, value: object) -> dict[str, object]:
    put_returns(home, declarations, {CODE: {PLACE: value}})
    return run_year(open_run(home, survey, YEAR))


@pytest.fixture(scope="module")
def doubted_home(
    tmp_path_factory: pytest.TempPathFactory, second_survey: Survey, second_declarations: YearDeclarations
) -> Home:
    """A number out of range is all that blocks. Tests must not write to it."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("KYOGIKAI_NOW", FIXED_NOW)
        home = Home(tmp_path_factory.mktemp("doubted") / "home")
        assert run(home, second_survey, second_declarations, 100000)["blocking"] == [FINDING]
    return home


@pytest.fixture
def doubted(doubted_home: Home, tmp_path: Path) -> Home:
    """A copy of the home with a number out of range."""
    return copied(doubted_home, tmp_path / "doubted")


def key_of(home: Home, finding_id: str) -> str:
    (row,) = [row for row in list_findings(home, YEAR) if row["finding_id"] == finding_id]
    return str(row["waiver_key"])


def test_a_value_that_was_looked_at_passes_and_another_one_does_not(
    doubted: Home, second_survey: Survey, second_declarations: YearDeclarations
) -> None:
    key = key_of(doubted, FINDING)
    waive(doubted, [key])
    assert run_year(open_run(doubted, second_survey, YEAR))["verdict"] == "passed"
    with pytest.raises(DeclarationError, match=f"waiver-of-another-state(.|\n)*{key}(.|\n)*expected  {FINDING}@"):
        run(doubted, second_survey, second_declarations, 100001)
    assert key_of(doubted, FINDING) != key


def test_an_id_alone_waives_no_value_and_the_error_tells_the_key(doubted: Home, second_survey: Survey) -> None:
    waive(doubted, [FINDING])
    with pytest.raises(DeclarationError, match=f"waiver-of-another-state(.|\n)*expected  {key_of(doubted, FINDING)}"):
        run_year(open_run(doubted, second_survey, YEAR))


def test_what_is_gone_matches_nothing(
    doubted: Home, second_survey: Survey, second_declarations: YearDeclarations
) -> None:
    waive(doubted, [key_of(doubted, FINDING)])
    with pytest.raises(
        DeclarationError, match=rf"waiver-matches-nothing\n  where     {doubted.waivers(YEAR)}:5, 'non-response'"
    ):
        run(doubted, second_survey, second_declarations, 12)


def test_a_key_that_is_nearly_that_of_a_finding_is_told_with_it(doubted: Home, second_survey: Survey) -> None:
    key = key_of(doubted, FINDING)
    waive(doubted, [f"range.plan_cuont:{CODE}", "range.*"])
    with pytest.raises(DeclarationError) as caught:
        run_year(open_run(doubted, second_survey, YEAR))
    assert str(caught.value).count("waiver-matches-nothing") == 2
    assert f"nearest: {key}" in str(caught.value)


def test_a_missing_return_has_nothing_that_could_change_but_what_is_about_numbers_has(
    home: Home, second_survey: Survey, second_declarations: YearDeclarations
) -> None:
    put_returns(home, second_declarations, {}, without=(CODE,))
    run_year(open_run(home, second_survey, YEAR))
    keys = {row["finding_id"]: row["waiver_key"] for row in list_findings(home, YEAR)}
    assert keys[f"return.missing:{CODE}"] == f"return.missing:{CODE}"
    others = {finding: key for finding, key in keys.items() if finding != f"return.missing:{CODE}"}
    assert others
    assert all(key.partition("@")[0] == finding and key != finding for finding, key in others.items())
