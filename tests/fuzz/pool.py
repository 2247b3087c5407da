"""Processes that read one file after the other under a clock and a limit of memory, and what became of each file.

A process that takes too long for a file is ended, and one that dies is replaced; either is told of the file that it had in hand.
"""

from __future__ import annotations

import multiprocessing
import os
import resource
import time
import traceback
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from multiprocessing.connection import Connection, wait
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

if TYPE_CHECKING:
    from tests.fuzz.examine import Reading
    from tests.fuzz.seeds import Seed

Task = tuple[str, int]
"""Kind and number of a file."""
Fault = Literal["", "slow", "died", "raised", "invented"]
MAKING, READING = "making", "reading"
_PATIENCE = 60.0
"""Seconds that making a file and looking for what was read in it may take: they are no part of the product."""


_BUSY = 4
"""How many times its seconds a file may take where its process did not have the machine for as long."""
_NOT_THE_PRODUCT = "not the product: making the file, or looking for what was read in it"


@dataclass(frozen=True)
class Outcome:
    """What became of a file: read, read with findings, refused; or the fault, with words about it."""

    task: Task
    state: str
    seconds: float
    fault: Fault = ""
    told: str = ""


@dataclass(frozen=True)
class Work:
    """What a process does with a task; made in the process itself, by `open`."""

    make: Callable[[Task], Seed]
    read: Callable[[Seed], Reading]
    judge: Callable[[bytes, Reading], list[str]]


Opener = Callable[..., Work]


@dataclass(frozen=True)
class Limits:
    """What a file may take: seconds, and mebibytes of the process that reads it."""

    seconds: float
    mebibytes: int


def limit_memory(mebibytes: int) -> None:
    """Give this process no more memory than this, besides what it has set aside and does not use; 0 for as much as it likes."""
    told = Path("/proc/self/status").read_text(encoding="utf-8")
    size, used = (int(told.partition(f"{name}:")[2].split()[0]) * 1024 for name in ("VmSize", "VmRSS"))
    _, most = resource.getrlimit(resource.RLIMIT_AS)
    resource.setrlimit(resource.RLIMIT_AS, (size - used + mebibytes * 1024 * 1024 if mebibytes else most, most))


def _serve(pipe: Connection, opener: Opener, arguments: tuple[Any, ...], mebibytes: int, scratch: Path) -> None:
    # Libraries tell of panics on the way, which the product turns into a refusal.
    with scratch.with_suffix(".stderr").open("w") as file:
        os.dup2(file.fileno(), 2)
    work = opener(*arguments)
    pipe.send("ready")
    while True:
        task: Task | None = pipe.recv()
        if task is None:
            return
        seed = work.make(task)
        scratch.write_bytes(seed.content)
        scratch.with_suffix(".name").write_text(seed.name, encoding="utf-8")
        limit_memory(mebibytes)
        pipe.send(READING)
        pipe.send(_outcome(work, task, seed, pipe))
        limit_memory(0)


def _outcome(work: Work, task: Task, seed: Seed, pipe: Connection) -> Outcome:
    start = time.monotonic()
    try:
        reading = work.read(seed)
    except KeyboardInterrupt:
        raise
    except BaseException as error:  # noqa: BLE001 - whatever is raised is what is looked for
        last = traceback.extract_tb(error.__traceback__)[-1]
        told = f"{type(error).__name__}: {str(error)[:200]} ({Path(last.filename).name}:{last.lineno})"
        return Outcome(task, "", time.monotonic() - start, "raised", told)
    seconds = time.monotonic() - start
    pipe.send(MAKING)
    limit_memory(0)
    try:
        found = work.judge(seed.content, reading)
    except Exception as error:  # noqa: BLE001 - it says nothing of the product, but the file has to be looked at
        return Outcome(task, "", seconds, "raised", f"{type(error).__name__}, {_NOT_THE_PRODUCT}")
    told = "; ".join(found[:3]) + (f"; and {len(found) - 3} more" if len(found) > 3 else "")
    return Outcome(task, reading.state, seconds, "invented" if found else "", told)


