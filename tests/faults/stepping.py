"""The `kyogikai` command, killed right before the n-th change that it makes to the files of a home.

`python -m tests.faults.stepping HOME STEP COUNT_FILE WORDS...`; with step 0 nothing is killed, and COUNT_FILE says at the end how
many changes there were. Changes by libraries that open files themselves, as DuckDB, are not seen.
"""

from __future__ import annotations

import atexit
import os
import signal
import sys
from pathlib import Path
from typing import Any

PATH_FIRST = ("os.rename", "os.remove", "os.mkdir", "os.rmdir", "os.chmod", "os.truncate")
NO_STATE = ("logs", ".writer.lock")


class Steps:
    """Counts changes to the files of a home, and kills this process before the one that is asked for."""

    def __init__(self, home: Path, step: int) -> None:
        self._root, self._step, self.count = f"{home}{os.sep}", step, 0
        self._left_alone = tuple(f"{home}{os.sep}{name}" for name in NO_STATE)

    def __call__(self, event: str, args: tuple[Any, ...]) -> None:
        if event != "open" and event not in PATH_FIRST:
            return
        path = args[0]
        if not isinstance(path, str | os.PathLike):
            return
        if event == "open" and not args[2] & (os.O_WRONLY | os.O_RDWR | os.O_CREAT):
            return
        name = os.fspath(path)
        if isinstance(name, str) and name.startswith(self._root) and not name.startswith(self._left_alone):
            self.count += 1
            if self.count == self._step:
                os.kill(os.getpid(), signal.SIGKILL)


def main(home: Path, step: int, count_file: Path, words: list[str]) -> None:
    """Run the command."""
    steps = Steps(home, step)
    sys.addaudithook(steps)
    atexit.register(lambda: count_file.write_text(str(steps.count), encoding="utf-8"))
    from pipeline.cli import run_as_process

    sys.argv = ["kyogikai", *words]
    run_as_process()


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]), Path(sys.argv[3]), sys.argv[4:])
