"""A warehouse that is damaged, or that another program writes to: told to readers, and made again by the next run."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import duckdb
import pytest

from pipeline.check.inputs import warehouse_contents
from pipeline.home import Home
from pipeline.publish.release import release_year
from pipeline.run import is_current, open_run, run_year
from schemas.errors import GateRefusedError, InputError
from schemas.survey import Survey
from tests.conftest import SECOND_YEAR as YEAR
from tests.support.command import kyogikai

WRITER = """
import sys, duckdb
connection = duckdb.connect(sys.argv[1])
connection.execute("update fct_figures set value = value + 1000")
print("written", flush=True)
sys.stdin.read()
"""


HEADERS, BLOCK = 3 * 4096, 256 * 1024
"""Bytes of a DuckDB file's headers, and of each of its blocks."""


def flip_headers(path: Path) -> None:
    path.write_bytes(bytes(byte ^ 0xFF for byte in path.read_bytes()[:HEADERS]) + path.read_bytes()[HEADERS:])


def flip_in_every_block(path: Path) -> None:
    content = bytearray(path.read_bytes())
    for place in range(HEADERS + 100, len(content), BLOCK):
        content[place] ^= 0xFF
    path.write_bytes(content)


def cut(path: Path) -> None:
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])


def empty(path: Path) -> None:
    path.write_bytes(b"")


def runs_again(home: Home, survey: Survey, contents: dict[str, str]) -> None:
    run = open_run(home, survey, YEAR)
    assert run_year(run)["verdict"] == "passed"
    assert warehouse_contents(home.warehouse, YEAR) == contents
    assert is_current(open_run(home, survey, YEAR))


@pytest.mark.parametrize("damage", [flip_headers, flip_in_every_block, cut, empty])
def test_a_damaged_published_file_is_told_and_made_again(
    ready: Home, second_survey: Survey, damage: Callable[[Path], None]
) -> None:
    before = warehouse_contents(ready.warehouse, YEAR)
    damage(ready.warehouse)
    for words in (("figures", YEAR), ("sql", YEAR, "select sum(hash(t)) from int_figure_contributions as t")):
        called = kyogikai(*words, home=ready.root, survey=second_survey.root)
        assert (called.code, "warehouse-unreadable" in called.err) == (11, True)
        assert f"run {YEAR}" in called.err or "run YEAR" in called.err
    with pytest.raises((GateRefusedError, InputError), match=r"warehouse-(unreadable|changed)"):
        release_year(ready, second_survey, YEAR, by="甲")
    assert not is_current(open_run(ready, second_survey, YEAR))
    runs_again(ready, second_survey, before)


@pytest.mark.parametrize("name", ["years/{}/kyogikai.duckdb", "years/{}/built.json", "kyogikai.composed.json"])
def test_a_damaged_file_of_the_building_site_is_not_built_upon(ready: Home, second_survey: Survey, name: str) -> None:
    before = warehouse_contents(ready.warehouse, YEAR)
    cut(ready.root / "warehouse" / name.format(YEAR))
    (ready.drafts(YEAR) / "report.txt").unlink()
    runs_again(ready, second_survey, before)


def test_what_a_killed_build_has_left_beside_its_file_is_in_nobodys_way(ready: Home, second_survey: Survey) -> None:
    before = warehouse_contents(ready.warehouse, YEAR)
    ready.built_from(YEAR).unlink()
    spilled = ready.year_warehouse(YEAR).with_name("kyogikai.duckdb.tmp")
    spilled.mkdir()
    (spilled / "duckdb_temp_storage.tmp").write_bytes(b"x")
    (ready.drafts(YEAR) / "report.txt").unlink()
    runs_again(ready, second_survey, before)
    assert not spilled.exists()


def test_what_another_program_has_written_beside_the_published_file_never_gets_into_the_next_one(
    ready: Home, second_survey: Survey
) -> None:
    before = warehouse_contents(ready.warehouse, YEAR)
    with subprocess.Popen(
        [sys.executable, "-c", WRITER, str(ready.warehouse)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as analyst:
        assert analyst.stdout
        analyst.stdout.readline()
        with pytest.raises(InputError, match="close the program"):
            release_year(ready, second_survey, YEAR, by="甲")
        run = open_run(ready, second_survey, YEAR)
        assert run_year(run)["verdict"] == "passed"
        assert "gate" in run.executed
        os.kill(analyst.pid, signal.SIGKILL)
    assert warehouse_contents(ready.warehouse, YEAR) == before
    assert release_year(ready, second_survey, YEAR, by="甲").name == "r1"


def test_what_a_killed_program_has_written_is_refused_and_gone_after_a_run(ready: Home, second_survey: Survey) -> None:
    before = warehouse_contents(ready.warehouse, YEAR)
    with subprocess.Popen(
        [sys.executable, "-c", WRITER, str(ready.warehouse)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as analyst:
        assert analyst.stdout
        analyst.stdout.readline()
        analyst.kill()
    with duckdb.connect(str(ready.warehouse), read_only=True) as connection:
        assert connection.execute("select max(value) >= 1000 from fct_figures").fetchone() == (True,)
    with pytest.raises(GateRefusedError, match="warehouse-changed"):
        release_year(ready, second_survey, YEAR, by="甲")
    runs_again(ready, second_survey, before)
