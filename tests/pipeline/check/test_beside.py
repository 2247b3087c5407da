"""Great Expectations in its own process: the same verdicts and errors, and it does not outlive the one it works for."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from multiprocessing import get_context
from pathlib import Path

import pandas as pd
import pytest

from pipeline.check import beside
from pipeline.check.beside import _pool, judge_beside
from pipeline.check.relations import judge_relations
from pipeline.home import PROJECT_ROOT
from schemas.relations import Relation
from schemas.survey import Survey
from tests.support.relation_examples import example_row

NUMBERS = ["left_value", "right_value", "lower_bound", "upper_bound"]
START = """
import os, sys, time
from pipeline.check.beside import _pool
print(_pool().submit(os.getpid).result(), flush=True)
time.sleep(600)
"""


def first_relation(case: str) -> tuple[Relation, pd.DataFrame, str]:
    """The first relation of a year with the rows of one of its cases, and the verdict on them."""
    declarations = Survey(PROJECT_ROOT).load_year(2024)
    relation = declarations.relations[0]
    values, expected = relation.examples.cases()[case]
    own = [row for row in declarations.relation_rows if row.relation_id == relation.id]
    return relation, pd.DataFrame([filled for row in own if (filled := example_row(row, values))]), expected


@pytest.mark.parametrize("case", ["pass", "fail", "unverifiable"])
def test_verdicts_are_those_of_this_process(case: str) -> None:
    relation, rows, expected = first_relation(case)
    beside = judge_beside(rows, [relation])
    assert beside == judge_relations(rows, [relation])
    assert [verdict.verdict for verdict in beside] == [expected]


def test_data_docs_are_those_of_the_last_judgement_alone(tmp_path: Path) -> None:
    docs, half_made = tmp_path / "data_docs", tmp_path / ".data_docs.next"
    half_made.mkdir()
    (half_made / "begun.html").touch()
    pages: list[set[Path]] = []
    for case in ("fail", "pass"):
        relation, rows, _ = first_relation(case)
        judge_beside(rows, [relation], docs_folder=docs)
        pages.append({path.relative_to(docs) for path in docs.rglob("*.html")})
    (before,), (after,) = ([page for page in found if page.parts[0] == "validations"] for found in pages)
    assert before != after
    assert str(after) in (docs / "index.html").read_text(encoding="utf-8")
    assert list(tmp_path.iterdir()) == [docs]
    assert not list(docs.rglob("begun.html"))


def test_an_error_comes_back_as_it_was_raised() -> None:
    with pytest.raises(KeyError, match="relation_id"):
        judge_beside(pd.DataFrame(), [])


def test_another_process_judges_where_the_first_was_killed() -> None:
    os.kill(_pool().submit(os.getpid).result(), signal.SIGKILL)
    assert judge_beside(pd.DataFrame(columns=["relation_id", "row_no", *NUMBERS]), []) == []


def test_the_other_process_ends_when_this_one_is_killed() -> None:
    process = subprocess.Popen([sys.executable, "-c", START], cwd=PROJECT_ROOT, stdout=subprocess.PIPE, text=True)
    assert process.stdout
    with process.stdout:
        beside = int(process.stdout.readline())
    assert is_running(beside)
    process.send_signal(signal.SIGKILL)
    process.wait()
    until = time.monotonic() + 30
    while is_running(beside) and time.monotonic() < until:
        time.sleep(0.05)
    assert not is_running(beside)


def is_running(process_id: int) -> bool:
    try:
        os.kill(process_id, 0)
    except ProcessLookupError:
        return False
    return True


def use_it() -> None:
    beside._submit(int).result()


def test_a_process_that_multiprocessing_started_does_not_wait_for_ever_for_the_one_beside() -> None:
    process = get_context("spawn").Process(target=use_it)
    process.start()
    process.join(timeout=30)
    is_alive = process.is_alive()
    process.kill()
    assert (is_alive, process.exitcode) == (False, 0)
