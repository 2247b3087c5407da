"""A command as a process of its own: how long it took, how much memory it and its children held, what it printed."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
from dataclasses import dataclass
from pathlib import Path
from time import perf_counter
from typing import Any

from pipeline.process import SILENT

ROOT = Path(__file__).resolve().parents[2]
LOOKS = 0.25


@dataclass(frozen=True)
class Measured:
    """Seconds from start to end; MiB is the most that all processes that took part held at one time, looked at every quarter second.

    Pages that several of them share, as those of libraries, count once: Linux's proportional set size (proc(5), smaps_rollup).
    """

    seconds: float
    mebibytes: float
    printed: dict[str, Any]


def measure(module: str, *arguments: object) -> Measured:
    """Run `python -m module arguments` in a cold process; its last line may be JSON. Raises RuntimeError if it fails."""
    began = perf_counter()
    process = subprocess.Popen(
        [sys.executable, "-m", module, *map(str, arguments)], cwd=ROOT, env=os.environ | SILENT,
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, start_new_session=True,
    )  # fmt: skip
    held: list[int] = [0]
    has_ended = threading.Event()
    watch = threading.Thread(target=_watch, args=(process.pid, held, has_ended), daemon=True)
    watch.start()
    out, err = process.communicate()
    seconds = perf_counter() - began
    has_ended.set()
    watch.join()
    if process.returncode:
        raise RuntimeError(f"{module} {' '.join(map(str, arguments))} failed:\n{err[-3000:]}")
    last = out.strip().splitlines()[-1:] or ["{}"]
    printed = json.loads(last[0]) if last[0].startswith("{") else {}
    return Measured(seconds, max(held) / 1024, printed)


def _watch(session: int, held: list[int], has_ended: threading.Event) -> None:
    while not has_ended.wait(LOOKS):
        held.append(sum(_own_kibibytes(folder, session) for folder in Path("/proc").glob("[0-9]*")))


def _own_kibibytes(folder: Path, session: int) -> int:
    """What a process of the session holds, of shared pages its part; 0 for another, and for one that has ended."""
    try:
        if int((folder / "stat").read_text().rpartition(")")[2].split()[3]) != session:
            return 0
        lines = (folder / "smaps_rollup").read_text().splitlines()
        return int(next(line for line in lines if line.startswith("Pss:")).split()[1])
    except (OSError, StopIteration):
        return 0
