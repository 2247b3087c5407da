"""Many workbooks, opened on every core ahead of whoever reads them one by one."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from contextlib import suppress
from itertools import chain, islice
from typing import TypeVar

from pipeline.process import undisturbed
from pipeline.workbooks.limits import UnreadableWorkbookError
from pipeline.workbooks.opening import keep_opened, open_workbook
from pipeline.workbooks.workbook import Workbook
from pipeline.workers import cores, worker_pool

T = TypeVar("T")
Locked = tuple[bytes, Sequence[str]]
"""The bytes of a file, and the passwords that may open it."""

FEWEST = 150
"""Other processes take as long to start as this many workbooks take to open."""
AT_ONCE = 25


def open_ahead(items: Iterable[T], file_of: Callable[[T], Locked | None]) -> Iterator[T]:
    """Give the items one by one, in their order; the workbook that `file_of` names for one is open by then, or cannot be.

    What an item's reader then asks of `open_workbook` is answered at once. Of few items none is opened ahead, and none where
    the processes that do it are ended from outside: their reader opens them itself.
    """
    rest = iter(items)
    first = list(islice(rest, FEWEST))
    if len(first) < FEWEST or cores() < 2:
        yield from chain(first, rest)
        return
    with worker_pool(cores()) as pool:
        yield from _in_turn(pool, chain(first, rest), file_of)


def _in_turn(pool: ProcessPoolExecutor, items: Iterable[T], file_of: Callable[[T], Locked | None]) -> Iterator[T]:
    rest = iter(items)
    begun: deque[tuple[list[T], list[Locked], Future[list[Workbook | None]] | None]] = deque()
    while True:
        while len(begun) <= cores() and (batch := list(islice(rest, AT_ONCE))):
            files = [file for item in batch if (file := file_of(item))]
            begun.append((batch, files, _begin(pool, files)))
        if not begun:
            return
        batch, files, opened = begun.popleft()
        if opened is not None:
            with suppress(BrokenProcessPool):
                for file, workbook in zip(files, opened.result(), strict=True):
                    if workbook is not None:
                        keep_opened(*file, workbook)
        yield from batch


def _begin(pool: ProcessPoolExecutor, files: list[Locked]) -> Future[list[Workbook | None]] | None:
    if not files:
        return None
    try:
        with undisturbed():
            return pool.submit(_open_all, files)
    except BrokenProcessPool:
        return None


def _open_all(files: Sequence[Locked]) -> list[Workbook | None]:
    return [_opened(*file) for file in files]


def _opened(content: bytes, passwords: Sequence[str]) -> Workbook | None:
    try:
        return open_workbook(content, passwords)
    except UnreadableWorkbookError:
        return None
