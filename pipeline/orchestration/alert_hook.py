"""The hook that alerts go to: a program of the team's own, which reads one JSON document."""

from __future__ import annotations

import json
import os
import shlex
import subprocess
from collections.abc import Callable, Iterable
from datetime import datetime

from pipeline.orchestration.alerts import Alert

VARIABLE = "KYOGIKAI_ALERT_COMMAND"
LONGEST_SECONDS = 60
SHOWN_CHARACTERS = 200


def hook_command() -> list[str]:
    """The words of the command that the environment names; none where it names none."""
    return shlex.split(os.environ.get(VARIABLE, ""))


def deliver(
    command: list[str], alerts: Iterable[Alert], now: datetime, tell_fault: Callable[[str], object]
) -> set[str]:
    """Call the command once for each alert; returns the keys of those that it took. One that fails keeps none of the others back."""
    delivered = set()
    for alert in alerts:
        fault = _call(command, json.dumps(alert.document(now), ensure_ascii=False))
        if fault is None:
            delivered.add(alert.key)
        else:
            tell_fault(f"{VARIABLE} did not take {alert.key}: {fault}; it is tried again at the next tick")
    return delivered


def _call(command: list[str], document: str) -> str | None:
    """Why the command did not take the document; None where it did."""
    try:
        done = subprocess.run(
            command, input=document.encode(), capture_output=True, timeout=LONGEST_SECONDS, check=False
        )  # fmt: skip
    except subprocess.TimeoutExpired:
        return f"no end after {LONGEST_SECONDS} s"
    except OSError as error:
        return error.strerror or str(error)
    said = done.stderr.decode(errors="replace").strip()[-SHOWN_CHARACTERS:]
    return f"exit code {done.returncode}{f', {said}' if said else ''}" if done.returncode else None
