"""Which files of an inbox are complete: pure decisions for the inbox sensor.

A file is complete once it was seen with the same size and modification time for `QUIET` or longer, by the clock
that is passed in; what its own time stamps say does not matter, since copying may set them.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from pipeline.collect.collect import inbox_files, uncollected
from pipeline.collect.file_names import readable_name
from pipeline.home import Home

QUIET = timedelta(seconds=30)


@dataclass(frozen=True)
class InboxFile:
    """A file as a look into the inbox found it; `name` is its path below the inbox."""

    name: str
    size: int
    modified_ns: int

    @property
    def state(self) -> str:
        """Changes whenever the file does."""
        return f"{self.name}|{self.size}|{self.modified_ns}"


@dataclass(frozen=True)
class Watch:
    """What earlier looks left: when each state was first seen (ISO 8601), and the key of the last batch."""

    first_seen: dict[str, str] = field(default_factory=dict)
    last_batch: str | None = None


@dataclass(frozen=True)
class Decision:
    """Either a batch to run (`run_key` is set) or the reason why there is none; and what to remember."""

    watch: Watch
    reason: str
    files: tuple[InboxFile, ...] = ()
    run_key: str | None = None


def look(home: Home, year: int) -> list[InboxFile]:
    """The files of a year's inbox that no receipt tells of, in the order of collection; temporary files are left out."""
    folder = home.inbox(year)
    return [
        InboxFile(_name(path, folder), path.stat().st_size, path.stat().st_mtime_ns) for path in uncollected(home, year)
    ]


def decide(year: int, files: Sequence[InboxFile], watch: Watch, now: datetime) -> Decision:
    """Choose the batch of complete files of a year; files still being copied wait for the next one."""
    if not files:
        return Decision(Watch(last_batch=watch.last_batch), f"{year}: nothing new in the inbox")
    if batch_key(year, files) == watch.last_batch:
        return Decision(Watch(last_batch=watch.last_batch), f"{year}: all {len(files)} files were in the last batch")
    first_seen = {file.state: min(watch.first_seen.get(file.state, now.isoformat()), now.isoformat()) for file in files}
    complete = tuple(file for file in files if now - datetime.fromisoformat(first_seen[file.state]) >= QUIET)
    waiting = f"{year}: {len(files) - len(complete)} of {len(files)} files may still be being copied"
    key = batch_key(year, complete)
    if not complete or key == watch.last_batch:
        return Decision(Watch(first_seen, watch.last_batch), waiting)
    return Decision(Watch(first_seen, key), f"{year}: {len(complete)} complete files", complete, key)


def batch_key(year: int, files: Sequence[InboxFile]) -> str:
    """The key of a batch: SHA-256 over its files' names, sizes and modification times."""
    content = "\n".join(sorted(file.state for file in files))
    return f"{year}-{hashlib.sha256(content.encode()).hexdigest()}"


def batch_paths(home: Home, year: int, names: Sequence[str]) -> list[Path] | None:
    """Paths of the named files, in the order in which they are collected; None, the whole inbox, without names."""
    wanted = set(names)
    folder = home.inbox(year)
    return [p for p in inbox_files(home, year) if _name(p, folder) in wanted] if wanted else None


def _name(path: Path, folder: Path) -> str:
    return (path.relative_to(folder).parent / readable_name(path)).as_posix()


def write_cursor(watches: Mapping[int, Watch]) -> str:
    """What the sensor remembers until its next tick, as JSON."""
    return json.dumps({str(year): asdict(watch) for year, watch in watches.items()}, ensure_ascii=False)


def read_cursor(cursor: str | None) -> dict[int, Watch]:
    """What the sensor remembered; nothing at its first tick."""
    remembered: dict[str, Any] = json.loads(cursor or "{}")
    return {int(year): Watch(**watch) for year, watch in remembered.items()}
