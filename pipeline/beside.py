"""A second process that stays until this one ends: for what takes long to load, and for what can be done at the same time."""

from __future__ import annotations

import os
import signal
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ProcessPoolExecutor, wait
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager, suppress
from functools import lru_cache
from importlib import import_module
from multiprocessing.util import Finalize
from typing import ParamSpec, TypeVar

from pipeline.process import undisturbed
from pipeline.workers import worker_pool

BEFORE_ITS_QUEUE = 11
"""Finalizers of multiprocessing run from the highest priority down; a queue has 10."""

P = ParamSpec("P")
R = TypeVar("R")


def load_beside(*modules: str) -> None:
    """Let modules be loaded there while this process goes on; without it, the first task that needs them waits for that."""
    with suppress(BrokenProcessPool):
        _submit(_load, modules)


@contextmanager
def beside(task: Callable[P, R], *args: P.args, **kwargs: P.kwargs) -> Iterator[Callable[[], R]]:
    """Do a task in the other process during a block; what the block is given waits for its end, and returns or raises what it does.

    A block that asks for nothing ends when the task has ended, with its error where it has one.
    Where that process was ended from outside, another one does the task from its beginning; raises BrokenProcessPool when it is
    ended too. An error in the block ends the process: nothing goes on behind its back.
    """
    process, future = _submit(os.getpid), _submit(task, *args, **kwargs)

    def result() -> R:
        nonlocal process, future
        try:
            return future.result()
        except BrokenProcessPool:
            process, future = _submit(os.getpid), _submit(task, *args, **kwargs)
            return future.result()

    try:
        yield result
        result()
    except BaseException:
        if not future.done():
            with suppress(BrokenProcessPool, ProcessLookupError):
                os.kill(process.result(), signal.SIGKILL)
            wait([future])
        raise


def do_beside(task: Callable[P, R], *args: P.args, **kwargs: P.kwargs) -> R:
    """Do a task in the other process and wait for it, as `beside` does."""
    with beside(task, *args, **kwargs) as result:
        return result()


def _submit(task: Callable[P, R], *args: P.args, **kwargs: P.kwargs) -> Future[R]:
    """Hand over a task; the first one starts the process, and so does the first after it was ended."""
    with undisturbed():
        try:
            return _pool().submit(task, *args, **kwargs)
        except BrokenProcessPool:
            _pool.cache_clear()
            return _pool().submit(task, *args, **kwargs)


@lru_cache(maxsize=1)
def _pool() -> ProcessPoolExecutor:
    pool = worker_pool(1)
    # A process that multiprocessing started, as the code server does for a run, waits for its own processes before Python tells
    # the pool to end them: it would wait for ever. The pool ends them through a queue, which has to be there still.
    Finalize(None, pool.shutdown, exitpriority=BEFORE_ITS_QUEUE)
    return pool


def _load(modules: tuple[str, ...]) -> None:
    for module in modules:
        import_module(module)
