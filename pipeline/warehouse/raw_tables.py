"""The raw tables of a year, as Parquet: what the stages before left, and what is declared and released, for the models to read."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path

import polars as pl

from pipeline.hashes import sha256_file
from pipeline.home import Home, write_atomically
from pipeline.warehouse.declared_tables import declared_tables
from pipeline.warehouse.released import released_figures, withhold_units
from pipeline.warehouse.series_tables import series_tables
from schemas.survey import Survey, YearDeclarations

OF_STAGES = {
    "returns": "raw_return", "cells": "raw_cell", "answers": "raw_answer", "answer_cells": "raw_answer_cell",
    "corrections": "raw_correction",
}  # fmt: skip
"""What a stage's table is called in the warehouse."""


@dataclass(frozen=True)
class RawTables:
    """A year's raw tables by name: `kept` are files that a stage wrote, `derived` are bytes of files that are still to be written."""

    kept: Mapping[str, Path]
    derived: Mapping[str, bytes]

    def fingerprint(self) -> str:
        """SHA-256 over the names and bytes of all tables, in hexadecimal digits."""
        digest = hashlib.sha256()
        for name in sorted({*self.kept, *self.derived}):
            digest.update(name.encode())
            is_kept = name in self.kept
            own = sha256_file(self.kept[name]) if is_kept else hashlib.sha256(self.derived[name]).hexdigest()
            digest.update(own.encode())
        return digest.hexdigest()

    def write(self, folder: Path) -> dict[str, Path]:
        """Write the tables that are no files yet; returns where each of all tables stands."""
        paths = {name: folder / f"{name}.parquet" for name in self.derived}
        for name, path in paths.items():
            write_atomically(path, self.derived[name])
        return {**self.kept, **paths}


def raw_tables(home: Home, survey: Survey, declarations: YearDeclarations) -> RawTables:
    """The raw tables of a year whose returns have been read; equal inputs give equal bytes.

    Of releases, those of earlier years: what a year's rows hold does not depend on its own. Raises InputError where a
    release is not what was released, DeclarationError where declarations of several years do not fit together.
    """
    year = declarations.year
    released = released_figures(home, [earlier for earlier in survey.years if earlier < year])
    observed = sorted(set(released["released_year"]))
    released = withhold_units(released, {earlier: survey.load_year(earlier).withheld_units for earlier in observed})
    tables = {
        **declared_tables(declarations),
        **series_tables(survey, year, observed),
        "raw_released_figure": released.select(pl.lit(year, pl.Int32).alias("year"), pl.all()),
    }
    kept = {raw: home.table(year, name) for name, raw in OF_STAGES.items()}
    return RawTables(kept, {name: _parquet(table) for name, table in tables.items()})


def _parquet(table: pl.DataFrame) -> bytes:
    file = BytesIO()
    table.write_parquet(file)
    return file.getvalue()
