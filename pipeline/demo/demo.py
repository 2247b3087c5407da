"""Synthetic returns of declared years, written into the forms and put into a home's inbox."""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from pydantic import BaseModel, RootModel

from pipeline.collect.collect import collect
from pipeline.collect.file_names import is_temporary
from pipeline.collect.ledger import read_ledger
from pipeline.demo.mistakes import make_mistakes
from pipeline.demo.targets import demo_folder
from pipeline.demo.years import DemoFile, DemoYears
from pipeline.home import Home, read_kept, write_atomically
from pipeline.workbooks.limits import UnreadableWorkbookError
from pipeline.workbooks.opening import open_workbook
from schemas.errors import UsageError
from schemas.form_layout import IDENTITY_CELLS, IDENTITY_SHEET, SYNTHETIC_MARK
from schemas.survey import Survey

STAMP = "demo.json"
LOCK = ".writer.lock"


def make_demo(home: Home, survey: Survey, *, years: Sequence[int], with_errors: bool = False) -> list[Path]:
    """Put synthetic returns of the years into the home's inbox; returns their paths. Made again, no byte changes.

    `with_errors` seeds known errors into the last of the years and writes their key beside the inbox; the year
    before it is made too, clean, where it is declared, and collected, so that answers can be compared with it. The
    caller holds the home's writer lock.

    Raises UsageError for a home that holds real returns or seeded errors and, with errors, for any home that is
    not empty.
    """
    if with_errors:
        _refuse_used(home)
        return _make_mistaken(home, survey, max(years))
    _refuse_mistaken(home)
    _refuse_real(home, survey)
    paths: list[Path] = []
    demo = DemoYears(survey)
    for year in years:
        fingerprint = _fingerprint(survey, year)
        found = _stamped(home, year, fingerprint)
        if found is None:
            found = put_files(home, year, [file for _, file in demo.returns(year)], fingerprint)
        paths += found
    return paths


def _make_mistaken(home: Home, survey: Survey, year: int) -> list[Path]:
    demo = DemoYears(survey)
    paths: list[Path] = []
    if year - 1 in survey.years:
        paths += put_files(home, year - 1, [f for _, f in demo.returns(year - 1)], _fingerprint(survey, year - 1))
        collect(home, survey.load_year(year - 1))
    mistaken = make_mistakes(demo, year)
    paths += put_files(home, year, mistaken.files, "with errors")
    key = json.dumps([error.model_dump() for error in mistaken.key], ensure_ascii=False, indent=2)
    write_atomically(answer_key(home, year), f"{key}\n".encode())
    return paths


def answer_key(home: Home, year: int) -> Path:
    """Where the key to the seeded errors of a year is written."""
    return home.root / f"answer_key_{year}.json"


def put_files(home: Home, year: int, files: Sequence[DemoFile], fingerprint: str) -> list[Path]:
    """Write files into a year's inbox at their times of arrival, and a stamp by which they are known again."""
    stamps = _read_stamps(home)
    for old in stamps.get(str(year), {}).get("files", {}):
        if old not in {file.name for file in files}:
            (home.inbox(year) / old).unlink(missing_ok=True)
    paths: list[Path] = []
    for file in sorted(files, key=lambda file: (file.arrived_at, file.name)):
        path = home.inbox(year) / file.name
        write_atomically(path, file.content)
        os.utime(path, (file.arrived_at.timestamp(),) * 2)
        paths.append(path)
    digests = {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in paths}
    stamps[str(year)] = {"fingerprint": fingerprint, "files": digests}
    write_atomically(home.root / STAMP, json.dumps(stamps, ensure_ascii=False, indent=1, sort_keys=True).encode())
    return paths


class _Stamp(BaseModel):
    fingerprint: str
    files: dict[str, str]


class _Stamps(RootModel[dict[str, _Stamp]]):
    """By year."""


def _read_stamps(home: Home) -> dict[str, Any]:
    path = home.root / STAMP
    return read_kept(path, _Stamps) or {}


def _stamped(home: Home, year: int, fingerprint: str) -> list[Path] | None:
    """The year's files where all of them stand unchanged as these declarations and this code would make them."""
    stamp = _read_stamps(home).get(str(year), {})
    if stamp.get("fingerprint") != fingerprint:
        return None
    paths = {home.inbox(year) / name: digest for name, digest in stamp["files"].items()}
    if all(path.exists() and hashlib.sha256(path.read_bytes()).hexdigest() == d for path, d in paths.items()):
        return sorted(paths, key=lambda path: (path.stat().st_mtime_ns, path.name))
    return None


def _fingerprint(survey: Survey, year: int) -> str:
    """SHA-256 over what the year's demo returns follow from: declarations, targets and the code that makes them."""
    digest = hashlib.sha256(str(year).encode())
    packages = [Path(__file__).parent, Path(__file__).parents[1] / "forms"]
    code = [path for package in packages for path in package.glob("*.py")]
    for path in sorted([*code, *demo_folder(survey).glob("*.yaml")]):
        digest.update(path.name.encode())
        digest.update(path.read_bytes())
    for declared in survey.years:
        digest.update(survey.fingerprint(declared).encode())
    return digest.hexdigest()


def _refuse_used(home: Home) -> None:
    found = [path.name for path in home.root.iterdir() if path.name != LOCK] if home.root.exists() else []
    if found:
        raise UsageError(
            reference="home-not-empty", where=str(home.root), found=", ".join(sorted(found)[:5]),
            expected="an empty home for returns with errors", fix="name an empty folder: kyogikai --home DIR demo --errors",
        )  # fmt: skip


def _refuse_mistaken(home: Home) -> None:
    keys = sorted(path.name for path in home.root.glob("answer_key_*.json"))
    if keys:
        raise UsageError(
            reference="home-holds-seeded-errors", where=str(home.root), found=", ".join(keys),
            expected="a home whose returns no answer key speaks of", fix="name another folder: kyogikai --home DIR demo",
        )  # fmt: skip


def _refuse_real(home: Home, survey: Survey) -> None:
    real = [f"{r.year}/{r.file_name}" for r in read_ledger(home.ledger) if r.event == "accepted" and not r.is_synthetic]
    stamps = _read_stamps(home)
    for year in survey.years:
        own = stamps.get(str(year), {}).get("files", {})
        folder = home.inbox(year)
        files = [p for p in sorted(folder.rglob("*")) if p.is_file() and not is_temporary(p)] if folder.exists() else []
        real += [f"{year}/{path.name}" for path in files if path.name not in own and not _is_synthetic(path)]
    if real:
        raise UsageError(
            reference="home-holds-real-returns", where=str(home.root), found=", ".join(list(dict.fromkeys(real))[:5]),
            expected="a home without real returns", fix="name another folder: kyogikai --home DIR demo",
        )  # fmt: skip


def _is_synthetic(path: Path) -> bool:
    try:
        workbook = open_workbook(path.read_bytes())
    except UnreadableWorkbookError:
        return False
    return workbook.at(IDENTITY_SHEET, IDENTITY_CELLS["synthetic"]).text == SYNTHETIC_MARK
