"""Releases to verify."""

from __future__ import annotations

import pytest

from pipeline.home import Home
from pipeline.publish.release import release_year
from pipeline.run import open_run, run_year
from schemas.survey import Survey, YearDeclarations
from tests.conftest import FIXED_NOW
from tests.conftest import SECOND_YEAR as YEAR
from tests.pipeline.conftest import copied
from tests.support.workbooks import usual_workbook


@pytest.fixture(scope="session")
def released_home(
    finished_home: Home,
    second_survey: Survey,
    second_declarations: YearDeclarations,
    tmp_path_factory: pytest.TempPathFactory,
) -> Home:
    """A home with two releases of a year. Tests must not write to it."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("KYOGIKAI_NOW", FIXED_NOW)
        home = copied(finished_home, tmp_path_factory.mktemp("released") / "home")
        release_year(home, second_survey, YEAR, by="甲")
        city = second_declarations.municipalities[0]
        corrected = home.inbox(YEAR) / f"{city.code}（修正）.xlsx"
        corrected.write_bytes(usual_workbook(second_declarations, city, {("plan_count", 1, None): 13}))
        run_year(open_run(home, second_survey, YEAR))
        assert release_year(home, second_survey, YEAR, by="甲").name == "r2"
    return home


@pytest.fixture(scope="module")
def released(released_home: Home, tmp_path_factory: pytest.TempPathFactory) -> Home:
    """A copy of the home with two releases. Tests must put back what they change."""
    return copied(released_home, tmp_path_factory.mktemp("released") / "home")
