"""Batches that other processes do have the results that this one would have had."""

from __future__ import annotations

import os
import pickle
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from functools import partial
from multiprocessing import active_children
from pathlib import Path

import pytest

from pipeline.collect.collect import collect
from pipeline.collect.look import File, packing_looker
from pipeline.every_core import FEWEST, batches, on_every_core
from pipeline.home import Home
from pipeline.read.read import read_returns
from pipeline.read.returns_reader import ReturnsReader, ToRead, reader_elsewhere
from pipeline.workbooks import opening
from schemas.survey import YearDeclarations
from tests.support.locking import lock
from tests.support.workbooks import usual_workbook, write_workbook

NOW = datetime(2025, 5, 1, 9, 0, tzinfo=UTC)
Done = tuple[int, int]


def adder(summand: int) -> Callable[[list[int]], Done]:
    """Adds, and says in which process."""

    def add(numbers: list[int]) -> Done:
        if 13 in numbers:
            raise ValueError("no thirteen")
        return sum(numbers) + summand, os.getpid()

    return add


def added(numbers: Iterator[list[int]] | list[list[int]]) -> Iterator[tuple[list[int], Done]]:
    return on_every_core(numbers, lambda own: own, partial(adder, 100), adder(100))


def test_batches_are_the_items_in_their_order() -> None:
    assert list(batches(range(5), 2)) == [[0, 1], [2, 3], [4]]
    assert list(batches([], 2)) == []
    assert list(batches([1, 2], 2)) == [[1, 2]]


def test_as_many_as_are_worth_it_are_done_by_others_in_their_order() -> None:
    found = list(added([[n] for n in range(FEWEST)]))
    assert [(item, total) for item, (total, _) in found] == [([n], 100 + n) for n in range(FEWEST)]
    assert os.getpid() not in {process for _, (_, process) in found}


def test_fewer_are_done_here() -> None:
    found = list(added([[n] for n in range(FEWEST - 1)]))
    assert [total for _, (total, _) in found] == [100 + n for n in range(FEWEST - 1)]
    assert {process for _, (_, process) in found} == {os.getpid()}


def test_none_are_none() -> None:
    assert list(added([])) == []


def test_where_the_other_processes_are_ended_the_rest_is_done_here() -> None:
    found = []
    for number, (item, (total, process)) in enumerate(added([[n] for n in range(2 * FEWEST)])):
        if number == 0:
            for other in active_children():
                other.kill()
        found.append((item, total, process))
    assert [(item, total) for item, total, _ in found] == [([n], 100 + n) for n in range(2 * FEWEST)]
    assert found[-1][2] == os.getpid()


@pytest.mark.parametrize("count", [FEWEST - 1, 2 * FEWEST])
def test_what_a_worker_raises_is_raised_here(count: int) -> None:
    numbers = [[n] for n in range(count)]
    numbers[2] = [13]
    found = added(numbers)
    assert [next(found)[0], next(found)[0]] == [[0], [1]]
    with pytest.raises(ValueError, match="no thirteen"):
        next(found)


@pytest.fixture
def inbox(tmp_path: Path, second_declarations: YearDeclarations) -> list[Path]:
    """Returns, one of them sent twice, one again with other answers, one behind a password; and a file that is none."""
    first, *others = [
        write_workbook(second_declarations, one.code, {}) for one in second_declarations.municipalities[:6]
    ]
    again = usual_workbook(second_declarations, second_declarations.municipalities[0])
    contents = [first, *others, first, again, b"no workbook", lock(others[0], "ひみつ")]
    files = [tmp_path / f"{number}.xlsx" for number, _ in enumerate(contents)]
    for file, content in zip(files, contents, strict=True):
        file.write_bytes(content)
    return files


def test_returns_are_taken_and_read_alike_here_and_elsewhere(
    inbox: list[Path], second_declarations: YearDeclarations, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    found = []
    for size in (1, 1_000):
        monkeypatch.setattr("pipeline.collect.collect.AT_ONCE", size)
        monkeypatch.setattr("pipeline.read.read.AT_ONCE", size)
        home = Home(tmp_path / f"home {size}")
        home.root.mkdir()
        home.passwords.write_text("passwords: {any: [ひみつ]}", encoding="utf-8")
        opening._kept = opening._Kept()
        receipts = collect(home, second_declarations, paths=inbox, clock=lambda: NOW)
        opening._kept = opening._Kept() if size > 1 else opening._kept
        found.append((receipts, read_returns(home, second_declarations)))
    (one, elsewhere), (other, here) = found
    assert one == other
    assert elsewhere.keys() == here.keys()
    assert all(elsewhere[name].equals(here[name]) for name in here)


def test_what_another_process_opened_need_not_be_opened_here_to_be_read(
    inbox: list[Path], second_declarations: YearDeclarations, home: Home
) -> None:
    receipts = collect(home, second_declarations, paths=inbox[:2])
    looks = packing_looker(second_declarations)(
        [File(r.file_name, r.sha256, home.archived(r.sha256).read_bytes(), ()) for r in receipts]
    )
    for receipt in receipts:
        packed = looks[receipt.file_name, receipt.sha256].packed
        assert packed
        opening.keep_packed(receipt.sha256, (), packed)
    given = ReturnsReader(home, second_declarations).packed([ToRead(receipt) for receipt in receipts])
    assert all(one.packed for one in given)
    assert all(opening.hand_over_packed(receipt.sha256, ()) is None for receipt in receipts)
    opening._kept = opening._Kept()
    read = pickle.loads(pickle.dumps(reader_elsewhere(home, second_declarations)(given)))  # noqa: S301
    assert read["returns"]["return_id"].to_list() == [receipt.sha256 for receipt in receipts]
    assert all(read[name].equals(table) for name, table in ReturnsReader(home, second_declarations).read(given).items())
