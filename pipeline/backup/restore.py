"""A backup checked to the last byte, and put back as a home: all of it or nothing."""

from __future__ import annotations

import gzip
import hashlib
import os
import shutil
import tarfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path, PurePosixPath
from typing import IO

from pydantic import ValidationError

from pipeline.backup.contents import FILES, FOLDERS, LIST, PASSWORDS, BackedUp, BackupList
from pipeline.collect.ledger import read_ledger
from pipeline.home import Home, sync_folder
from pipeline.home_format import read_format
from schemas.errors import InputError, UsageError

_DAMAGE = (gzip.BadGzipFile, zlib.error, EOFError, tarfile.TarError)
_CHUNK = 1 << 20
_LONGEST_LIST = 1 << 28
"""Bytes of a list of files: one of a million files is shorter."""


def check_backup(path: Path) -> BackupList:
    """Read a backup to its end and compare every file with its hash; returns what is in it.

    Raises InputError that names the first file which is not as it was written, or has no place in a home.
    """
    return _read(path, None)


def restore_backup(path: Path, root: Path) -> BackupList:
    """Put a backup back as the home `root`, which must not exist or be empty; returns what was in it.

    All is read and compared beside `root`, and moved there at once: a restore that is interrupted leaves no home. Raises
    UsageError where the folder holds anything, InputError where the backup is damaged or of a format of a later version.
    """
    _expect_free(root)
    aside = Home(root.parent / f".{root.name}.restoring")
    with aside.locked():
        try:
            _clear(aside.root)
            listed = _read(path, aside.root)
            read_format(aside.root)
            read_ledger(aside.ledger)
            # Thousands of files were written without waiting for the disk, one by one.
            os.sync()
            _expect_free(root)
            aside.root.replace(root)
        except BaseException:
            shutil.rmtree(aside.root, ignore_errors=True)
            raise
        sync_folder(root.parent)
    return listed


def _expect_free(root: Path) -> None:
    if root.exists() and any(root.iterdir()):
        raise UsageError(
            reference="folder-not-empty", where=str(root), found="a folder with something in it",
            expected="a new or an empty one: nothing is written over",
            fix="name another folder: kyogikai --home DIR restore FILE",
        )  # fmt: skip


def _clear(folder: Path) -> None:
    """Remove what a restore that was killed has left."""
    for path in folder.iterdir():
        if path.is_dir():
            shutil.rmtree(path)
        elif path.name != ".writer.lock":
            path.unlink()


def _read(path: Path, into: Path | None) -> BackupList:
    found: dict[str, BackedUp] = {}
    listed: BackupList | None = None
    with _opened(path) as (tar, packed):
        for entry in tar:
            if listed is not None:
                raise _damaged(path, f"'{entry.name}' after the list of files")
            if not entry.isreg():
                raise _damaged(path, f"'{entry.name}', which is no file")
            content = tar.extractfile(entry)
            assert content
            if entry.name == LIST:
                listed = _list(path, content.read(_LONGEST_LIST))
                continue
            if not _has_place(entry.name) or entry.name in found:
                raise _damaged(path, f"'{entry.name}', which has no place in a home")
            found[entry.name] = _copy(entry, content, into)
        while packed.read(_CHUNK):
            pass
    if listed is None:
        raise _damaged(path, "no list of files: its end is missing")
    expected = {file.name: file for file in listed.files}
    for name in sorted({*expected, *found}):
        if found.get(name) != expected.get(name):
            raise _damaged(path, f"'{name}', which is not as it was backed up")
    return listed


@contextmanager
def _opened(path: Path) -> Iterator[tuple[tarfile.TarFile, gzip.GzipFile]]:
    """A backup, read from its beginning to its end. Raises InputError where it is none, or is damaged."""
    if not path.is_file():
        raise InputError(reference="no-such-file", where=str(path), fix="give the file that `kyogikai backup` wrote")
    try:
        with gzip.open(path, "rb") as packed, tarfile.open(fileobj=packed, mode="r|") as tar:
            yield tar, packed
    except _DAMAGE as error:
        raise _damaged(path, str(error) or "its end is missing") from error
    except (NotADirectoryError, IsADirectoryError, FileExistsError) as error:
        raise _damaged(path, "a file in the place of a folder") from error


def _list(path: Path, content: bytes) -> BackupList:
    try:
        return BackupList.model_validate_json(content)
    except ValidationError as error:
        raise _damaged(path, "a list of files that this version cannot read") from error


def _has_place(name: str) -> bool:
    """Whether a backup may hold a file of this name: its path stays in the home, and below what a backup holds."""
    path = PurePosixPath(name)
    if (
        path.as_posix() != name
        or path.is_absolute()
        or any(part.startswith(".") for part in path.parts)
        or "\\" in name
    ):
        return False
    return name in (*FILES, PASSWORDS) if len(path.parts) == 1 else path.parts[0] in FOLDERS


def _copy(entry: tarfile.TarInfo, content: IO[bytes], into: Path | None) -> BackedUp:
    """Hash a file, and write it where it is to be restored."""
    digest, size = hashlib.sha256(), 0
    target = into / entry.name if into else None
    if target:
        target.parent.mkdir(parents=True, exist_ok=True)
    with target.open("xb") if target else open(os.devnull, "wb") as file:  # noqa: PTH123
        while part := content.read(_CHUNK):
            digest.update(part)
            size += file.write(part)
    if target:
        target.chmod(0o600 if entry.name == PASSWORDS else 0o644)
        os.utime(target, (entry.mtime, entry.mtime))
    return BackedUp(name=entry.name, sha256=digest.hexdigest(), size=size)


def _damaged(path: Path, found: str) -> InputError:
    return InputError(
        reference="damaged-backup", where=str(path), found=found, expected="a backup as `kyogikai backup` wrote it",
        fix="take another copy of it, or an earlier one; nothing was restored",
    )  # fmt: skip
