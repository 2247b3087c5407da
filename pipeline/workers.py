"""Processes beside this one, for what takes long to load or can be done on every core."""

from __future__ import annotations

import atexit
import os
import signal
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from functools import partial
from multiprocessing import get_context, parent_process
from threading import Thread

from pipeline.process import settle


def cores() -> int:
    """How many cores this process may use."""
    return len(os.sched_getaffinity(0))


def worker_pool(count: int, begin: Callable[[], None] | None = None) -> ProcessPoolExecutor:
    """So many processes, at most, that end with this one; spawned, since threads of DuckDB, polars and dbt do not survive a fork.

    Each begins with `begin`. The first task starts the first process: hand it over within `process.undisturbed`.
    """
    return ProcessPoolExecutor(max_workers=count, mp_context=get_context("spawn"), initializer=partial(_begin, begin))


def _begin(begin: Callable[[], None] | None) -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    # Python would take a second to take down all that was loaded, and the other process waits for the end of this one.
    atexit.register(os._exit, 0)
    Thread(target=_end_with_parent, daemon=True).start()
    settle()
    if begin:
        begin()


def _end_with_parent() -> None:
    """A parent that is killed tells nobody; without this, its process here would wait for work for ever."""
    parent = parent_process()
    assert parent
    parent.join()
    os._exit(1)
