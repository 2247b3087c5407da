"""Workbooks that other processes open are those that this one would have opened."""

from __future__ import annotations

from collections.abc import Sequence
from io import BytesIO
from multiprocessing import active_children

import openpyxl
import pytest

from pipeline.workbooks import ahead, opening
from pipeline.workbooks.limits import UnreadableWorkbookError
from pipeline.workbooks.opening import open_workbook

COUNT = 60


def workbook(text: str) -> bytes:
    book, file = openpyxl.Workbook(), BytesIO()
    book.active["B2"] = text  # type: ignore[index]
    book.save(file)
    return file.getvalue()


@pytest.fixture
def opened_here(monkeypatch: pytest.MonkeyPatch) -> list[bytes]:
    """What this process had to open itself."""
    seen: list[bytes] = []
    really = opening._opened

    def noticed(content: bytes, passwords: Sequence[str]) -> opening.Workbook:
        seen.append(content)
        return really(content, passwords)

    monkeypatch.setattr(opening, "_opened", noticed)
    monkeypatch.setattr(ahead, "FEWEST", COUNT)
    return seen


def texts(files: list[bytes]) -> list[str]:
    return [open_workbook(file).at("Sheet", "B2").text for file in ahead.open_ahead(files, lambda file: (file, ()))]


def test_as_many_as_are_worth_it_are_opened_by_others_in_their_order(opened_here: list[bytes]) -> None:
    assert texts([workbook(f"{n}冊") for n in range(COUNT)]) == [f"{n}冊" for n in range(COUNT)]
    assert opened_here == []


def test_fewer_are_opened_here(opened_here: list[bytes]) -> None:
    files = [workbook(f"{n}部") for n in range(COUNT - 1)]
    assert texts(files) == [f"{n}部" for n in range(COUNT - 1)]
    assert opened_here == files


def test_a_file_that_cannot_be_opened_says_so_to_its_reader_and_stops_no_other(opened_here: list[bytes]) -> None:
    files = [b"no workbook" if n == 1 else workbook(f"{n}枚") for n in range(COUNT)]
    given = list(ahead.open_ahead(files, lambda file: (file, ())))
    assert given == files
    with pytest.raises(UnreadableWorkbookError):
        open_workbook(files[1])
    assert open_workbook(files[COUNT - 1]).at("Sheet", "B2").text == f"{COUNT - 1}枚"


def test_where_the_other_processes_are_ended_the_reader_opens_the_rest(opened_here: list[bytes]) -> None:
    files = [workbook(f"{n}通") for n in range(COUNT)]
    found = []
    for number, file in enumerate(ahead.open_ahead(files, lambda file: (file, ()))):
        if number == 0:
            for process in active_children():
                process.kill()
        found.append(open_workbook(file).at("Sheet", "B2").text)
    assert found == [f"{n}通" for n in range(COUNT)]


def test_what_is_not_to_be_opened_is_given_all_the_same(opened_here: list[bytes]) -> None:
    files = [b"%d" % n for n in range(COUNT)]
    assert list(ahead.open_ahead(files, lambda _: None)) == files
    assert opened_here == []
