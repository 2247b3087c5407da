"""What has to hold of a home at every moment, and what its files are in the end."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import duckdb

from pipeline.audit.verify import verify_release
from pipeline.check.inputs import warehouse_contents
from pipeline.collect.ledger import read_ledger
from pipeline.hashes import sha256_file
from pipeline.home import Home
from pipeline.queries.ledger import read_history
from pipeline.warehouse.issued import issued_releases
from pipeline.warehouse.released import releases_of
from schemas.errors import KyogikaiError

LAYOUT = ("duckdb",)
"""Files whose own layout differs from writing to writing; what they hold is compared."""
OF_LAYOUT = ("seal.json", "kyogikai.composed.json", "kyogikai.contents.json", "built.json")
"""Files that hold the hash of such a layout."""
NO_STATE = ("logs", ".writer.lock")
"""Beside Great Expectations' own pages, which tell the time at which they were written."""
LISTS = ("ledger.jsonl", "releases.jsonl")


@dataclass(frozen=True)
class Kept:
    """What a home held that must never be lost: the bytes of its lists, by name."""

    lists: dict[str, bytes]

    @classmethod
    def of(cls, home: Home) -> Kept:
        """That of a home as it is now."""
        paths = [home.root / name for name in LISTS]
        paths += sorted((home.root / "queries").glob("*.jsonl"))
        return cls({path.relative_to(home.root).as_posix(): path.read_bytes() for path in paths if path.exists()})


def broken(home: Home, year: int, before: Kept, published: Sequence[dict[str, str]]) -> list[str]:
    """What does not hold of a home in which a command was killed; `published` are the contents that its warehouse may have."""
    return [
        *_lost_lines(home, year, before),
        *_archive(home),
        *_releases(home, year),
        *_warehouse(home, year, published),
    ]


def _lost_lines(home: Home, year: int, before: Kept) -> Iterator[str]:
    now = Kept.of(home).lists
    for name, content in before.lists.items():
        if not now.get(name, b"").startswith(content):
            yield f"{name} lost lines that it had"
    try:
        receipts = read_ledger(home.ledger)
        issued = issued_releases(home)
        read_history(home, year)
    except KyogikaiError as error:
        yield error.render()
        return
    for receipt in receipts:
        if not home.archived(receipt.sha256).exists():
            yield f"the ledger tells of {receipt.file_name}, which the archive does not have"
    there = {folder.name for folder in releases_of(home, year)}
    for line in issued:
        if line.release not in there:
            yield f"{line.release} is listed and not there"


def _archive(home: Home) -> Iterator[str]:
    for path in (home.root / "archive").rglob("*"):
        if re.fullmatch(r"[0-9a-f]{64}", path.name) and sha256_file(path) != path.name:
            yield f"the archive has other bytes in {path.name}"


def _releases(home: Home, year: int) -> Iterator[str]:
    """A release that can be seen is whole. That it is not listed yet is no fault: the next release lists it."""
    for folder in releases_of(home, year):
        try:
            faults = verify_release(home, folder).faults
        except KyogikaiError as error:
            yield error.render()
            continue
        for fault in faults:
            if fault.where != str(home.issued):
                yield f"{folder.name}: {fault.where}: {fault.found}, not {fault.expected}"


def _warehouse(home: Home, year: int, published: Sequence[dict[str, str]]) -> Iterator[str]:
    if home.warehouse.exists() and warehouse_contents(home.warehouse, year) not in published:
        yield "the published warehouse holds rows of no run that has ended"


def files_of(home: Home) -> dict[str, str]:
    """A hash of every file of a home by its path; of a DuckDB file one of its rows."""
    found: dict[str, str] = {}
    for path in sorted(home.root.rglob("*")):
        name = path.relative_to(home.root).as_posix()
        if not path.is_file() or name.startswith(NO_STATE) or "/data_docs/" in name:
            continue
        if path.suffix.removeprefix(".") in LAYOUT:
            found[name] = _rows(path)
        elif path.name in OF_LAYOUT:
            found[name] = "there"
        else:
            found[name] = sha256_file(path)
    return found


def _rows(path: Path) -> str:
    """A hash of the rows of every table and view of a DuckDB file, in whatever order they lie."""
    digest = hashlib.sha256()
    with duckdb.connect(str(path), read_only=True) as connection:
        names = connection.execute("select table_name from information_schema.tables order by 1").fetchall()
        for (name,) in names:
            query = f'select count(*), sum(hash(t)), bit_xor(hash(t)) from "{name}" as t'
            digest.update(f"{name} {connection.execute(query).fetchone()}".encode())
    return digest.hexdigest()


def differing(found: dict[str, str], expected: dict[str, str]) -> list[str]:
    """The files that one home has and another has not, or has otherwise."""
    told = [f"{name} is missing" for name in sorted(expected.keys() - found.keys())]
    told += [f"{name} was left behind" for name in sorted(found.keys() - expected.keys())]
    return [
        *told,
        *(f"{name} differs" for name in sorted(found.keys() & expected.keys()) if found[name] != expected[name]),
    ]
