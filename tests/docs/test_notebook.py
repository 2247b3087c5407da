"""The notebook of a release: what it counts is what is published, and what it draws is what the site draws."""

from __future__ import annotations

import importlib.util
import json
import os
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType

import polars as pl
import pytest

from docs.examples import ROOT

NOTEBOOK = ROOT / "docs" / "notebooks" / "release.py"


@dataclass(frozen=True)
class Ran:
    """What the notebook said as a program."""

    code: int
    out: str
    err: str


def run(*words: object, **setting: object) -> Ran:
    names = {name: str(value) for name, value in setting.items()}
    kept = {name: value for name, value in os.environ.items() if not name.startswith("KYOGIKAI_")}
    done = subprocess.run(
        [sys.executable, NOTEBOOK, *map(str, words)], env=kept | names, capture_output=True, text=True, check=False
    )
    return Ran(done.returncode, done.stdout, done.stderr)


@pytest.fixture(scope="module")
def notebook() -> ModuleType:
    """The functions of the notebook."""
    spec = importlib.util.spec_from_file_location("release_notebook", NOTEBOOK)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture
def public(demo_release: Path, tmp_path: Path) -> Path:
    """A copy of what of the release the notebook reads."""
    folder = tmp_path / "public"
    folder.mkdir()
    for path in [*(demo_release / "public").glob("*.parquet"), demo_release / "public" / "datapackage.json"]:
        shutil.copy(path, folder)
    return folder


def drawn_by_site(public: Path, question: str) -> list[dict[str, object]]:
    text = (public / "site" / "data" / "questions" / f"{question}.js").read_text(encoding="utf-8")
    charts = json.JSONDecoder().raw_decode(text.partition("=")[2].strip())[0]
    values: list[dict[str, object]] = charts["chart-1"]["data"]["values"]
    return values


def questions_with_many(public: Path) -> list[str]:
    answers = pl.read_parquet(public / "mart_answers.parquet")
    many = answers.filter((pl.col("option_code") != "") & (pl.col("grain") == "municipality"))
    return sorted(many["question_id"].unique())


def test_as_a_program_it_shows_the_release_of_the_home_and_finds_its_figures(demo_release: Path) -> None:
    ran = run(KYOGIKAI_HOME=demo_release.parents[2])
    assert ran.code == 0, ran.err
    first, title, *_ = ran.out.splitlines()
    assert first == str(demo_release / "public")
    assert "架空" in title
    assert "11 of 11 counts have a published figure, and all of them equal it" in ran.out
    for path in (demo_release / "public").glob("*.parquet"):
        assert path.stem in ran.out


def test_every_question_counts_as_published_and_is_drawn_as_on_the_site(
    notebook: ModuleType, demo_release: Path
) -> None:
    public = demo_release / "public"
    answers, codes, figures = (pl.read_parquet(public / f"{n}.parquet") for n in ("mart_answers", "codes", "figures"))
    questions = questions_with_many(public)
    assert {"role", "agenda_topic", "support_base_function"} <= set(questions)
    for question in questions:
        counts = notebook.counts_of_options(question, answers, codes)
        beside = notebook.beside_figures(question, counts, figures)
        assert beside["value"].to_list() == beside["数"].to_list()
        drawn = notebook.ranked_bars(counts, "市町村").to_dict()["data"]["values"]
        assert drawn == drawn_by_site(public, question)


def test_a_count_that_is_not_the_figure_stops_it(public: Path) -> None:
    figures = pl.read_parquet(public / "figures.parquet")
    is_first = pl.col("figure_id") == "agenda_topic.network"
    figures.with_columns(value=pl.when(is_first).then(pl.col("value") + 1).otherwise("value")).write_parquet(
        public / "figures.parquet"
    )
    ran = run("--folder", public)
    assert ran.code == 1
    assert "the answers do not give the published figures" in ran.err
    assert "agenda_topic.network" in ran.err


@pytest.mark.parametrize("name", ["codes.parquet", "mart_figure_series.parquet", "datapackage.json"])
def test_a_file_that_is_not_there_is_named_with_what_to_do(public: Path, name: str) -> None:
    (public / name).unlink()
    ran = run(KYOGIKAI_RELEASE=public)
    assert (ran.code, ran.out) == (1, "")
    assert f"{public} lacks {name}." in ran.err
    assert "kyogikai verify YEAR" in ran.err
    assert "Traceback" not in ran.err


def test_no_release_and_no_folder_are_told_apart(tmp_path: Path) -> None:
    ran = run(KYOGIKAI_HOME=tmp_path)
    assert (ran.code, ran.err.splitlines()[0].partition(".")[0]) == (1, f"No release lies in {tmp_path}")
    ran = run("--folder", tmp_path / "nowhere", KYOGIKAI_HOME=tmp_path)
    assert (ran.code, ran.err.startswith(f"{tmp_path / 'nowhere'} is not a folder.")) == (1, True)


def test_the_newest_release_of_the_newest_year_is_the_first(notebook: ModuleType, tmp_path: Path) -> None:
    assert notebook.newest_public_folder(tmp_path) is None
    for name in ("2023/r3", "2024/r2", "2024/r10", "2024/r11.part", "drafts/r1"):
        (tmp_path / "releases" / name / "public").mkdir(parents=True)
    assert notebook.newest_public_folder(tmp_path) == tmp_path / "releases/2024/r10/public"
