"""Homes that are run once for the whole session, and copies of them for tests that change something."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from pipeline.home import Home
from pipeline.publish.release import release_year
from pipeline.run import open_run, run_year
from schemas.survey import Survey, YearDeclarations
from tests.conftest import FIXED_NOW, SECOND_YEAR, fill_inbox, made_once
from tests.support.corrections import correction, put_corrections
from tests.support.judging import put_returns
from tests.support.waivers import waive

if TYPE_CHECKING:
    from dagster import DagsterInstance

    from tests.support.dagster_run import Ran
    from tests.support.queries import Year


@pytest.fixture(scope="session")
def instance() -> Iterator[DagsterInstance]:
    """One instance that forgets everything with the session, and tells nobody."""
    from dagster import DagsterInstance

    with DagsterInstance.ephemeral(settings={"telemetry": {"enabled": False}}) as ephemeral:
        yield ephemeral


@pytest.fixture(scope="session")
def ran(
    tmp_path_factory: pytest.TempPathFactory, second_survey: Survey, second_declarations: YearDeclarations,
    instance: DagsterInstance,
) -> Iterator[Ran]:  # fmt: skip
    """The second survey, run by Dagster from the inbox to the release candidate. Tests must not write to it."""
    from pipeline.definitions import build_definitions
    from pipeline.orchestration.execute import run_job
    from tests.support.dagster_run import Ran

    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("KYOGIKAI_NOW", FIXED_NOW)
        home = Home(tmp_path_factory.mktemp("dagster"))
        fill_inbox(home, second_declarations)
        result = run_job(home, second_survey, SECOND_YEAR, instance=instance)
        yield Ran(home, second_survey, instance, build_definitions(home=home, survey=second_survey), result)


@pytest.fixture
def branch(ran: Ran, tmp_path: Path) -> Ran:
    """A copy of the finished home, for a test that changes it."""
    from pipeline.definitions import build_definitions

    home = Home(tmp_path / "branch")
    shutil.copytree(ran.home.root, home.root)
    return replace(ran, home=home, definitions=build_definitions(home=home, survey=ran.survey))


@pytest.fixture(scope="session")
def issued_home(tmp_path_factory: pytest.TempPathFactory, second_declarations: YearDeclarations) -> Home:
    """A home of the second survey with a doubt of each kind and their query sheets. Tests must not write to it."""
    from tests.support.queries import DOUBTS, Year

    def make(home: Home) -> None:
        issued = Year(home, second_declarations)
        issued.returns(DOUBTS)
        issued.issue()

    return made_once(tmp_path_factory, "issued", make, at=FIXED_NOW)


@pytest.fixture
def issued(issued_home: Home, second_declarations: YearDeclarations, tmp_path: Path) -> Year:
    """A copy of the home with issued sheets, two days later."""
    from tests.support.queries import FIRST_REPLY, Year

    shutil.copytree(issued_home.root, tmp_path / "issued")
    return Year(Home(tmp_path / "issued"), second_declarations, FIRST_REPLY)


SILENT, CORRECTED = "331007", "332020"


def copied(home: Home, root: Path) -> Home:
    """A copy of a home."""
    shutil.copytree(home.root, root)
    return Home(root)


@pytest.fixture(scope="session")
def silent_home(
    tmp_path_factory: pytest.TempPathFactory, second_survey: Survey, second_declarations: YearDeclarations
) -> Home:
    """A home of the second survey without the return of 331007, whose gate refuses. Tests must not write to it."""

    def make(home: Home) -> None:
        put_returns(home, second_declarations, {}, without=(SILENT,))
        run_year(open_run(home, second_survey, SECOND_YEAR))

    return made_once(tmp_path_factory, "silent", make, at=FIXED_NOW)


@pytest.fixture
def silent(silent_home: Home, tmp_path: Path) -> Home:
    """A copy of the home in which a return is missing."""
    return copied(silent_home, tmp_path / "silent")


@pytest.fixture(scope="session")
def waived_home(tmp_path_factory: pytest.TempPathFactory, silent_home: Home, second_survey: Survey) -> Home:
    """The home without the return of 331007, which is waived until the end of 2025: its gate passes. Tests must not write to it."""

    def make(home: Home) -> None:
        copied(silent_home, home.root)
        waive(home, [f"return.missing:{SILENT}"])
        run_year(open_run(home, second_survey, SECOND_YEAR))

    return made_once(tmp_path_factory, "waived", make, at=FIXED_NOW)


@pytest.fixture
def waived(waived_home: Home, tmp_path: Path) -> Home:
    """A copy of the home in which a missing return is waived."""
    return copied(waived_home, tmp_path / "waived")


@pytest.fixture(scope="session")
def revised_home(
    tmp_path_factory: pytest.TempPathFactory, finished_home: Home, second_survey: Survey,
    second_declarations: YearDeclarations,
) -> Home:  # fmt: skip
    """The finished home with a release, and with a second one after 332020's 12 plans were corrected to 15. Tests must not write to it."""

    def make(home: Home) -> None:
        copied(finished_home, home.root)
        release_year(home, second_survey, SECOND_YEAR, by="試験")
        told = correction(second_declarations, CORRECTED, ("plan_count", 1, None), expect=12, to=15)
        put_corrections(home, SECOND_YEAR, told)
        run_year(open_run(home, second_survey, SECOND_YEAR))
        release_year(home, second_survey, SECOND_YEAR, by="試験")

    return made_once(tmp_path_factory, "revised", make, at=FIXED_NOW)


@pytest.fixture
def revised(revised_home: Home, tmp_path: Path) -> Home:
    """A copy of the home with a release that revises another."""
    return copied(revised_home, tmp_path / "revised")
