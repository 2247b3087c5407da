"""The log of a run: one file of JSON Lines for each. Whatever becomes of the file, the run goes on."""

from __future__ import annotations

import json
import logging
import os
import resource
import secrets
import sys
import traceback
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from time import perf_counter
from typing import Any, TextIO

from pipeline import __version__
from pipeline.clock import Clock, now
from pipeline.home import Home
from pipeline.observe.events import MESSAGES, Detail, Event, as_detail
from schemas.bundle import CODE_ROOT
from schemas.errors import KyogikaiError, UsageError

KEPT_RUNS = 1000
"""The logs of so many runs are kept; when a run begins, older ones go."""
KIB_IN_MIB = 1024
HERE = Path(__file__).resolve().parent

Forward = Callable[[int, str], None]
"""Where else lines go, as words: takes a level of `logging` and a message."""


class RunLog:
    """What one run says, to whoever listens."""

    def __init__(
        self, run_id: str, year: int | None, handlers: Sequence[logging.Handler] = (), *, clock: Clock = now
    ) -> None:
        self.run_id, self.year, self.stages = run_id, year, list[str]()
        self.has_failed, self.is_unchanged = False, False
        self._handlers, self._clock = handlers, clock
        self._told: BaseException | None = None

    def say(self, event: Event, *, level: int = logging.INFO, **details: Detail) -> None:
        """Write one line. Of the details, only numbers and stable words are written as they are.

        `municipality_code` is the detail that says which municipality the event concerns.
        """
        self.is_unchanged |= event == "nothing_changed"
        stage = self.stages[-1] if self.stages else None
        known: dict[str, Detail] = {"year": self.year, "stage": stage, "municipality_code": None}
        shown = {name: as_detail(value) for name, value in {**known, **details}.items()}
        line = {
            "time": self._clock().isoformat(), "level": logging.getLevelName(level).lower(), "run_id": self.run_id,
            **{name: shown.pop(name) for name in known}, "event": event,
        }  # fmt: skip
        line["message"] = MESSAGES[event].format(**line, **shown)
        record = logging.makeLogRecord({"levelno": level, "msg": line["message"], "line": {**line, **shown}})
        for handler in self._handlers:
            handler.handle(record)

    @contextmanager
    def stage(self, name: str) -> Iterator[None]:
        """Say when a stage begins and ends, and how long it took; a failure is told, and raised as it came."""
        self.stages.append(name)
        self.say("stage_started")
        started = perf_counter()
        try:
            yield
            self.say("stage_ended", seconds=round(perf_counter() - started, 3))
        except BaseException as error:
            self.fail(error)
            raise
        finally:
            self.stages.pop()

    def fail(self, error: BaseException) -> None:
        """Say once that something ended a stage or the run: what kind of error, and where in the code; not what it says."""
        if error is self._told:
            return
        self._told, self.has_failed = error, True
        reference = error.reference if isinstance(error, KyogikaiError) else type(error).__name__
        self.say("failed", level=logging.ERROR, error=reference, at=_place(error))


SILENT = RunLog("", None)
"""For runs that nobody wants to hear of, as those that only prove something."""


@contextmanager
def recorded(
    home: Home, year: int | None, *, job: str, started_by: str, run_id: str | None = None, forward: Forward | None = None,
    clock: Clock = now,
) -> Iterator[RunLog]:  # fmt: skip
    """Open the log of a run in its home, and close it with how the run ended.

    Raises UsageError where `KYOGIKAI_LOG` asks for a format that is not known.
    """
    identity = run_id or f"{clock():%Y%m%dT%H%M%S}-{secrets.token_hex(3)}"
    handlers: list[logging.Handler] = [_Lines(home, identity), *_wanted_on_stderr()]
    if forward is not None:
        handlers.append(_Forwarded(forward))
    log = RunLog(identity, year, handlers, clock=clock)
    log.say("run_started", job=job, started_by=started_by, version=__version__)
    started = perf_counter()
    try:
        yield log
    except BaseException as error:
        log.fail(error)
        raise
    finally:
        outcome = "failed" if log.has_failed else "unchanged" if log.is_unchanged else "done"
        log.say(
            "run_ended", outcome=outcome, seconds=round(perf_counter() - started, 3), peak_memory_mib=_peak_memory()
        )


