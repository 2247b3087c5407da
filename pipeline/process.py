"""How a process of the product behaves, whoever started it: it reports nothing home, seldom collects garbage, ends at once."""

from __future__ import annotations

import atexit
import gc
import os
import signal
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from threading import Event, current_thread, main_thread
from types import FrameType

SILENT = {
    "DAGSTER_DISABLE_TELEMETRY": "yes",
    "DBT_SEND_ANONYMOUS_USAGE_STATS": "false",
    "DO_NOT_TRACK": "1",
    "GX_ANALYTICS_ENABLED": "false",
}
YOUNG_OBJECTS = 200_000
"""dbt and Great Expectations make hundreds of thousands of objects that stay: looking them through again and again
takes a tenth of a run's time."""


_stopped, _undisturbed = Event(), Event()


def heed_keyboard() -> None:
    """Remember a stop from the keyboard, for libraries make another error of it, or none."""
    _stopped.clear()
    if current_thread() is main_thread():
        signal.signal(signal.SIGINT, _stop)


def _stop(number: int, frame: FrameType | None) -> None:
    del number, frame
    _stopped.set()
    if not _undisturbed.is_set():
        raise KeyboardInterrupt


@contextmanager
def undisturbed() -> Iterator[None]:
    """Let a stop from the keyboard wait until the end of a block that would leave something half begun.

    A process that is started in the block hears of none, for it has the same terminal.
    """
    if current_thread() is not main_thread() or _undisturbed.is_set():
        yield
        return
    was_stopped = is_stopped()
    mask = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    _undisturbed.set()
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, mask)
        _undisturbed.clear()
    if is_stopped() and not was_stopped:
        raise KeyboardInterrupt


def is_stopped() -> bool:
    """Whether somebody has stopped this process from the keyboard."""
    return _stopped.is_set()


@contextmanager
def environment(variables: Mapping[str, str]) -> Iterator[None]:
    """Set variables of this process for a block; those that were there before are as they were after it."""
    before = {name: os.environ.get(name) for name in variables}
    os.environ.update(variables)
    try:
        yield
    finally:
        for name, value in before.items():
            if value is None:
                os.environ.pop(name, None)
            else:
                os.environ[name] = value


def settle() -> None:
    """Set this process up; to be called before dbt, Dagster or Great Expectations is loaded. Twice does no harm."""
    os.environ.update(SILENT)
    gc.set_threshold(YOUNG_OBJECTS, *gc.get_threshold()[1:])
    # Python would look all objects through once more before it ends: over a second, for memory that is given back anyway.
    atexit.unregister(gc.freeze)
    atexit.register(gc.freeze)
