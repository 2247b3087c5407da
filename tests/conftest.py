"""Fixtures of all tests: the two surveys, and a finished home of each for the whole session."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from filelock import FileLock
from hypothesis import settings

from pipeline.demo.demo import make_demo
from pipeline.home import PROJECT_ROOT, Home
from pipeline.publish.release import release_year
from pipeline.run import open_run, run_year
from pipeline.warehouse.dbt import target_folder
from schemas.survey import Survey, YearDeclarations
from tests.support.two_years import FIRST, make_two_years, send
from tests.support.workbooks import usual_workbook

DEMO_YEAR = 2024
DEMO_NOW = "2024-12-02T09:00:00+09:00"
SECOND_YEAR = 2025
FIXED_NOW = "2025-06-20T09:00:00+09:00"

# How long an example takes says something of the machine and its load, nothing of the product.
settings.register_profile("kyogikai", deadline=None)
settings.load_profile("kyogikai")


LONG_FILES = (
    "test_team.py",
    "test_compare.py",
    "test_spark.py",
    "test_browser.py",
    "test_rebuild.py",
    "test_completeness.py",
)
"""Files that take about a minute or more of a processor, or of waiting for other processes, the longest first."""


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Begin with the longest files, then those of whole years: no process is left with one at the end."""

    def turn(item: pytest.Item) -> tuple[int, bool]:
        name = item.path.name
        place = LONG_FILES.index(name) if name in LONG_FILES else len(LONG_FILES)
        return place, item.path.parent != Path(__file__).parent

    items.sort(key=turn)


@pytest.fixture(scope="session", autouse=True)
def no_loss_of_power() -> Iterator[None]:
    """What a test writes need not outlast a loss of power: nobody waits for the disk."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("os.fsync", lambda _: None)
        patch.setattr("os.sync", lambda: None)
        yield


@pytest.fixture(scope="session", autouse=True)
def fixed_clock() -> Iterator[None]:
    """Every test, and what is made for many of them, lives at the same moment."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("KYOGIKAI_NOW", FIXED_NOW)
        yield


@pytest.fixture(scope="session")
def second_survey() -> Survey:
    """Another prefecture, other questions, other figures, its own marts."""
    return Survey(PROJECT_ROOT / "tests" / "second_survey")


@pytest.fixture(scope="session")
def second_declarations(second_survey: Survey) -> YearDeclarations:
    """The second survey's one year."""
    return second_survey.load_year(SECOND_YEAR)


@pytest.fixture(scope="session")
def two_years(second_survey: Survey, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Survey]:
    """The second survey with a second year. Tests must not write to it."""
    survey = make_two_years(second_survey, tmp_path_factory.mktemp("surveys") / "two")
    yield survey
    shutil.rmtree(target_folder(survey), ignore_errors=True)


def fill_inbox(home: Home, declarations: YearDeclarations) -> None:
    """Put a return of every municipality into the inbox."""
    folder = home.inbox(declarations.year)
    folder.mkdir(parents=True, exist_ok=True)
    for municipality in declarations.municipalities:
        content = usual_workbook(declarations, municipality)
        (folder / f"{municipality.code}_{municipality.name}.xlsx").write_bytes(content)


@pytest.fixture(scope="session")
def finished_home(
    tmp_path_factory: pytest.TempPathFactory, second_survey: Survey, second_declarations: YearDeclarations
) -> Home:
    """A home of the second survey, run from inbox to gate once. Tests must not write to it."""

    def make(home: Home) -> None:
        fill_inbox(home, second_declarations)
        run_year(open_run(home, second_survey, SECOND_YEAR))

    return made_once(tmp_path_factory, "finished", make, at=FIXED_NOW)


@pytest.fixture(scope="session")
def first_year_home(tmp_path_factory: pytest.TempPathFactory, two_years: Survey) -> Home:
    """A home of the survey with two years, whose first year is released. Tests must not write to it."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("KYOGIKAI_NOW", FIXED_NOW)
        home = Home(tmp_path_factory.mktemp("first-year") / "home")
        send(home, two_years, FIRST, {})
        run_year(open_run(home, two_years, FIRST))
        release_year(home, two_years, FIRST, by="試験")
    return home


@pytest.fixture
def first_released(first_year_home: Home, tmp_path: Path) -> Home:
    """A copy of the home whose first year is released."""
    shutil.copytree(first_year_home.root, tmp_path / "first")
    return Home(tmp_path / "first")


@pytest.fixture
def ready(finished_home: Home, tmp_path: Path) -> Home:
    """A copy of the finished home, to be changed freely."""
    shutil.copytree(finished_home.root, tmp_path / "ready")
    return Home(tmp_path / "ready")


def made_once(
    tmp_path_factory: pytest.TempPathFactory, name: str, make: Callable[[Home], object], *, at: str = DEMO_NOW
) -> Home:
    """A home that is made at a moment, and once for all processes that run tests."""
    folder = tmp_path_factory.getbasetemp()
    if "PYTEST_XDIST_WORKER" in os.environ:
        folder = folder.parent
    home, mark = Home(folder / name), folder / f"{name}.made"
    with FileLock(folder / f"{name}.lock"), pytest.MonkeyPatch.context() as patch:
        if not mark.exists():
            patch.setenv("KYOGIKAI_NOW", at)
            shutil.rmtree(home.root, ignore_errors=True)
            make(home)
            mark.touch()
    return home


@pytest.fixture(scope="session")
def demo_home(tmp_path_factory: pytest.TempPathFactory) -> Home:
    """A home with the demo returns of 2024, run to the gate once. Tests must not write to it."""

    def make(home: Home) -> None:
        survey = Survey(PROJECT_ROOT)
        make_demo(home, survey, years=[DEMO_YEAR])
        run_year(open_run(home, survey, DEMO_YEAR))

    return made_once(tmp_path_factory, "demo", make)


@pytest.fixture(scope="session")
def demo_release(tmp_path_factory: pytest.TempPathFactory, demo_home: Home) -> Path:
    """The release of the demo's year, the first of its home. Tests must not write to it."""

    def make(home: Home) -> None:
        shutil.copytree(demo_home.root, home.root)
        release_year(home, Survey(PROJECT_ROOT), DEMO_YEAR, by="試験")

    return made_once(tmp_path_factory, "released", make).releases(DEMO_YEAR) / "r1"


@pytest.fixture(scope="session")
def mistaken_home(tmp_path_factory: pytest.TempPathFactory) -> Home:
    """A home with the demo returns of 2024 and one mistake of every kind, not run. Tests must not write to it."""
    return made_once(
        tmp_path_factory, "mistaken",
        lambda home: make_demo(home, Survey(PROJECT_ROOT), years=[DEMO_YEAR], with_errors=True),
    )  # fmt: skip


@pytest.fixture
def home(tmp_path: Path) -> Home:
    """An empty home."""
    return Home(tmp_path / "home")
