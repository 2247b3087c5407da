"""The list of releases, which lies beside them: it remembers one whose folder is gone."""

from __future__ import annotations

from pathlib import Path

from pydantic import BaseModel, ConfigDict, Field

from pipeline.chained import lines_before
from pipeline.hashes import sha256_file
from pipeline.home import Home, write_atomically
from schemas.errors import InputError


class Issued(BaseModel):
    """One line of the list: a release, by whom and when it was made, and the SHA-256 of its manifest."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    year: int
    release: str = Field(pattern=r"^r[1-9]\d*$")
    as_of: str
    released_by: str
    manifest: str

    @property
    def number(self) -> int:
        """2 of r2."""
        return int(self.release[1:])


def issued_releases(home: Home) -> list[Issued]:
    """All releases that were made in a home, in their order. Raises InputError for a line that is damaged."""
    if not home.issued.exists():
        return []
    issued = []
    for number, line in enumerate(home.issued.read_bytes().splitlines(), start=1):
        try:
            issued.append(Issued.model_validate_json(line))
        except ValueError as error:
            raise InputError(
                reference="damaged-list-of-releases", where=f"{home.issued}:{number}", found="no line as it was written",
                expected="year, release, as_of, released_by and the hash of its manifest", fix="restore the file from a backup",
            ) from error  # fmt: skip
    return issued


def is_listed(home: Home, folder: Path) -> bool:
    """Whether the list tells of a release, by its folder."""
    return any((line.year, line.release) == (int(folder.parent.name), folder.name) for line in issued_releases(home))


def record_release(home: Home, folder: Path, *, as_of: str, released_by: str) -> None:
    """Add a release to the end of the list, if it is not there."""
    manifest = sha256_file(folder / "manifest.json")
    line = Issued(
        year=int(folder.parent.name), release=folder.name, as_of=as_of, released_by=released_by, manifest=manifest
    )
    if line not in issued_releases(home):
        write_atomically(home.issued, lines_before(home.issued) + f"{line.model_dump_json()}\n".encode())


def expect_issued(home: Home, year: int, newest: int) -> None:
    """Raise InputError where a release of a year was made after the newest that is there, whose number this is."""
    last = max((issued.number for issued in issued_releases(home) if issued.year == year), default=0)
    if last > newest:
        raise InputError(
            reference="release-gone", where=str(home.releases(year) / f"r{last}"), found="gone",
            expected=f"release r{last} of {year}, which {home.issued.name} lists", fix="restore the folder from a backup",
        )  # fmt: skip
