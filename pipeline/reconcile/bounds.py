"""How much a document that somebody chose may ask of this machine."""

from __future__ import annotations

import resource
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from threading import current_thread, main_thread
from types import FrameType

_SIZE = Path("/proc/self/statm")


@dataclass(frozen=True)
class Bounds:
    """Bytes of the file, pages of a PDF, and what reading it may take: seconds, and bytes of memory beyond what is in use."""

    file_bytes: int = 100_000_000
    pages: int = 1_000
    seconds: float = 300
    memory: int = 2_000_000_000


class TooLargeError(Exception):
    """A document asks for more than its bounds; the text says of what."""


@contextmanager
def bounded(bounds: Bounds) -> Iterator[None]:
    """Let a block take so many seconds and so much memory. Raises TooLargeError where it wants more.

    Time is kept in the main thread alone, where Python hears signals; memory where the system tells its use, as Linux does.
    """
    limit = resource.getrlimit(resource.RLIMIT_AS)
    has_timer, has_size = current_thread() is main_thread(), _SIZE.exists()
    handler = signal.signal(signal.SIGALRM, _end) if has_timer else None
    try:
        if has_size:
            used = int(_SIZE.read_text().split()[0]) * resource.getpagesize()
            resource.setrlimit(resource.RLIMIT_AS, (_lower(used + bounds.memory, limit[0]), limit[1]))
        if has_timer:
            # Again every second: a library may have taken the first one for an error of the document.
            signal.setitimer(signal.ITIMER_REAL, bounds.seconds, 1)
        yield
    except MemoryError as error:
        raise TooLargeError(f"more than {bounds.memory:,} bytes of memory to read it") from error
    except _TimeError as error:
        raise TooLargeError(f"more than {bounds.seconds:g} seconds to read it") from error
    finally:
        if has_timer:
            signal.setitimer(signal.ITIMER_REAL, 0)
            signal.signal(signal.SIGALRM, handler)
        resource.setrlimit(resource.RLIMIT_AS, limit)


class _TimeError(BaseException):
    """The time is over; no error of the document, for which libraries look."""


def _end(number: int, frame: FrameType | None) -> None:
    del number, frame
    raise _TimeError


def _lower(wanted: int, limit: int) -> int:
    return wanted if limit == resource.RLIM_INFINITY else min(wanted, limit)
