"""Analysts read while a run writes: neither disturbs the other, and no second writer gets in."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from dataclasses import dataclass

import duckdb
import pytest

from pipeline.home import PROJECT_ROOT, Home
from pipeline.run import open_run, run_year
from schemas.survey import Survey, YearDeclarations
from tests.conftest import SECOND_YEAR as YEAR
from tests.support.judging import put_returns
from tests.support.workbooks import evacuation_answers, write_workbook

QUERY = "select value from fct_figures where figure_id = 'plans.total'"
ANALYST = f"""
import sys, duckdb
connection = duckdb.connect(sys.argv[1], read_only=True)
for _ in sys.stdin:
    print(connection.execute("{QUERY}").fetchone()[0], flush=True)
"""


@dataclass
class Analyst:
    """Another process that holds the warehouse open."""

    process: subprocess.Popen[str]

    def ask(self) -> float:
        assert self.process.stdin
        assert self.process.stdout
        self.process.stdin.write("?\n")
        self.process.stdin.flush()
        return float(self.process.stdout.readline())


def command(home: Home, survey: Survey, *words: object) -> subprocess.CompletedProcess[str]:
    """The `kyogikai` command in a process of its own."""
    options = ("--home", home.root, "--survey", survey.root, *words)
    return subprocess.run(
        [sys.executable, "-m", "pipeline.cli", *map(str, options)],
        cwd=PROJECT_ROOT, capture_output=True, text=True, check=False, env=dict(os.environ),
    )  # fmt: skip


def read(home: Home) -> float:
    with duckdb.connect(str(home.warehouse), read_only=True) as connection:
        row = connection.execute(QUERY).fetchone()
    assert row
    return float(row[0])


def test_readers_and_a_run_do_not_disturb_one_another_and_a_second_writer_is_refused(
    ready: Home, second_survey: Survey, second_declarations: YearDeclarations
) -> None:
    municipality = second_declarations.municipalities[0]
    answers = {**evacuation_answers(second_declarations, municipality), ("plan_count", 1, None): 112}
    late = write_workbook(second_declarations, municipality.code, answers)
    (ready.inbox(YEAR) / "訂正.xlsx").write_bytes(late)
    during: dict[str, subprocess.CompletedProcess[str]] = {}
    seen: list[float] = []

    with subprocess.Popen(
        [sys.executable, "-c", ANALYST, str(ready.warehouse)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        analyst = Analyst(process)
        before = analyst.ask()

        def look(stage: str) -> None:
            seen.append(analyst.ask())
            if stage == "gate":
                during["writer"] = command(ready, second_survey, "collect", YEAR)
                during["reader"] = command(ready, second_survey, "figures", YEAR)

        with ready.writer():
            gate = run_year(open_run(ready, second_survey, YEAR), progress=look)
        seen.append(analyst.ask())
        process.communicate()

    assert gate["verdict"] == "passed"
    assert set(seen) == {before}
    assert read(ready) == before + 100
    assert (during["writer"].returncode, during["writer"].stdout) == (11, "")
    assert during["writer"].stderr.startswith("error: home-is-busy\n")
    assert "wait until it has ended" in during["writer"].stderr
    assert during["reader"].returncode == 0
    assert f"\t{before:.0f}" in during["reader"].stdout


def test_a_run_that_fails_leaves_the_published_warehouse_as_it_was(
    ready: Home, second_survey: Survey, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = ready.warehouse.read_bytes()
    (ready.drafts(YEAR) / "report.txt").unlink()

    def break_down(*_: object, **__: object) -> None:
        raise RuntimeError("the disk is full")

    monkeypatch.setattr("pipeline.run.publish_warehouse", break_down)
    with pytest.raises(RuntimeError, match="disk"), ready.writer():
        run_year(open_run(ready, second_survey, YEAR))
    assert ready.warehouse.read_bytes() == before
    with ready.writer():
        assert read(ready) > 0


@pytest.mark.parametrize("begun", ["ledger.jsonl", f"warehouse/years/{YEAR}/kyogikai.duckdb"])
def test_a_run_that_is_stopped_from_the_keyboard_says_so_and_the_next_one_ends_well(
    home: Home, second_survey: Survey, second_declarations: YearDeclarations, begun: str
) -> None:
    put_returns(home, second_declarations, {})
    options = ("--home", home.root, "--survey", second_survey.root, "run", YEAR)
    with subprocess.Popen(
        [sys.executable, "-m", "pipeline.cli", *map(str, options)],
        cwd=PROJECT_ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, start_new_session=True,
    ) as process:  # fmt: skip
        while not (home.root / begun).exists() and process.poll() is None:
            time.sleep(0.01)
        process.send_signal(signal.SIGINT)
        out, err = process.communicate(timeout=60)
    assert (process.returncode, out) == (130, "")
    assert err.rstrip().endswith("aborted")
    assert "Traceback" not in err
    assert run_year(open_run(home, second_survey, YEAR))["verdict"] == "passed"
