"""What a writer that was killed leaves in a home: files and folders that were to take the place of others, and never did."""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

ENDING = ".tmp"
ASIDE = ".next"
_FILE = re.compile(rf"\..+{re.escape(ENDING)}|\..+\.[a-z0-9_]{{8}}")
"""How a file is named until it takes its place; version 0.1.0 and 0.2.0 named them the second way."""
_FOLDER = re.compile(rf"(\..+)?{re.escape(ASIDE)}")
_FOLDERS = (
    "archive", "corrections", "drafts", "feedback", "forms", "gate", "queries", "releases", "reminders", "waivers", "warehouse", "work",
)  # fmt: skip
"""The folders that only a writer of the home writes to. The inbox is none of them: people name their files as they like."""
_RELEASE = re.compile(r"r[1-9]\d*")


def sweep(root: Path) -> None:
    """Remove what is left of writers that were killed; to be called by the one that holds the home's lock.

    What cannot be removed stays: where that matters, whoever writes there next is told.
    """
    for path in list(_left(root)):
        with suppress(OSError):
            if path.is_dir():
                shutil.rmtree(path)
            else:
                path.unlink()


def _left(root: Path) -> Iterator[Path]:
    yield from (path for path in root.glob(".*") if _FILE.fullmatch(path.name) and path.is_file())
    for name in _FOLDERS:
        yield from _left_below(root / name)


def _left_below(folder: Path) -> Iterator[Path]:
    """Leftovers in a folder and those below it; a release is never looked into, for nothing in it changes."""
    try:
        paths = list(folder.iterdir())
    except OSError:
        return
    for path in paths:
        if path.is_symlink():
            continue
        if path.is_dir():
            if _FOLDER.fullmatch(path.name):
                yield path
            elif not _RELEASE.fullmatch(path.name):
                yield from _left_below(path)
        elif _FILE.fullmatch(path.name):
            yield path
