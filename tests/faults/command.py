"""The `kyogikai` command in a process group of its own, which is killed on the way or left alone."""

from __future__ import annotations

import contextlib
import json
import os
import select
import signal
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from random import Random
from typing import Literal

from pipeline.home import PROJECT_ROOT, Home

Kind = Literal["group", "main", "beside", "step"]
PATIENCE = 600.0
"""Seconds that a command may take on a machine that does other things too."""
LINGER = 30.0
"""Seconds that what a killed command has started may take to end by itself."""


@dataclass(frozen=True)
class Kill:
    """A kill that is intended: of what, and after how many seconds, or right before which change of a file."""

    kind: Kind
    after: float


@dataclass(frozen=True)
class Ended:
    """How a command ended: its exit code, what it said, and where it was when it was killed, None where it was not."""

    code: int
    out: str
    err: str
    seconds: float
    steps: int = 0
    killed: Kind | None = None
    stage: str = ""
    left_behind: bool = False


def run_command(home: Home, survey: Path, words: tuple[str, ...], kill: Kill | None, random: Random) -> Ended:
    """Run a command in a home to its end, or until the kill. A killed process beside it does not end a command."""
    with tempfile.TemporaryDirectory() as place:
        count_file = Path(place) / "count"
        step = int(kill.after) if kill and kill.kind == "step" else 0
        options = [str(home.root), str(step), str(count_file), "--home", str(home.root), "--survey", str(survey)]
        logs = set(home.logs.glob("*.jsonl"))
        with (
            (Path(place) / "out").open("w+") as out,
            (Path(place) / "err").open("w+") as err,
            subprocess.Popen(
                [sys.executable, "-m", "tests.faults.stepping", *options, *words],
                cwd=PROJECT_ROOT, stdin=subprocess.DEVNULL, stdout=out, stderr=err, text=True, start_new_session=True,
            ) as process,
        ):  # fmt: skip
            started = time.monotonic()
            killed = _wait_and_kill(process, kill, random)
            if not has_ended(process.pid, PATIENCE):
                raise TimeoutError(f"{words[0]} has not ended after {PATIENCE:g} s")
            seconds = time.monotonic() - started
            lingered = end_group(process.pid, LINGER)
            code = process.wait()
            is_step = kill is not None and kill.kind == "step" and code == -signal.SIGKILL
            left_behind = (killed == "main" or is_step or killed is None) and lingered
            texts = []
            for file in (out, err):
                file.seek(0)
                texts.append(file.read())
        steps = int(count_file.read_text(encoding="utf-8")) if count_file.exists() else 0
    new = sorted(set(home.logs.glob("*.jsonl")) - logs)
    stage = f"{words[0]}: {_stage(new[0]) if new else 'starting'}"
    return Ended(code, *texts, seconds, steps, "step" if is_step else killed, stage, left_behind)


def _wait_and_kill(process: subprocess.Popen[str], kill: Kill | None, random: Random) -> Kind | None:
    """Wait for the moment and kill; returns what was killed, None where the command had ended by then."""
    if kill is None or kill.kind == "step":
        return None
    if has_ended(process.pid, kill.after):
        return None
    children = _children(process.pid)
    if kill.kind == "beside" and children:
        with contextlib.suppress(ProcessLookupError):
            os.kill(random.choice(children), signal.SIGKILL)
        return "beside"
    if kill.kind == "group":
        os.killpg(process.pid, signal.SIGKILL)
        return "group"
    process.kill()
    return "main"


def _children(process_id: int) -> list[int]:
    """The processes that a process has started, by their numbers."""
    found: list[int] = []
    for path in Path(f"/proc/{process_id}/task").glob("*/children"):
        with contextlib.suppress(OSError):
            found += map(int, path.read_text(encoding="ascii").split())
    return sorted(found)


def has_ended(process_id: int, seconds: float) -> bool:
    """Whether a process that this one has started ends within so many seconds.

    It is not waited for: until it is, no other process and no other group can get its number.
    """
    handle = os.pidfd_open(process_id)
    try:
        return bool(select.select([handle], [], [], seconds)[0])
    finally:
        os.close(handle)


def members(group: int) -> list[int]:
    """The processes of a group that have not ended, by their numbers."""
    found: list[int] = []
    for path in Path("/proc").glob("[0-9]*/stat"):
        with contextlib.suppress(OSError):
            state, _, own_group = path.read_text(encoding="utf-8", errors="replace").rpartition(")")[2].split()[:3]
            if int(own_group) == group and state not in "ZX":
                found.append(int(path.parent.name))
    return sorted(found)


def end_group(group: int, seconds: float) -> bool:
    """Whether anything of a group is left after so many seconds; only then is it sent a kill.

    Its first process has ended and was not waited for yet, so that the number is this group's and no stranger's.
    """
    until, is_left = time.monotonic() + seconds, False
    while members(group):
        if time.monotonic() >= until:
            os.killpg(group, signal.SIGKILL)
            is_left = True
        time.sleep(0.05)
    return is_left


def _stage(log: Path) -> str:
    """Where a run was when its log broke off."""
    stage = "starting"
    for text in log.read_text(encoding="utf-8", errors="replace").splitlines():
        with contextlib.suppress(ValueError):
            line = json.loads(text)
            if line["event"] == "stage_started":
                stage = line["stage"]
            elif line["event"] == "stage_ended":
                stage = f"after {line['stage']}"
            elif line["event"] == "run_ended":
                stage = "ending"
    return stage
