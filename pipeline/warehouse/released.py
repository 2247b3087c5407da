"""What was released before: read only where it is what its manifest says."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping, Sequence
from datetime import datetime
from pathlib import Path, PurePosixPath
from typing import Annotated, Any

import polars as pl
from pydantic import AfterValidator, BaseModel, ConfigDict, Field, StringConstraints

from pipeline.collect.ledger import read_ledger
from pipeline.home import Home, read_kept
from pipeline.warehouse.issued import expect_issued
from schemas.errors import InputError

MANIFEST = "manifest.json"
RELEASED_FIGURES = "public/figures.parquet"
RELEASED_ANSWERS = "internal/answers.parquet"


def _within_release(name: str) -> str:
    parts = PurePosixPath(name).parts
    if not parts or name.startswith("/") or ".." in parts or not name.isprintable():
        raise ValueError("a name that leaves the release")
    return name


FileName = Annotated[str, StringConstraints(max_length=255), AfterValidator(_within_release)]
"""A file of a release, from its folder: nothing beyond it is ever looked at in its name."""


class Seal(BaseModel):
    """The hashes that a release's manifest cannot hold, and the hash of these."""

    model_config = ConfigDict(extra="forbid")

    files: dict[FileName, str]
    check: str


class Inputs(BaseModel):
    """What the gate judged and a release was made from, as far as it is looked up later."""

    returns: dict[str, str]
    receipts: str | None
    previous_returns: dict[str, str]
    earlier_releases: dict[str, dict[str, str]]


class _Manifest(BaseModel):
    """What every release's manifest holds."""

    survey: str
    year: int
    release: str = Field(pattern=r"^r[1-9]\d*$")
    as_of: datetime
    released_by: str
    fingerprint: str
    inputs: Inputs
    contents: dict[str, str]
    previous_release: str | None
    outputs: dict[FileName, dict[str, str | int]]


def newest_release(home: Home, year: int) -> Path | None:
    """Folder of the newest release of a year, None where there is none; one that lost its manifest is the newest still.

    Raises InputError where a newer one was made and is gone.
    """
    folders = releases_of(home, year)
    newest = folders[-1] if folders else None
    expect_issued(home, year, int(newest.name[1:]) if newest else 0)
    return newest


def releases_of(home: Home, year: int) -> list[Path]:
    """The folders of a year's releases, the newest last."""
    folders = [path for path in home.releases(year).glob("r*") if re.fullmatch(r"r[1-9]\d*", path.name)]
    return sorted(folders, key=lambda path: int(path.name[1:]))


RELEASED_FIGURE_SCHEMA: dict[str, Any] = {
    "released_year": pl.Int32, "release": pl.String, "is_newest": pl.Boolean, "figure_id": pl.String, "label_ja": pl.String,
    "value": pl.Float64, "display": pl.String, "unit": pl.String,
}  # fmt: skip


def released_figures(home: Home, years: Sequence[int]) -> pl.DataFrame:
    """The figures of every release of each year, as they were published.

    `released_year` is the year they are of; which later year compares with them is not told here. Raises InputError where
    they are not what was released.
    """
    frames = [pl.DataFrame(schema=RELEASED_FIGURE_SCHEMA)]
    for year in years:
        newest = newest_release(home, year)
        for folder in releases_of(home, year):
            expect_tables(folder, (RELEASED_FIGURES,))
            figures = pl.read_parquet(folder / RELEASED_FIGURES).rename({"year": "released_year"})
            told = figures.with_columns(release=pl.lit(folder.name), is_newest=pl.lit(folder == newest))
            frames.append(told.select(pl.col(name).cast(dtype) for name, dtype in RELEASED_FIGURE_SCHEMA.items()))
    return pl.concat(frames)


def withhold_units(released: pl.DataFrame, withheld: Mapping[int, Mapping[str, str]]) -> pl.DataFrame:
    """Released figures as they may be quoted now: with other units where the decision of their year, `withheld`, has changed."""
    rows = [(year, name, unit) for year, units in withheld.items() for name, unit in units.items()]
    schema = {"released_year": pl.Int32, "figure_id": pl.String, "withheld": pl.String}
    other = pl.DataFrame(rows, schema=schema, orient="row")
    joined = released.join(other, on=["released_year", "figure_id"], how="left", maintain_order="left")
    return joined.with_columns(unit=pl.coalesce("withheld", "unit")).drop("withheld")


def released_answers(home: Home, year: int) -> pl.DataFrame | None:
    """The answers on which the newest release of a year rests, None where there is none.

    Raises InputError where they are not what was released.
    """
    newest = newest_release(home, year)
    if newest is None:
        return None
    expect_tables(newest, (RELEASED_ANSWERS,))
    return pl.read_parquet(newest / RELEASED_ANSWERS)


def expect_receipts(home: Home, years: Sequence[int]) -> None:
    """Raise InputError where the ledger no longer holds the last receipt that a release was made from."""
    known = {receipt.hash for receipt in read_ledger(home.ledger)}
    for year in years:
        newest = newest_release(home, year)
        last = read_manifest(newest)["inputs"]["receipts"] if newest else None
        if last is not None and last not in known:
            raise InputError(
                reference="ledger-cut", where=str(home.ledger), found=f"no receipt {last}",
                expected=f"the receipts that {newest} was made from", fix="restore the ledger from a backup",
            )  # fmt: skip


def read_manifest(release: Path) -> dict[str, Any]:
    """A release's manifest. Raises InputError where there is none, or none any more."""
    path = release / MANIFEST
    manifest = read_kept(path, _Manifest)
    if manifest is None:
        raise InputError(
            reference="release-damaged", where=str(path),
            found="no manifest of a release" if path.exists() else "gone",
            expected="the manifest as it was released", fix="restore the release from a backup",
        )  # fmt: skip
    return manifest


def expect_tables(release: Path, names: Sequence[str]) -> None:
    """Raise InputError where a release has not these files, or has them otherwise than they were released.

    A release of an earlier version of the product may lack some.
    """
    manifest = read_manifest(release)
    if lacking := [name for name in names if name not in manifest["outputs"]]:
        year = manifest["year"]
        raise InputError(
            reference="release-lacks-tables", where=str(release), found=f"no {', '.join(lacking)}",
            expected="the tables that this version of Kyogikai writes",
            fix=f"release that year again: kyogikai run {year}, then kyogikai release {year}",
        )  # fmt: skip
    expect_unchanged(release, {name: manifest["outputs"][name] for name in names})


def expect_unchanged(release: Path, outputs: Mapping[str, Mapping[str, Any]]) -> None:
    """Raise InputError for the first file of a release that is gone or has other bytes than its manifest says.

    A DuckDB file has no hash of its bytes there, and is not looked at.
    """
    for name, said in outputs.items():
        path = release / name
        content = path.read_bytes() if path.exists() else None
        if "sha256" in said and (content is None or hashlib.sha256(content).hexdigest() != said["sha256"]):
            raise InputError(
                reference="release-changed", where=str(path), found="gone" if content is None else "other bytes",
                expected=f"SHA-256 {said['sha256']}", fix="restore the file from a backup",
            )  # fmt: skip
