"""What a release changes of the one that it follows: the comparison, its 正誤表, and what the report says of it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import Any

import polars as pl

from pipeline.publish.compare import Comparison, Side, changed_rows, compare, read_side, side_of
from pipeline.publish.document import Document, Words
from pipeline.publish.errata import compose_errata, revision_notice
from pipeline.publish.tables import WrittenTables
from pipeline.warehouse.released import read_manifest
from schemas.survey import YearDeclarations


@dataclass(frozen=True)
class Revision:
    """What differs, the 正誤表 that tells of it, and a notice for the report."""

    comparison: Comparison
    errata: Document
    notice: Words


def compose_revision(
    previous: Path, folder: Path, tables: WrittenTables, notices: tuple[Words, ...], *, inputs: dict[str, Any]
) -> Revision:
    """Compare the tables in a folder, which were made from these inputs, with the release that they revise.

    Raises InputError where that release is not what was released.
    """
    declarations, made = tables.edition.declarations, tables.edition.as_of
    release = f"r{int(previous.name[1:]) + 1}"
    issued = read_side(previous)
    withheld = withhold_kinds(issued, declarations)
    comparison = compare(withheld, side_of(folder, declarations.year, release, inputs))
    before = datetime.fromisoformat(read_manifest(previous)["as_of"])
    rows = changed_rows(previous, folder, tables.resources)
    reworded = int((issued.figures["unit"] != withheld.figures["unit"]).sum())
    errata = compose_errata(comparison, rows, declarations, notices, before=before, after=made, withheld=reworded)
    return Revision(comparison, errata, revision_notice(previous.name, released=before, after=release))


def withhold_kinds(side: Side, declarations: YearDeclarations) -> Side:
    """A release as it may be quoted now: without words of kinds that the year's decision no longer lets be shown."""
    neutral = declarations.withheld_units
    unit = pl.col("figure_id").replace_strict(neutral, default=pl.col("unit"), return_dtype=pl.String)
    return replace(side, figures=side.figures.with_columns(unit=unit)) if neutral else side
