"""A home that the first release made, opened by this version: read, upgraded, run, and released once more."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

import pytest

from pipeline import __version__
from pipeline.home import Home
from pipeline.home_format import CURRENT
from pipeline.warehouse.dbt import target_folder
from tests.first_home import NOW, YEAR, open_first_home
from tests.support.command import Called, kyogikai

FIGURE = "plans.total"
READERS = {
    "verify": ("verify", f"{YEAR}/r1"), "trace": ("trace", YEAR, FIGURE), "figures": ("figures", YEAR), "status": ("status", YEAR),
    "queries": ("queries", YEAR, "--list"), "sql": ("sql", YEAR, f"select value from fct_figures where figure_id = '{FIGURE}'"),
}  # fmt: skip
KEPT = ("archive", "releases/2025/r1")


@dataclass(frozen=True)
class Opened:
    """What each command said, in the order in which they were called, and the bytes that must not change, before and after."""

    home: Home
    called: dict[str, Called]
    bytes_before: dict[str, str]
    bytes_after: dict[str, str]
    refused_left: dict[str, str]


def bytes_of(root: Path, names: tuple[str, ...]) -> dict[str, str]:
    paths = [path for name in names for path in (root / name).rglob("*") if path.is_file()]
    return {path.relative_to(root).as_posix(): sha256(path.read_bytes()).hexdigest() for path in paths}


@pytest.fixture(scope="module")
def opened(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Opened]:
    home, survey = open_first_home(tmp_path_factory.mktemp("first"))

    def call(*words: object) -> Called:
        return kyogikai(*words, home=home.root, survey=survey.root)

    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("KYOGIKAI_NOW", NOW)
        whole = bytes_of(home.root, (".",))
        called = {f"{name} before": call(*words) for name, words in READERS.items()}
        called["run before"] = call("run", YEAR)
        left = {name: said for name, said in bytes_of(home.root, (".",)).items() if whole.get(name) != said}
        called["upgrade"] = call("upgrade")
        called["upgrade again"] = call("upgrade")
        called["run"] = call("run", YEAR)
        called["release"] = call("release", YEAR, "--by", "試験")
        called |= {f"{name} after": call(*words) for name, words in READERS.items()}
        called["verify r2"] = call("verify", f"{YEAR}/r2")
        called["diff"] = call("diff", f"{YEAR}/r1", f"{YEAR}/r2")
    kept = {name: said for name, said in whole.items() if name.startswith(KEPT)}
    yield Opened(home, called, kept, bytes_of(home.root, KEPT), left)
    shutil.rmtree(target_folder(survey), ignore_errors=True)


@pytest.mark.parametrize("name", READERS)
def test_what_only_reads_reads_the_home_as_it_is_and_after_the_upgrade(opened: Opened, name: str) -> None:
    before, after = opened.called[f"{name} before"], opened.called[f"{name} after"]
    assert (before.code, after.code) == (0, 0), before.err + after.err
    if name != "verify":
        assert before.out == after.out


def test_what_writes_asks_for_the_upgrade_and_writes_nothing(opened: Opened) -> None:
    refused = opened.called["run before"]
    assert refused.code == 11
    assert "home-of-earlier-format" in refused.err
    assert "format 1" in refused.err
    assert f"--home {opened.home.root} " in refused.err
    assert {name for name in opened.refused_left if not name.startswith("logs/")} <= {".writer.lock"}


def test_the_upgrade_says_each_step_and_is_done_once(opened: Opened) -> None:
    said, again = opened.called["upgrade"], opened.called["upgrade again"]
    assert (said.code, again.code) == (0, 0)
    assert said.out.splitlines()[0].startswith("format 1 to 2: ")
    assert again.out.startswith("nothing to do")
    assert json.loads(opened.home.format_file.read_bytes()) == {"format": CURRENT, "made_with": __version__}


def test_the_upgraded_home_is_run_whole_and_gives_the_same(opened: Opened) -> None:
    said = opened.called["run"]
    assert said.code == 0, said.err
    assert said.out.startswith("4 of 5 returns (cells corrected: 1), 5 errors, 0 warnings (findings waived: 5)")


def test_a_new_release_follows_the_old_one_whose_bytes_stay(opened: Opened) -> None:
    assert opened.called["release"].code == 0, opened.called["release"].err
    first, second = (opened.home.releases(YEAR) / name / "manifest.json" for name in ("r1", "r2"))
    manifest = json.loads(second.read_bytes())
    assert manifest["previous_release"] == sha256(first.read_bytes()).hexdigest()
    assert (json.loads(first.read_bytes())["version"], manifest["version"]) == ("0.1.0", __version__)
    assert opened.bytes_after == opened.bytes_before
    assert opened.called["verify r2"].code == 0
    assert opened.called["diff"].code == 0
