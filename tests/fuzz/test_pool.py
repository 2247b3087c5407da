"""A file that hangs, kills its reader, eats memory or raises is told by its name, and the others go on."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.fuzz.faulty import open_faulty
from tests.fuzz.pool import Limits, Outcome, Pool, Task


def test_each_fault_is_told_of_its_own_file_and_stops_no_other(tmp_path: Path) -> None:
    kinds = ["good", "hangs", "good", "dies", "eats", "raises", "hangs-once", "invents", "blind", "good"]
    tasks: list[Task] = [(kind, number) for number, kind in enumerate(kinds)]
    kept: dict[Task, bytes] = {}

    def keep(outcome: Outcome, scratch: Path) -> None:
        kept[outcome.task] = scratch.read_bytes()

    pool = Pool(open_faulty, (tmp_path / "tried",), Limits(0.5, 1_024), tmp_path, 2)
    found = {outcome.task: outcome for outcome in pool.run(tasks, keep)}
    assert set(found) == set(tasks)
    faults = {task[0]: outcome.fault for task, outcome in found.items() if outcome.fault}
    assert faults == {
        "hangs": "slow",
        "dies": "died",
        "eats": "raised",
        "raises": "raised",
        "invents": "invented",
        "blind": "raised",
    }
    assert found["hangs", 1].seconds > 0.5
    assert "exit code -11" in found["dies", 3].told
    assert "MemoryError" in found["eats", 4].told
    assert "KeyError: 'a lookup' (faulty.py:" in found["raises", 5].told
    assert found["invents", 7].told == "C7: 12; C8: 13; C9: 14; and 1 more"
    assert found["blind", 8].told.startswith("ValueError, not the product")
    assert found["invents", 7].state == found["hangs-once", 6].state == "read"
    assert kept == {task: f"{task[0]} {task[1]}".encode() for task in kept}
    assert {task[0] for task in kept} == set(faults)


def test_a_process_that_ends_before_it_reads_is_no_fault_of_a_file(tmp_path: Path) -> None:
    pool = Pool(open_faulty, (), Limits(5, 1_024), tmp_path, 1)
    with pytest.raises(RuntimeError, match="before it read a file"):
        list(pool.run([("good", 0)]))
