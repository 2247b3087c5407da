"""Marks on releases whose figures were compared with a release that another one has revised since.

A release never changes: its mark lies beside it, as `r1.stale.json` beside `r1/`.
"""

from __future__ import annotations

import json
import re
from datetime import datetime
from pathlib import Path
from typing import Any

from pydantic import BaseModel

from pipeline.hashes import sha256_file
from pipeline.home import Home, read_kept, write_atomically
from pipeline.warehouse.released import read_manifest
from schemas.errors import InputError


class _Mark(BaseModel):
    release: str
    compared_with: str
    revised_by: str
    since: datetime


def mark_stale(home: Home, revising: Path, *, as_of: datetime) -> list[Path]:
    """Mark every release of a later year that was compared with another release of this one's year; returns them."""
    manifest = read_manifest(revising)
    year, own = str(manifest["year"]), sha256_file(revising / "manifest.json")
    known = {
        sha256_file(folder / "manifest.json"): _name(folder) for folder in _releases(home) if _year(folder) == year
    }
    marked = []
    for folder in _releases(home):
        compared = read_manifest(folder)["inputs"]["earlier_releases"].get(year, {}).get("manifest")
        if compared is None or compared == own:
            continue
        mark = {
            "release": _name(folder), "compared_with": known.get(compared, compared), "revised_by": _name(revising),
            "since": as_of.isoformat(),
        }  # fmt: skip
        if (read_kept(_mark(folder), _Mark) or {}).get("revised_by") != mark["revised_by"]:
            write_atomically(_mark(folder), (json.dumps(mark, indent=2, sort_keys=True) + "\n").encode())
        marked.append(folder)
    return marked


def stale_mark(folder: Path) -> dict[str, Any] | None:
    """What a release was compared with and what revises that; None where it is not stale.

    Raises InputError for a mark that is damaged.
    """
    path = _mark(folder)
    mark = read_kept(path, _Mark)
    if mark is None and path.exists():
        raise InputError(
            reference="damaged-mark", where=str(path), found="no mark as it was written",
            expected="what the release was compared with, and what revises that",
            fix="remove the file, then release the year it was compared with again: unchanged, it only writes the marks",
        )  # fmt: skip
    return mark


def stale_releases(home: Home) -> dict[str, dict[str, Any]]:
    """The marks of all stale releases, by their names as 2024/r1."""
    return {_name(folder): mark for folder in _releases(home) if (mark := stale_mark(folder)) is not None}


def _mark(folder: Path) -> Path:
    return folder.with_name(f"{folder.name}.stale.json")


def _releases(home: Home) -> list[Path]:
    manifests = sorted((home.root / "releases").glob("*/r*/manifest.json"))
    return [path.parent for path in manifests if re.fullmatch(r"r[1-9]\d*", path.parent.name)]


def _year(folder: Path) -> str:
    return folder.parent.name


def _name(folder: Path) -> str:
    return f"{_year(folder)}/{folder.name}"
