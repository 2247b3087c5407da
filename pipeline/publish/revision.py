"""What a release changes of the one that it follows: the comparison, its 正誤表, and what the report says of it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from pipeline.publish.compare import Comparison, changed_rows, compare, read_side, side_of
from pipeline.publish.document import Document, Words
from pipeline.publish.errata import compose_errata, revision_notice
from pipeline.publish.tables import WrittenTables
from pipeline.warehouse.released import read_manifest


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
    comparison = compare(read_side(previous), side_of(folder, declarations.year, release, inputs))
    before = datetime.fromisoformat(read_manifest(previous)["as_of"])
    rows = changed_rows(previous, folder, tables.resources)
    errata = compose_errata(comparison, rows, declarations, notices, before=before, after=made)
    return Revision(comparison, errata, revision_notice(previous.name, released=before, after=release))
