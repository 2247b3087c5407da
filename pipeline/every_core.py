"""Batches of work, done on every core ahead of whoever uses their results one by one."""

from __future__ import annotations

import bz2
import pickle
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from functools import partial
from itertools import chain, islice
from typing import Any, TypeVar

from pipeline.process import undisturbed
from pipeline.workers import cores, worker_pool

T = TypeVar("T")
B = TypeVar("B")
R = TypeVar("R")
Worker = Callable[[B], R]
"""Does one batch after the other."""

FEWEST = 6
"""Other processes take as long to start as this many batches take."""


def batches(items: Iterable[T], size: int) -> Iterator[list[T]]:
    """Give the items so many together, the last ones perhaps fewer."""
    rest = iter(items)
    while batch := list(islice(rest, size)):
        yield batch


def on_every_core(
    items: Iterable[T], batch_of: Callable[[T], B], make: Callable[[], Worker[B, R]], here: Worker[B, R]
) -> Iterator[tuple[T, R]]:
    """Give each item with the result of its batch, in their order; batches are done some items ahead.

    `make` is called once in each other process, and gives what does the batches there; it, they and the results are pickled.
    `here` does them where there are few, or a process is ended from outside. What a worker raises is raised here.
    """
    rest = iter(items)
    first = list(islice(rest, FEWEST))
    if len(first) < FEWEST or cores() < 2:
        yield from ((item, here(batch_of(item))) for item in chain(first, rest))
        return
    begun: deque[tuple[T, B, Future[R]]] = deque()
    # What a pipe does not hold at once keeps this process waiting until the other one has begun, and so each after the other.
    packed = bz2.compress(pickle.dumps(make, pickle.HIGHEST_PROTOCOL))
    with worker_pool(cores(), partial(_make, packed)) as pool:
        for item in chain(first, rest):
            batch = batch_of(item)
            begun.append((item, batch, _submit(pool, batch)))
            if len(begun) > cores():
                yield _ended(*begun.popleft(), here)
        while begun:
            yield _ended(*begun.popleft(), here)


def _ended(item: T, batch: B, future: Future[R], here: Worker[B, R]) -> tuple[T, R]:
    try:
        return item, future.result()
    except BrokenProcessPool:
        return item, here(batch)


def _submit(pool: ProcessPoolExecutor, batch: Any) -> Future[Any]:
    try:
        with undisturbed():
            return pool.submit(_work, batch)
    except BrokenProcessPool as error:
        broken: Future[Any] = Future()
        broken.set_exception(error)
        return broken


_made: list[Worker[Any, Any]] = []
"""What does the batches in such a process: one, once it has begun."""


def _make(packed: bytes) -> None:
    _made.append(pickle.loads(bz2.decompress(packed))())  # noqa: S301 - of the process that has started this one


def _work(batch: Any) -> Any:
    return _made[0](batch)
