"""The process beside: the same results and errors as here, and it does not outlive the one it works for."""

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

from pipeline.beside import _pool, beside, do_beside
from pipeline.check.relations import judge_relations
from pipeline.home import PROJECT_ROOT
from schemas.relations import Relation
from schemas.survey import Survey
from tests.support.relation_examples import example_row

NUMBERS = ["left_value", "right_value", "lower_bound", "upper_bound"]
START = """
import os, sys, time
from pipeline.beside import _pool
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
    judged = do_beside(judge_relations, rows, [relation])
    assert judged == judge_relations(rows, [relation])
    assert [verdict.verdict for verdict in judged] == [expected]


def test_data_docs_are_those_of_the_last_judgement_alone(tmp_path: Path) -> None:
    docs, half_made = tmp_path / "data_docs", tmp_path / ".data_docs.next"
    half_made.mkdir()
    (half_made / "begun.html").touch()
    pages: list[set[Path]] = []
    for case in ("fail", "pass"):
        relation, rows, _ = first_relation(case)
        do_beside(judge_relations, rows, [relation], docs_folder=docs)
        pages.append({path.relative_to(docs) for path in docs.rglob("*.html")})
    (before,), (after,) = ([page for page in found if page.parts[0] == "validations"] for found in pages)
    assert before != after
    assert str(after) in (docs / "index.html").read_text(encoding="utf-8")
    assert list(tmp_path.iterdir()) == [docs]
    assert not list(docs.rglob("begun.html"))


def test_an_error_comes_back_as_it_was_raised() -> None:
    with pytest.raises(KeyError, match="relation_id"):
        do_beside(judge_relations, pd.DataFrame(), [])


def test_another_process_judges_where_the_first_was_killed() -> None:
    os.kill(_pool().submit(os.getpid).result(), signal.SIGKILL)
    assert do_beside(judge_relations, pd.DataFrame(columns=["relation_id", "row_no", *NUMBERS]), []) == []


def test_a_task_whose_process_was_killed_is_done_from_its_beginning_by_another(tmp_path: Path) -> None:
    with beside(note_and_wait, tmp_path / "begun", tmp_path / "go_on") as result:
        until_written(tmp_path / "begun", 1)
        os.kill(int((tmp_path / "begun").read_text()), signal.SIGKILL)
        (tmp_path / "go_on").touch()
        assert result() == 2


def test_an_error_in_the_block_ends_what_is_done_beside_it(tmp_path: Path) -> None:
    begun = tmp_path / "begun"
    with pytest.raises(ValueError, match="invalid literal"), beside(note_and_wait, begun, tmp_path / "never"):
        fail_when_written(begun)
    until_ended(int(begun.read_text()))
    assert do_beside(int, "7") == 7


def test_an_error_is_raised_also_where_the_block_asks_for_nothing() -> None:
    with pytest.raises(ValueError, match="invalid literal"), beside(int, "nothing"):
        pass


def test_a_block_that_asks_for_nothing_ends_when_the_task_has_ended(tmp_path: Path) -> None:
    (tmp_path / "go_on").touch()
    with beside(note_and_wait, tmp_path / "begun", tmp_path / "go_on"):
        pass
    assert (tmp_path / "begun").read_text().endswith("\n")


def note_and_wait(begun: Path, go_on: Path) -> int:
    """Write which process has begun on a line of its own; how many have, once there is a file to go on."""
    with begun.open("a") as file:
        file.write(f"{os.getpid()}\n")
    while not go_on.exists():
        time.sleep(0.01)
    return len(begun.read_text().splitlines())


def fail_when_written(path: Path) -> None:
    until_written(path, 1)
    int("nothing")


def until_written(path: Path, line_count: int) -> None:
    until = time.monotonic() + 30
    while time.monotonic() < until and not (path.exists() and path.read_text().count("\n") >= line_count):
        time.sleep(0.01)


def test_the_other_process_ends_when_this_one_is_killed() -> None:
    process = subprocess.Popen([sys.executable, "-c", START], cwd=PROJECT_ROOT, stdout=subprocess.PIPE, text=True)
    assert process.stdout
    with process.stdout:
        beside = int(process.stdout.readline())
    assert is_running(beside)
    process.send_signal(signal.SIGKILL)
    process.wait()
    until_ended(beside)


def until_ended(process_id: int) -> None:
    until = time.monotonic() + 30
    while is_running(process_id) and time.monotonic() < until:
        time.sleep(0.05)
    assert not is_running(process_id)


def is_running(process_id: int) -> bool:
    try:
        os.kill(process_id, 0)
    except ProcessLookupError:
        return False
    return True


def use_it() -> None:
    do_beside(int)


def test_a_process_that_multiprocessing_started_does_not_wait_for_ever_for_the_one_beside() -> None:
    process = get_context("spawn").Process(target=use_it)
    process.start()
    process.join(timeout=30)
    is_alive = process.is_alive()
    process.kill()
    assert (is_alive, process.exitcode) == (False, 0)