class _Hand:
    """One process, the task it has in hand, and since when it reads."""

    def __init__(self, opener: Opener, arguments: tuple[Any, ...], limits: Limits, scratch: Path) -> None:
        context = multiprocessing.get_context("spawn")
        self.pipe, other = context.Pipe()
        self.scratch = scratch
        self.task: Task | None = None
        self.is_ready = self.is_reading = False
        self._worked_before = 0.0
        self.since = time.monotonic()
        self._limits = limits
        self._process = context.Process(
            target=_serve, args=(other, opener, arguments, limits.mebibytes, scratch), daemon=True
        )
        self._process.start()
        other.close()

    def give(self, task: Task) -> None:
        """Hand over a task."""
        self.task, self.is_reading, self.since = task, False, time.monotonic()
        self.pipe.send(task)

    def hear(self) -> Outcome | None:
        """What it says; the outcome of its task, once there is one."""
        try:
            said = self.pipe.recv()
        except (EOFError, OSError):
            return self._died()
        self.since = time.monotonic()
        self.is_reading = said == READING
        self.is_ready = True
        self._worked_before = self._worked()
        if isinstance(said, Outcome):
            self.task = None
            return said
        return None

    def _worked(self) -> float:
        """Seconds that its process had of the machine, which other programs may have too."""
        try:
            told = Path(f"/proc/{self._process.pid}/stat").read_text(encoding="utf-8").rpartition(")")[2].split()
        except OSError:
            return 0.0
        return (int(told[11]) + int(told[12])) / os.sysconf("SC_CLK_TCK")

    def _died(self) -> Outcome:
        self._process.join()
        task, code = self.task, self._process.exitcode
        self.task = None
        if task is None:
            raise RuntimeError(f"a process ended with {code} before it read a file")
        whose = "" if self.is_reading else f", {_NOT_THE_PRODUCT}"
        return Outcome(task, "", time.monotonic() - self.since, "died", f"exit code {code}{whose}")

    def overdue(self) -> Outcome | None:
        """The outcome of a task that takes too long; its process is ended."""
        seconds = time.monotonic() - self.since
        if self.task is None or seconds <= (self._limits.seconds if self.is_reading else _PATIENCE):
            return None
        if (
            self.is_reading
            and seconds <= _BUSY * self._limits.seconds
            and self._worked() - self._worked_before <= self._limits.seconds
        ):
            return None
        task, self.task = self.task, None
        self.end()
        if not self.is_reading:
            return Outcome(
                task, "", seconds, "slow", "not the product: making the file, or looking for what was read in it"
            )
        return Outcome(task, "", seconds, "slow", f"more than {self._limits.seconds:g} seconds")

    def end(self) -> None:
        """End the process."""
        self._process.kill()
        self._process.join()
        self.pipe.close()


class Pool:
    """Some processes that share the tasks. `opener` and its arguments are handed to each of them."""

    def __init__(self, opener: Opener, arguments: tuple[Any, ...], limits: Limits, folder: Path, count: int) -> None:
        self._new = lambda number: _Hand(opener, arguments, limits, folder / f"in-hand-{number}")
        self._count = count

    def run(
        self, tasks: Iterable[Task], keep: Callable[[Outcome, Path], None] = lambda _outcome, _scratch: None
    ) -> Iterator[Outcome]:
        """The outcomes, as they come; `keep` is told of each fault while the file is still at hand.

        What was too slow is tried once more, since another program may have had the machine.
        """
        waiting = list(reversed(list(tasks)))
        again: set[Task] = set()
        hands = {number: self._new(number) for number in range(min(self._count, len(waiting)))}
        try:
            while waiting or any(hand.task for hand in hands.values()):
                for hand in hands.values():
                    if hand.is_ready and hand.task is None and waiting:
                        hand.give(waiting.pop())
                heard = wait([hand.pipe for hand in hands.values()], timeout=0.2)
                for number, hand in list(hands.items()):
                    outcome = hand.hear() if hand.pipe in heard else hand.overdue()
                    if outcome is None:
                        continue
                    if outcome.fault in ("slow", "died"):
                        hand.end()
                        hands[number] = self._new(number)
                    if outcome.fault == "slow" and outcome.task not in again:
                        again.add(outcome.task)
                        waiting.append(outcome.task)
                        continue
                    if outcome.fault:
                        keep(outcome, hand.scratch)
                    yield outcome
        finally:
            for hand in hands.values():
                hand.end()
