"""The `kyogikai` command, called as a shell calls it, with what it prints and its exit code."""

from __future__ import annotations

import io
import json
import shlex
import sys
from contextlib import redirect_stderr, redirect_stdout
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from unittest.mock import patch

from pipeline.cli import main


@dataclass(frozen=True)
class Called:
    """What a call left behind."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        """The result, which must be JSON and nothing else."""
        return json.loads(self.out)


def _options(home: Path | None, survey: Path | None) -> list[object]:
    return [*(("--home", home) if home else ()), *(("--survey", survey) if survey else ())]


def typed(*words: object, home: Path | None = None, survey: Path | None = None) -> str:
    """The call as one would type it in a shell."""
    return shlex.join(["kyogikai", *map(str, (*_options(home, survey), *words))])


def kyogikai(*words: object, home: Path | None = None, survey: Path | None = None) -> Called:
    """Call the command with words, in this process."""
    options = _options(home, survey)
    out, err, code = io.StringIO(), io.StringIO(), 0
    with (
        patch.object(sys, "argv", ["kyogikai", *map(str, (*options, *words))]),
        redirect_stdout(out),
        redirect_stderr(err),
    ):
        try:
            main()
        except SystemExit as end:
            code = int(end.code or 0)
    return Called(code, out.getvalue(), err.getvalue())
