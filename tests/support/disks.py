"""Disks that are full and folders that may not be written to: real ones, for the system itself says no."""

from __future__ import annotations

import os
import resource
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from pipeline.home import PROJECT_ROOT


@contextmanager
def small_disk(folder: Path, size: int) -> Iterator[Callable[[], None] | None]:
    """Mount a disk of so many bytes in memory on a folder; gives what makes it large, None where no disk may be mounted."""
    folder.mkdir(parents=True)
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", f"size={size}", "tmpfs", str(folder)],  # noqa: S607
        capture_output=True, check=False,
    )  # fmt: skip
    if mounted.returncode:
        yield None
        return
    try:
        yield lambda: _run("mount", "-o", "remount,size=1g", str(folder))
    finally:
        _run("umount", "--lazy", str(folder))


def _run(*words: str) -> None:
    subprocess.run(words, check=True, capture_output=True)


def command(
    root: Path, survey: Path, *words: object, largest_file: int | None = None, obeys: bool = False
) -> subprocess.CompletedProcess[str]:
    """The `kyogikai` command in a process of its own, which may write no file larger than `largest_file` bytes.

    `obeys`: it keeps to the rights of files, also where this process runs as root, which otherwise may do anything.
    """

    def limit() -> None:
        if largest_file is not None:
            resource.setrlimit(resource.RLIMIT_FSIZE, (largest_file, largest_file))

    before: Sequence[str] = []
    if obeys and os.geteuid() == 0:
        before = [
            "setpriv",
            "--bounding-set",
            "-dac_override,-dac_read_search",
            "--inh-caps",
            "-dac_override,-dac_read_search",
        ]
    call = [*before, sys.executable, "-m", "pipeline.cli", "--home", root, "--survey", survey, *words]
    return subprocess.run(
        [str(word) for word in call], cwd=PROJECT_ROOT, capture_output=True, text=True, check=False, env=dict(os.environ),
        preexec_fn=limit,
    )  # fmt: skip


@contextmanager
def read_only(folder: Path) -> Iterator[None]:
    """Take away the right to write to a folder and those below it."""
    folders = [folder, *(path for path in folder.rglob("*") if path.is_dir())]
    for one in folders:
        one.chmod(0o555)
    try:
        yield
    finally:
        for one in folders:
            one.chmod(0o755)


def copied(source: Path, target: Path) -> Path:
    """A copy of a home in a folder that may be there already."""
    shutil.copytree(source, target, dirs_exist_ok=True)
    return target