def _peak_memory() -> int:
    """The most memory that this process has held so far, in MiB."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // KIB_IN_MIB


def _place(error: BaseException) -> str | None:
    """The last line of the product's own code that an error passed through, as `pipeline/run.py:88`; that of the log is none."""
    for frame in reversed(traceback.extract_tb(error.__traceback__)):
        path = Path(frame.filename)
        if path.parent != HERE and any(path.is_relative_to(CODE_ROOT / house) for house in ("pipeline", "schemas")):
            return f"{path.relative_to(CODE_ROOT).as_posix()}:{frame.lineno}"
    return None


def _line(record: logging.LogRecord) -> str:
    fields: dict[str, Any] = record.__dict__["line"]
    return json.dumps(fields, ensure_ascii=False) + "\n"


class _Lines(logging.Handler):
    """Appends to the run's file. Lines wait while there is no home yet; those that cannot be written are lost, which is told once."""

    def __init__(self, home: Home, run_id: str) -> None:
        super().__init__()
        self._home, self._path = home, home.logs / f"{run_id}.jsonl"
        self._waiting: list[str] = []
        self._is_told = False

    def emit(self, record: logging.LogRecord) -> None:
        """Write what waits, and this line."""
        self._waiting.append(_line(record))
        if not self._home.root.is_dir():
            return
        lines, self._waiting = self._waiting, []
        try:
            if not self._path.exists():
                self._path.parent.mkdir(exist_ok=True)
                _forget_oldest(self._path.parent)
            with self._path.open("a", encoding="utf-8") as file:
                file.writelines(lines)
        except OSError as error:
            if not self._is_told:
                self._is_told = True
                sys.stderr.write(f"warning: the log {self._path} is not written: {error.strerror or error}\n")


def _forget_oldest(folder: Path) -> None:
    """Remove the logs that are too many, those first that nothing was written to for the longest time."""
    paths = sorted(folder.glob("*.jsonl"), key=lambda path: path.stat().st_mtime_ns, reverse=True)
    for path in paths[KEPT_RUNS - 1 :]:
        path.unlink(missing_ok=True)


class _ToStderr(logging.StreamHandler[TextIO]):
    """The same lines on standard error, as long as somebody reads them."""

    def format(self, record: logging.LogRecord) -> str:
        """One line of JSON."""
        return _line(record).rstrip("\n")

    def handleError(self, record: logging.LogRecord) -> None:  # noqa: N802 - logging's own name
        """Let a reader go who has left."""


def _wanted_on_stderr() -> list[logging.Handler]:
    wanted = os.environ.get("KYOGIKAI_LOG", "")
    if wanted not in ("", "json"):
        raise UsageError(
            reference="unknown-log-format", where="KYOGIKAI_LOG", found=wanted, expected="json, or nothing", fix="correct the variable"
        )  # fmt: skip
    return [_ToStderr(sys.stderr)] if wanted else []


class _Forwarded(logging.Handler):
    """Hands on what is said of the run as a whole, and what is wrong with a return, until the other side fails."""

    def __init__(self, forward: Forward) -> None:
        super().__init__()
        self._forward: Forward | None = forward

    def emit(self, record: logging.LogRecord) -> None:
        """Hand on one message."""
        is_about_one = record.__dict__["line"]["municipality_code"] is not None
        if self._forward is None or (is_about_one and record.levelno < logging.WARNING):
            return
        try:
            self._forward(record.levelno, record.getMessage())
        except Exception:  # noqa: BLE001 - whatever the keeper of history says, a log stops no run
            self._forward = None
