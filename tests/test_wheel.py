"""The wheel, built and installed into an environment of its own: a year from inbox to release, in a folder that knows no repository."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import sysconfig
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from zipfile import ZipFile

import pytest

from pipeline import __version__
from pipeline.home import PROJECT_ROOT, Home
from schemas.survey import Survey
from tests.conftest import DEMO_YEAR, FIXED_NOW, SECOND_YEAR
from tests.support.command import kyogikai

NAME = f"kyogikai-{__version__}-py3-none-any.whl"
SOURCES = (
    "pyproject.toml",
    "requirements.txt",
    "LICENSE",
    "schemas",
    "pipeline",
    "dbt_project",
    "data/reference",
    "data/prose",
    "data/demo",
)
OWN = ("kyogikai_bundle", "pipeline", "schemas")


@dataclass(frozen=True)
class Installed:
    """An environment with the wheel, an unrelated folder to work in, and what the packages hold as they were installed."""

    packages: Path
    command: Path
    folder: Path
    listing: list[str]

    def run(self, *words: object) -> str:
        """Call the installed command in the unrelated folder; returns what it printed."""
        environment = {name: value for name, value in os.environ.items() if not name.startswith(("KYOGIKAI", "PYTHON"))}
        environment |= {"XDG_CACHE_HOME": str(self.folder.parent / "cache"), "KYOGIKAI_NOW": FIXED_NOW}
        command = [self.command, *map(str, words)]
        done = subprocess.run(command, cwd=self.folder, env=environment, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr
        return done.stdout


def list_packages(packages: Path) -> list[str]:
    return sorted(path.relative_to(packages).as_posix() for name in OWN for path in (packages / name).rglob("*"))


def copy_sources(folder: Path) -> None:
    for name in SOURCES:
        source, target = PROJECT_ROOT / name, folder / name
        target.parent.mkdir(parents=True, exist_ok=True)
        if source.is_dir():
            shutil.copytree(source, target, ignore=shutil.ignore_patterns("__pycache__", "target", "logs"))
        else:
            shutil.copy(source, target)


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheel, built as `make wheel` does from a copy of the sources, in which nothing else lies."""
    folder = tmp_path_factory.mktemp("wheel")
    copy_sources(folder / "sources")
    build = [
        "pip",
        "wheel",
        "--quiet",
        "--no-deps",
        "--no-index",
        "--no-build-isolation",
        "--wheel-dir",
        folder,
        folder / "sources",
    ]
    subprocess.run([sys.executable, "-m", *build], check=True, capture_output=True)
    return folder / NAME


@pytest.fixture(scope="module")
def installed(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Installed]:
    folder = tmp_path_factory.mktemp("installed")
    python = folder / "environment" / "bin" / "python"
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", folder / "environment"], check=True)
    install = ["pip", "--python", python, "install", "--quiet", "--no-deps", "--no-index", wheel]
    subprocess.run([sys.executable, "-m", *install], check=True, capture_output=True)
    [packages] = folder.glob("environment/lib/*/site-packages")
    # The locked packages are those of the tests; a .pth file there, such as the one that leads to the repository, is not followed.
    (packages / "locked.pth").write_text(f"{sysconfig.get_path('purelib')}\n", encoding="utf-8")
    rights = [path for name in OWN for path in [packages / name, *(packages / name).rglob("*")]]
    for path in rights:
        path.chmod(path.stat().st_mode & ~0o222)
    (folder / "elsewhere").mkdir()
    yield Installed(packages, python.parent / "kyogikai", folder / "elsewhere", list_packages(packages))
    for path in rights:
        path.chmod(path.stat().st_mode | 0o200)


