"""Readers with a fault each, to see that the run finds it. Nothing heavy is loaded here: a process that died is replaced at once."""

from __future__ import annotations

import os
import signal
import time
from pathlib import Path
from types import SimpleNamespace
from typing import Any

from tests.fuzz.pool import Task, Work


def open_faulty(tried: Path) -> Work:
    """What a process does whose reader has the fault that the kind of a task names."""
    return Work(_named, lambda seed: _read(seed, tried), _judged)


def _named(task: Task) -> Any:
    return SimpleNamespace(name=f"{task[0]}.xlsx", content=f"{task[0]} {task[1]}".encode())


def _judged(content: bytes, _: Any) -> list[str]:
    if content.startswith(b"blind"):
        raise ValueError("a witness that sees nothing")
    return ["C7: 12", "C8: 13", "C9: 14", "D1: ○"] if content.startswith(b"invents") else []


def _read(seed: Any, tried: Path) -> Any:
    match Path(seed.name).stem:
        case "hangs":
            while True:
                pass
        case "hangs-once" if not tried.exists():
            tried.touch()
            time.sleep(60)
        case "dies":
            os.kill(os.getpid(), signal.SIGSEGV)
        case "eats":
            bytearray(2_000 * 1024 * 1024)
        case "raises":
            raise KeyError("a lookup")
    return SimpleNamespace(state="read")
