"""Making a backup: one .tar.gz of all that cannot be made again, each file with its hash; a damaged home is refused."""

from __future__ import annotations

import gzip
import hashlib
import re
import tarfile
from collections.abc import Callable
from io import BytesIO
from pathlib import Path
from typing import IO

from pipeline import __version__
from pipeline.backup.contents import LIST, BackedUp, BackupList, files_to_keep
from pipeline.clock import Clock, now
from pipeline.collect.ledger import read_ledger
from pipeline.home import Home, replacing
from pipeline.home_format import read_format
from pipeline.queries.ledger import read_history
from pipeline.warehouse.issued import issued_releases
from pipeline.warehouse.released import MANIFEST, expect_unchanged, read_manifest
from schemas.errors import InputError, UsageError

OWN_EYES = 0o600
"""A backup holds what municipalities have answered, published or not."""
LEVEL = 1
"""Of compression: workbooks and most files of a release are compressed already."""
WAIT_SECONDS = 600
"""How long a run that is under way is waited for."""


class _Hashed:
    """A file that is read once, to be written and to be hashed."""

    def __init__(self, file: IO[bytes]) -> None:
        self._file, self._digest = file, hashlib.sha256()

    def read(self, size: int) -> bytes:
        part = self._file.read(size)
        self._digest.update(part)
        return part

    @property
    def sha256(self) -> str:
        return self._digest.hexdigest()


def write_backup(
    home: Home,
    target: Path,
    *,
    with_passwords: bool = False,
    waiting: Callable[[], None] = lambda: None,
    clock: Clock = now,
) -> BackupList:
    """Write all that cannot be made again into a new .tar.gz, as one writer of the home; returns what is in it.

    The same files give the same bytes, but for the time in the list. Raises UsageError where the target exists, InputError where
    there is no home in use, where another run goes on for longer than `WAIT_SECONDS`, and where the home holds what is not as it
    was received or released: a backup of that would take the place of a good one.
    """
    if target.exists():
        raise UsageError(
            reference="file-exists", where=str(target), found="a file", expected="a name that is free",
            fix="name another file, with the day in its name, or move this one away",
        )  # fmt: skip
    if read_format(home.root) is None:
        raise InputError(
            reference="no-home", where=str(home.root), found="no home that anything was collected in",
            fix="name the home with --home or KYOGIKAI_HOME",
        )  # fmt: skip
    with home.locked(wait_seconds=WAIT_SECONDS, waiting=waiting):
        _expect_whole(home)
        with replacing(target, mode=OWN_EYES) as file:
            return _write(home, file, files_to_keep(home, with_passwords=with_passwords), clock)


def _expect_whole(home: Home) -> None:
    """Raise InputError for the first list, archived file or release that is damaged or gone."""
    for receipt in read_ledger(home.ledger):
        if not home.archived(receipt.sha256).exists():
            raise _broken(home.archived(receipt.sha256), receipt.sha256)
    for path in home.root.glob("queries/*.jsonl"):
        if re.fullmatch(r"\d{4}", path.stem):
            read_history(home, int(path.stem))
    for line in issued_releases(home):
        folder = home.releases(line.year) / line.release
        manifest = folder / MANIFEST
        expect_unchanged(folder, {MANIFEST: {"sha256": line.manifest}})
        expect_unchanged(folder, read_manifest(manifest.parent)["outputs"])


def _broken(path: Path, sha256: str) -> InputError:
    return InputError(
        reference="broken-archive", where=str(path), found="bytes that are not those received", expected=f"SHA-256 {sha256}",
        fix="restore the file from a backup",
    )  # fmt: skip


def _write(home: Home, file: IO[bytes], paths: list[Path], clock: Clock) -> BackupList:
    with (
        gzip.GzipFile(filename="", mode="wb", compresslevel=LEVEL, fileobj=file, mtime=0) as packed,
        tarfile.open(fileobj=packed, mode="w", format=tarfile.PAX_FORMAT) as tar,
    ):
        listed = BackupList(
            made_at=clock().isoformat(), made_with=__version__, files=tuple(_add(tar, home, path) for path in paths)
        )
        content = (listed.model_dump_json(indent=1) + "\n").encode()
        tar.addfile(_entry(LIST, len(content)), BytesIO(content))
    return listed


def _add(tar: tarfile.TarFile, home: Home, path: Path) -> BackedUp:
    name = path.relative_to(home.root).as_posix()
    with path.open("rb") as file:
        found = path.stat()
        entry, hashed = _entry(name, found.st_size), _Hashed(file)
        entry.mtime = found.st_mtime
        try:
            tar.addfile(entry, hashed)  # type: ignore[arg-type]
        except OSError as error:
            if error.errno is not None:
                raise
            raise InputError(
                reference="changed-during-backup", where=str(path), found="fewer bytes than a moment before",
                fix="call the command again when nobody is writing the file",
            ) from error  # fmt: skip
    if name.startswith("archive/") and hashed.sha256 != path.name:
        raise _broken(path, path.name)
    return BackedUp(name=name, sha256=hashed.sha256, size=found.st_size)


def _entry(name: str, size: int) -> tarfile.TarInfo:
    entry = tarfile.TarInfo(name)
    entry.size, entry.mode = size, OWN_EYES
    return entry