@pytest.fixture(scope="module")
def released(installed: Installed, finished_home: Home, second_survey: Survey) -> dict[str, str]:
    """What the installed commands print from the inbox to a verified release, by the first word."""
    root = installed.folder / "survey"
    shutil.copytree(second_survey.root, root)
    shutil.copytree(finished_home.inbox(SECOND_YEAR), installed.folder / "kyogikai" / "inbox" / str(SECOND_YEAR))
    calls: list[tuple[object, ...]] = [
        ("run", SECOND_YEAR), ("release", SECOND_YEAR, "--by", "試験"), ("trace", SECOND_YEAR, "plans.total"), ("verify", SECOND_YEAR),
    ]  # fmt: skip
    return {str(call[0]): installed.run("--survey", "survey", *call) for call in calls}


def test_the_wheel_holds_every_module_and_declaration_and_nothing_else_at_its_top(wheel: Path) -> None:
    survey = Survey(PROJECT_ROOT)
    modules = [path for name in ("schemas", "pipeline") for path in (PROJECT_ROOT / name).rglob("*.py")]
    bundled = {path for year in survey.years for path in survey.declaration_files(year)}
    bundled |= {path for name in ("data/demo", "schemas/json") for path in (PROJECT_ROOT / name).iterdir()}
    project = [path for path in (PROJECT_ROOT / "dbt_project").rglob("*") if path.suffix in (".sql", ".yml", ".md")]
    bundled |= {path for path in project if "target" not in path.relative_to(PROJECT_ROOT).parts}
    expected = {path.relative_to(PROJECT_ROOT).as_posix(): path for path in modules}
    expected |= {f"kyogikai_bundle/{path.relative_to(PROJECT_ROOT).as_posix()}": path for path in bundled}
    with ZipFile(wheel) as archive:
        held = archive.namelist()
        assert [
            name for name, path in expected.items() if name not in held or archive.read(name) != path.read_bytes()
        ] == []
    assert {name.split("/")[0] for name in held} == {*OWN, f"kyogikai-{__version__}.dist-info"}


def test_the_installed_command_tells_its_version(installed: Installed) -> None:
    assert installed.run("--version").split()[-1] == __version__


def test_the_bundled_survey_is_found_from_any_folder(installed: Installed) -> None:
    assert (
        installed.run("--home", "../forms", "forms", DEMO_YEAR)
        == f"63 forms in {installed.folder.parent / 'forms' / 'forms' / str(DEMO_YEAR)}\n"
    )


def test_a_year_goes_from_its_inbox_to_a_verified_release(released: dict[str, str]) -> None:
    assert released["run"].startswith("27 of 27 returns, 0 errors")
    assert released["release"].startswith("released: ")
    assert released["verify"].startswith("faults: 0; ")
    assert "counted" in released["trace"]


def test_the_home_lies_where_the_command_was_called_and_what_dbt_derives_in_the_cache(
    installed: Installed, released: dict[str, str]
) -> None:
    assert (
        released["release"].strip().endswith(str(installed.folder / "kyogikai" / "releases" / str(SECOND_YEAR) / "r1"))
    )
    assert list((installed.folder.parent / "cache" / "kyogikai" / "dbt").glob("*/manifest.json"))
    assert sorted(path.name for path in installed.folder.iterdir()) == ["kyogikai", "survey"]


@pytest.mark.usefixtures("released")
def test_nothing_is_written_beside_the_installed_code_or_into_the_survey(
    installed: Installed, second_survey: Survey
) -> None:
    assert list_packages(installed.packages) == installed.listing
    for path in second_survey.root.rglob("*"):
        if path.is_file():
            assert (
                installed.folder / "survey" / path.relative_to(second_survey.root)
            ).read_bytes() == path.read_bytes()


@pytest.mark.usefixtures("released")
def test_the_repository_takes_the_installed_code_for_the_same(installed: Installed, second_survey: Survey) -> None:
    called = kyogikai("run", SECOND_YEAR, home=installed.folder / "kyogikai", survey=second_survey.root)
    assert called.out.startswith("nothing has changed since the last run; no stage was executed"), called.out
