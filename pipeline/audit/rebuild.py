"""A release built again, in a home of its own, from the archive and the ledger, and compared byte for byte."""

from __future__ import annotations

import hashlib
import shutil
import tempfile
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

from pipeline.audit.verify import GONE, Fault
from pipeline.check.inputs import year_inputs
from pipeline.collect.ledger import read_ledger
from pipeline.hashes import sha256_file
from pipeline.home import Home
from pipeline.publish.files import kept_decision
from pipeline.publish.release import release_year
from pipeline.run import open_run, run_year
from pipeline.warehouse.released import MANIFEST, read_manifest, releases_of
from schemas.errors import KyogikaiError
from schemas.survey import Survey

BY_THE_PRODUCT = ("declarations", "code", "lock")
"""Inputs that belong to a version of the product: another version cannot build what this one built."""


def rebuild_release(home: Home, survey: Survey, folder: Path) -> list[Fault]:
    """Run the release's year again from what the archive holds and compare every file with the release.

    Nothing of the home is changed. A release that another version of the product or of the declarations made cannot be
    built again by this one, which is told as a fault that names what differs.
    """
    manifest = read_manifest(folder)
    with tempfile.TemporaryDirectory(prefix="kyogikai-") as place:
        again = Home(Path(place))
        faults = list(_prepare(home, again, survey, folder, manifest))
        if faults:
            return faults
        year, moment = int(manifest["year"]), datetime.fromisoformat(manifest["as_of"])
        try:
            run_year(open_run(again, survey, year, clock=lambda: moment))
            built = release_year(again, survey, year, by=manifest["released_by"], clock=lambda: moment)
        except KyogikaiError as error:
            return [Fault(str(folder), f"{error.reference}: {error.found}", "a release, as it was built before")]
        return list(_differences(folder, built, manifest))


def _prepare(home: Home, again: Home, survey: Survey, folder: Path, manifest: dict[str, Any]) -> Iterator[Fault]:
    """Give the new home what the release was made from; yield what cannot be had any more."""
    year, inputs = int(manifest["year"]), manifest["inputs"]
    again.root.mkdir(parents=True, exist_ok=True)
    (again.root / "archive").symlink_to((home.root / "archive").resolve())
    if home.passwords.exists():
        again.passwords.symlink_to(home.passwords.resolve())
    for name, source, copy in (
        ("waivers", folder / kept_decision(home.waivers(year)), again.waivers(year)),
        ("corrections", folder / kept_decision(home.corrections(year)), again.corrections(year)),
        ("previous_corrections", home.corrections(year - 1), again.corrections(year - 1)),
    ):
        if source.exists() and inputs[name] is not None:
            copy.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(source, copy)
    for earlier_year, said in inputs["earlier_releases"].items():
        yield from _link_release(home, again, int(earlier_year), said["manifest"])
    yield from _link_earlier(
        home, again, year, int(manifest["release"].removeprefix("r")), manifest["previous_release"]
    )
    _copy_queries(home, again, year, inputs.get("queries"))
    if not _copy_ledger(home, again, survey, year, inputs):
        yield Fault(str(home.ledger), f"no receipt {inputs['receipts']}", "the last one it was made from")
        return
    present = year_inputs(again, survey, year)
    maker = f"what the release was made from, with Kyogikai {manifest['version']}"
    for key in sorted(key for key in inputs if present.get(key) != inputs[key]):
        why = "another version of the product, or of the declarations" if key in BY_THE_PRODUCT else "something else"
        yield Fault(f"inputs: {key}", why, maker)


def _copy_queries(home: Home, again: Home, year: int, sha256: str | None) -> None:
    """Copy the history of the year's queries as it was when the release was made: so many of its first lines."""
    path = home.query_history(year)
    lines = path.read_bytes().splitlines(keepends=True) if sha256 and path.exists() else []
    for count in range(len(lines), 0, -1):
        text = b"".join(lines[:count])
        if hashlib.sha256(text).hexdigest() == sha256:
            again.query_history(year).parent.mkdir(parents=True, exist_ok=True)
            again.query_history(year).write_bytes(text)
            return


def _copy_ledger(home: Home, again: Home, survey: Survey, year: int, inputs: dict[str, Any]) -> bool:
    """Copy the ledger as it was when the release was made; False where it lacks the last receipt of that time.

    Receipts of the year before may have come later: the first lines with which the same returns count are taken.
    """
    last = next((n for n, r in enumerate(read_ledger(home.ledger), 1) if r.hash == inputs["receipts"]), None)
    if last is None:
        return False
    lines = home.ledger.read_bytes().splitlines(keepends=True)
    for count in range(last, len(lines) + 1):
        again.ledger.write_bytes(b"".join(lines[:count]))
        present = year_inputs(again, survey, year)
        if all(present[key] == inputs[key] for key in ("returns", "receipts", "previous_returns")):
            break
    return True


def _link_release(home: Home, again: Home, year: int, manifest_hash: str) -> Iterator[Fault]:
    """The release of an earlier year with this manifest, and those that it revises."""
    folders = releases_of(home, year)
    for number, folder in enumerate(folders, start=1):
        if (folder / MANIFEST).is_file() and sha256_file(folder / MANIFEST) == manifest_hash:
            again.releases(year).mkdir(parents=True, exist_ok=True)
            for made in folders[:number]:
                (again.releases(year) / made.name).symlink_to(made.resolve())
            return
    yield Fault(str(home.releases(year)), GONE, f"a release whose manifest has SHA-256 {manifest_hash}")


def _link_earlier(home: Home, again: Home, year: int, number: int, previous: str | None) -> Iterator[Fault]:
    """The release of the same year that this one follows, so that it gets its number again."""
    if previous is None:
        return
    earlier = home.releases(year) / f"r{number - 1}"
    if not (earlier / MANIFEST).is_file() or sha256_file(earlier / MANIFEST) != previous:
        yield Fault(str(earlier), GONE, f"a release whose manifest has SHA-256 {previous}")
        return
    again.releases(year).mkdir(parents=True, exist_ok=True)
    (again.releases(year) / earlier.name).symlink_to(earlier.resolve())


def _differences(folder: Path, built: Path, manifest: dict[str, Any]) -> Iterator[Fault]:
    outputs: dict[str, Any] = read_manifest(built)["outputs"]
    for name in sorted({*manifest["outputs"], *outputs}):
        said, found = manifest["outputs"].get(name), outputs.get(name)
        if said != found:
            yield Fault(str(folder / name), _hash_of(said), f"as built again: {_hash_of(found)}")
    if sha256_file(folder / MANIFEST) != sha256_file(built / MANIFEST):
        yield Fault(
            str(folder / MANIFEST), sha256_file(folder / MANIFEST), f"as built again: {sha256_file(built / MANIFEST)}"
        )


def _hash_of(said: dict[str, Any] | None) -> str:
    return GONE if said is None else str(said.get("sha256") or said["content_sha256"])
