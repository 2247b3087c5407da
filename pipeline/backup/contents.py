"""What a backup holds: the files of a home that cannot be made again, and a list of them with their hashes."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from pipeline.hashes import sha256_file
from pipeline.home import Home
from pipeline.home_format import FORMAT_FILE

LIST = "backup.json"
"""The last file of a backup, which lists all others."""
FOLDERS = ("archive", "corrections", "inbox", "queries", "releases", "waivers")
FILES = (FORMAT_FILE, "ledger.jsonl", "releases.jsonl")
PASSWORDS = "passwords.yaml"


class BackedUp(BaseModel):
    """One file: its path in the home, and the SHA-256 and size in bytes of what it holds."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    name: str
    sha256: str = Field(pattern=r"^[0-9a-f]{64}$")
    size: int


class BackupList(BaseModel):
    """All files of a backup, and when (ISO 8601) and by which version of the product it was made."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    backup: Literal[1] = 1
    made_at: str
    made_with: str
    files: tuple[BackedUp, ...]


def files_to_keep(home: Home, *, with_passwords: bool) -> list[Path]:
    """The files that belong in a backup, in the order of their names.

    Of the inbox, those that the archive does not have yet: nobody has collected them. Links in the inbox, which are never
    opened, and files that begin with a dot, which are being written, are left out.
    """
    names = (*FILES, PASSWORDS) if with_passwords else FILES
    found = [path for name in names if (path := home.root / name).exists()]
    for name in FOLDERS:
        found += _below(home.root / name)
    inbox = home.root / "inbox"
    kept = [path for path in found if not path.is_relative_to(inbox) or _is_waiting(home, path)]
    return sorted(kept, key=lambda path: path.relative_to(home.root).as_posix())


def _below(folder: Path) -> Iterator[Path]:
    for path in sorted(folder.iterdir()) if folder.is_dir() else ():
        if path.name.startswith("."):
            continue
        if path.is_dir():
            yield from _below(path)
        elif path.is_file():
            yield path


def _is_waiting(home: Home, path: Path) -> bool:
    return not path.is_symlink() and not home.archived(sha256_file(path)).exists()
