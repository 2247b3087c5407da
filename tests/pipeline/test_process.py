"""A stop from the keyboard waits for a block that must not be left half done, and for no other."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from pipeline.home import PROJECT_ROOT

PROGRAM = """
import os, signal, subprocess, sys
from pipeline.process import heed_keyboard, is_stopped, undisturbed

def stop():
    os.kill(os.getpid(), signal.SIGINT)

heed_keyboard()
try:
    {body}
except KeyboardInterrupt:
    print("stopped", is_stopped())
"""
CHILD = "import os, signal; os.kill(os.getpid(), signal.SIGINT); print('child ends well')"


@pytest.mark.parametrize(
    ("body", "said"),
    [
        ("stop(); print('not seen')", ["stopped True"]),
        ("with undisturbed(): stop(); print('to its end')\n    print('not seen')", ["to its end", "stopped True"]),
        ("with undisturbed(): print('to its end')\n    print('goes on')", ["to its end", "goes on"]),
        (
            "with undisturbed():\n        with undisturbed(): stop()\n        print('outer one too')\n    print('not seen')",
            ["outer one too", "stopped True"],
        ),
        (
            f'with undisturbed(): print(subprocess.check_output([sys.executable, "-c", """{CHILD}"""], text=True).strip())',
            ["child ends well"],
        ),
    ],
    ids=["at once", "after the block", "no stop", "nested", "a process started there"],
)
def test_a_stop_from_the_keyboard(body: str, said: list[str]) -> None:
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM.format(body=body)], cwd=PROJECT_ROOT, capture_output=True, text=True, check=True
    )
    assert done.stdout.splitlines() == said


def test_an_error_in_the_block_stays_what_it_is() -> None:
    body = "with undisturbed(): stop(); 1 / 0"
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM.format(body=body)], cwd=PROJECT_ROOT, capture_output=True, text=True, check=False
    )
    assert done.stderr.rstrip().endswith("ZeroDivisionError: division by zero")


WHILE_MAKING_A_CLASS = """
import click
import pipeline.cli as command

def stopped(**_):
    try:
        exec("import os, signal\\nos.kill(os.getpid(), signal.SIGINT)\\nfor _ in range(10**6): pass")
    except KeyboardInterrupt:
        raise click.Abort

command.cli = stopped
command.run_as_process()
"""


def test_a_stop_while_a_class_is_made_from_text_ends_the_process_as_any_other(tmp_path: Path) -> None:
    (tmp_path / "stopped.py").write_text(WHILE_MAKING_A_CLASS, encoding="utf-8")
    ended = subprocess.run(
        [sys.executable, "-m", "stopped"], cwd=tmp_path, env={**os.environ, "PYTHONPATH": str(PROJECT_ROOT)},
        capture_output=True, text=True, timeout=60, check=False,
    )  # fmt: skip
    assert (ended.returncode, ended.stdout, ended.stderr) == (130, "", "aborted\n")
