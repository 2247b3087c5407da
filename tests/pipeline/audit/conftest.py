"""Releases to verify."""

from __future__ import annotations

import shutil

import pytest

from pipeline.home import Home
from pipeline.publish.release import release_year
from pipeline.run import open_run, run_year
from schemas.survey import Survey, YearDeclarations
from tests.conftest import SECOND_YEAR as YEAR
from tests.support.workbooks import evacuation_answers, write_workbook


@pytest.fixture(scope="module")
def released(
    finished_home: Home,
    second_survey: Survey,
    second_declarations: YearDeclarations,
    tmp_path_factory: pytest.TempPathFactory,
) -> Home:
    """A home with two releases of a year. Tests must put back what they change."""
    root = tmp_path_factory.mktemp("released") / "home"
    shutil.copytree(finished_home.root, root)
    home = Home(root)
    release_year(home, second_survey, YEAR, by="甲")
    city = second_declarations.municipalities[0]
    answers = {**evacuation_answers(second_declarations, city), ("plan_count", 1, None): 13}
    corrected = home.inbox(YEAR) / f"{city.code}（修正）.xlsx"
    corrected.write_bytes(write_workbook(second_declarations, city.code, answers))
    run_year(open_run(home, second_survey, YEAR))
    assert release_year(home, second_survey, YEAR, by="甲").name == "r2"
    return home
