"""A release that lacks a table, as one of an earlier version of the product may, is named with what to do."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from pipeline.home import Home
from pipeline.publish.compare import read_side
from pipeline.publish.feedback.write import write_feedback
from pipeline.publish.release import release_year
from pipeline.run import open_run, run_year
from pipeline.warehouse.released import released_answers, released_figures, withhold_units
from schemas.errors import InputError
from schemas.survey import Survey
from tests.support.two_years import FIRST, SECOND, send

FIGURES, ANSWERS = "public/figures.parquet", "internal/answers.parquet"
Reader = Callable[[Home, Survey, Path], object]


@pytest.fixture(scope="module")
def released(first_year_home: Home, tmp_path_factory: pytest.TempPathFactory) -> Home:
    """A copy of the home whose first year is released. Tests must not write to it."""
    home = Home(tmp_path_factory.mktemp("released") / "home")
    shutil.copytree(first_year_home.root, home.root)
    return home


def without(home: Home, folder: Path, name: str) -> tuple[Home, Path]:
    """A copy of the home in which the release was made without a file, and the release."""
    shutil.copytree(home.root, folder / "home")
    copy = Home(folder / "home")
    release = copy.releases(FIRST) / "r1"
    manifest = json.loads((release / "manifest.json").read_bytes())
    del manifest["outputs"][name]
    (release / name).unlink()
    (release / "manifest.json").write_text(json.dumps(manifest), encoding="utf-8")
    return copy, release


READERS: list[tuple[str, Reader]] = [
    (FIGURES, lambda home, _, __: released_figures(home, [FIRST])),
    (ANSWERS, lambda home, _, __: released_answers(home, FIRST)),
    (FIGURES, lambda _, __, release: read_side(release)),
    ("public/rankings.parquet", lambda _, __, release: read_side(release)),
    ("internal/findings.parquet", write_feedback),
]


@pytest.mark.parametrize(("name", "read"), READERS)
def test_whoever_needs_the_table_says_which_release_lacks_it(
    released: Home, two_years: Survey, tmp_path: Path, name: str, read: Reader
) -> None:
    home, release = without(released, tmp_path, name)
    with pytest.raises(InputError) as caught:
        read(home, two_years, release)
    error = caught.value
    assert (error.reference, error.where, error.found) == ("release-lacks-tables", str(release), f"no {name}")
    assert f"kyogikai release {FIRST}" in error.fix
    read(released, two_years, released.releases(FIRST) / "r1")


def test_a_word_that_its_year_withholds_now_is_not_quoted_from_its_releases(released: Home) -> None:
    figures = released_figures(released, [FIRST])
    assert withhold_units(figures, {}).equals(figures)
    quoted = withhold_units(figures, {FIRST: {"plan_state.complete": "団体"}, FIRST + 1: {"plans.total": "団体"}})
    changed = quoted.filter(quoted["unit"] != figures["unit"])
    assert set(changed["figure_id"]) == {"plan_state.complete"}
    assert set(changed["unit"]) == {"団体"}
    assert quoted.drop("unit").equals(figures.drop("unit"))


def test_a_table_that_is_there_and_was_changed_is_told_as_such(released: Home, tmp_path: Path) -> None:
    home, release = without(released, tmp_path, "public/rankings.parquet")
    (release / ANSWERS).write_bytes(b"")
    with pytest.raises(InputError, match="release-changed"):
        released_answers(home, FIRST)


def test_the_next_year_is_not_run_on_half_of_what_it_is_compared_with(
    released: Home, two_years: Survey, tmp_path: Path
) -> None:
    home, release = without(released, tmp_path, ANSWERS)
    send(home, two_years, SECOND, {})
    with pytest.raises(InputError, match="release-lacks-tables"):
        run_year(open_run(home, two_years, SECOND))
    shutil.rmtree(home.root)
    shutil.copytree(released.root, home.root)
    send(home, two_years, SECOND, {})
    run_year(open_run(home, two_years, SECOND))
    assert release_year(home, two_years, SECOND, by="試験").name == "r1"
    assert release.is_dir()
