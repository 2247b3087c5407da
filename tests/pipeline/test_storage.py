"""A full disk and a folder that may not be written to: named, with what to do, and nothing is half made."""

from __future__ import annotations

import errno
import os
import shutil
from pathlib import Path

import pytest

from pipeline.home import Home
from pipeline.run import open_run, run_year
from pipeline.storage import as_storage_error, storage_fault
from schemas.survey import Survey
from tests.conftest import SECOND_YEAR as YEAR
from tests.support.command import kyogikai

NO_ROOM = os.strerror(errno.ENOSPC)


@pytest.mark.parametrize("number", [errno.ENOSPC, errno.EROFS, errno.EACCES])
def test_an_error_of_the_system_names_the_file(number: int) -> None:
    error = as_storage_error(OSError(number, os.strerror(number), "/x/figures.parquet"), "/x")
    assert error is not None
    assert error.reference == "cannot-write"
    assert (error.where, error.found) == ("/x/figures.parquet", os.strerror(number))


def test_an_error_of_a_library_is_known_by_the_systems_words() -> None:
    try:
        try:
            raise RuntimeError(f"IO Error: could not write block: {NO_ROOM}")
        except RuntimeError as error:
            raise ValueError("the step failed") from error
    except ValueError as error:
        found = as_storage_error(error, "/home")
    assert found is not None
    assert (found.where, found.found) == ("/home", NO_ROOM)


@pytest.mark.parametrize(
    "error", [OSError(errno.ENOENT, "No such file or directory"), ValueError("a bug"), KeyError(28)]
)
def test_any_other_error_is_left_alone(error: Exception) -> None:
    assert as_storage_error(error, "/home") is None
    assert storage_fault(str(error)) is None


@pytest.mark.parametrize(
    ("command", "broken"),
    [
        (("run", YEAR), "pipeline.warehouse.connect.duckdb.connect"),
        (("run", YEAR), "pipeline.publish.draft.write_report"),
        (("release", YEAR, "--by", "試験"), "pipeline.publish.release.write_files"),
    ],
)
def test_a_command_says_so_and_goes_on_when_there_is_room(
    finished_home: Home, second_survey: Survey, tmp_path: Path, monkeypatch: pytest.MonkeyPatch,
    command: tuple[object, ...], broken: str,
) -> None:  # fmt: skip
    home = Home(tmp_path / "home")
    shutil.copytree(finished_home.root, home.root)
    if command[0] == "run":
        shutil.rmtree(home.work(YEAR))

    def full(*_: object, **__: object) -> None:
        raise OSError(errno.ENOSPC, NO_ROOM, str(home.root / "part"))

    with monkeypatch.context() as patch:
        patch.setattr(broken, full)
        called = kyogikai(*command, home=home.root, survey=second_survey.root)
    assert called.code == 11
    assert "error: cannot-write" in called.err
    assert NO_ROOM in called.err
    assert not list(home.root.rglob("manifest.json"))
    assert kyogikai(*command, home=home.root, survey=second_survey.root).code == 0


def test_a_home_may_have_any_name(finished_home: Home, second_survey: Survey, tmp_path: Path) -> None:
    home = Home(tmp_path / "a $z" / "$HOME" / "百％ {{ a }} 'b'")
    shutil.copytree(finished_home.root, home.root)
    shutil.rmtree(home.work(YEAR))
    gate = run_year(open_run(home, second_survey, YEAR))
    assert gate["verdict"] == "passed"
    assert list(home.gate(YEAR).rglob("index.html"))
