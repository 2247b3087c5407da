"""A run that builds on the run before gives what a run from the archive alone gives, to the last byte of the release."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import duckdb
import pytest

from pipeline.home import Home
from pipeline.publish.release import release_year
from pipeline.run import open_run, run_year
from pipeline.tables import TABLES
from schemas.survey import Survey
from tests.conftest import FIXED_NOW
from tests.support.two_years import FIRST, SECOND, send

CODE = "331007"
KEPT = ("archive", "inbox", "releases")
"""What a home cannot make again; the other folders are derived from these, the ledger and the list of releases."""


@pytest.fixture
def grown(first_released: Home, two_years: Survey, monkeypatch: pytest.MonkeyPatch) -> Home:
    """A home with two years, of which the first is released and the second was run, changed and run again."""
    monkeypatch.setenv("KYOGIKAI_NOW", FIXED_NOW)
    send(first_released, two_years, SECOND, {})
    run_year(open_run(first_released, two_years, SECOND))
    send(first_released, two_years, SECOND, {CODE: {("plan_count", 1, None): 13}})
    run_year(open_run(first_released, two_years, SECOND))
    return first_released


def from_the_archive(home: Home, folder: Path) -> Home:
    """Another home with what the first has received and released, and nothing that was derived from it."""
    folder.mkdir()
    for name in KEPT:
        shutil.copytree(home.root / name, folder / name)
    for path in (home.ledger, home.issued):
        shutil.copy(path, folder)
    return Home(folder)


def content(warehouse: Path) -> dict[str, list[tuple[Any, ...]]]:
    with duckdb.connect(str(warehouse), read_only=True) as connection:
        names = [name for (name,) in connection.execute("select table_name from information_schema.tables").fetchall()]
        return {name: connection.execute(f'select * from "{name}" order by all').fetchall() for name in names}


def files(folder: Path) -> dict[str, bytes]:
    """Every file but the DuckDB file, whose own layout differs from writing to writing and whose hash its manifest holds."""
    paths = [
        path for path in folder.rglob("*") if path.is_file() and path.suffix != ".duckdb" and path.name != "seal.json"
    ]
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in paths}


def test_a_run_upon_a_run_gives_what_a_run_from_the_archive_gives(
    grown: Home, two_years: Survey, tmp_path: Path
) -> None:
    anew = from_the_archive(grown, tmp_path / "anew")
    run_year(open_run(anew, two_years, FIRST))
    run_year(open_run(anew, two_years, SECOND))
    for year in (FIRST, SECOND):
        tables = {name: (grown.table(year, name), anew.table(year, name)) for name in TABLES}
        assert [name for name, (one, other) in tables.items() if one.read_bytes() != other.read_bytes()] == []
    assert content(grown.warehouse) == content(anew.warehouse)
    one, other = (release_year(home, two_years, SECOND, by="甲") for home in (grown, anew))
    assert files(one) == files(other)
