"""Writing the pages of all municipalities from a release's own files, each proven before it is there."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import polars as pl

from pipeline.file_titles import file_title
from pipeline.hashes import sha256_file
from pipeline.home import Home, write_atomically
from pipeline.publish.digest import report_digest
from pipeline.publish.document import Words, constant, words
from pipeline.publish.docx_template import find_template
from pipeline.publish.feedback.sheet import Edition, SheetWriter
from pipeline.publish.imprint import imprint
from pipeline.publish.prove import prove_documents
from pipeline.publish.render_docx import docx_lines, render_docx
from pipeline.publish.report import report_notices
from pipeline.publish.site.book import SiteBook
from pipeline.warehouse.released import MANIFEST, RELEASED_ANSWERS, RELEASED_FIGURES, expect_tables, read_manifest
from schemas.errors import InputError
from schemas.survey import Survey, YearDeclarations

READ = ("public/figures.parquet", "internal/answers.parquet", "internal/returns.parquet", "internal/corrections.parquet",
        "internal/findings.parquet", "internal/gate.json")  # fmt: skip
"""The files of a release that the pages are made from."""
OF_LOOKS = ("schemas/reports/", "data/prose/")
"""Declarations that decide nothing that a page says."""


def write_feedback(
    home: Home, survey: Survey, release: Path, *, tell: Callable[[int, int], None] | None = None
) -> list[Path]:
    """Write a page for every municipality of a release into the home; those of before go away. Returns their paths.

    `tell` is told how many of how many are written. Raises InputError where the release, one that it was compared with, or a
    declaration that it was made from is not what it was, and GateRefusedError for a page that shows anything else than its
    source; then nothing is written.
    """
    manifest = read_manifest(release)
    expect_tables(release, READ)
    _expect_declarations(survey, manifest)
    declarations = survey.load_year(manifest["year"])
    template = find_template(survey, declarations)
    made = datetime.fromisoformat(manifest["as_of"])
    edition = _edition(home, declarations, release, manifest)
    files = {}
    writer = SheetWriter(edition, template)
    with TemporaryDirectory(prefix="kyogikai-") as place:
        shown = {}
        for number, municipality in enumerate(declarations.municipalities, start=1):
            document = writer.sheet(municipality)
            name = f"{municipality.code}_{file_title(municipality.name)}.docx"
            files[name] = render_docx(document, made, template, compact=True)
            (Path(place) / name).write_bytes(files[name])
            shown[name] = docx_lines(document, template)
            if tell:
                tell(number, len(declarations.municipalities))
        prove_documents(Path(place), shown, releases={f"{declarations.year}/{release.name}": release})
    folder = home.feedback(declarations.year) / release.name
    for name, content in files.items():
        write_atomically(folder / name, content)
    for path in folder.glob("??????_*.docx"):
        if path.name not in files:
            path.unlink()
    return [folder / name for name in files]


def _expect_declarations(survey: Survey, manifest: dict[str, Any]) -> None:
    """See that what the answers mean is declared as it was when they were released."""
    for name, sha256 in manifest["inputs"]["declarations"].items():
        path = survey.root / name
        of_year = path.stem if path.stem.isdecimal() else path.parent.name
        is_later = of_year.isdecimal() and int(of_year) > manifest["year"]
        if name.startswith(OF_LOOKS) or is_later:
            continue
        if not path.is_file() or sha256_file(path) != sha256:
            raise InputError(
                reference="declarations-changed", where=str(path), found="not what the release was made from",
                expected=f"SHA-256 {sha256}",
                fix="put the file back as it was, or release the year again and write the pages of that release",
            )  # fmt: skip


def _edition(home: Home, declarations: YearDeclarations, release: Path, manifest: dict[str, Any]) -> Edition:
    gate = json.loads((release / "internal" / "gate.json").read_bytes())
    made = datetime.fromisoformat(manifest["as_of"])
    name = words("第", constant(release.name[1:], f"release {release.name}"), "版　照合番号　",
                 constant(report_digest(manifest), "digest of the inputs"))  # fmt: skip
    closing: tuple[Words, ...] = (imprint(declarations, made), name)
    findings = pl.read_parquet(release / "internal" / "findings.parquet").filter(pl.col("severity") != "info")
    return Edition(
        book=SiteBook(declarations, release, _earlier(home, manifest)),
        notices=tuple(report_notices(declarations, gate)),
        closing=closing,
        corrections=_by_municipality(
            pl.read_parquet(release / "internal" / "corrections.parquet").filter(pl.col("state") == "applied")
        ),
        warnings=_by_municipality(findings),
    )


def _by_municipality(table: pl.DataFrame) -> dict[str, list[dict[str, Any]]]:
    found: dict[str, list[dict[str, Any]]] = defaultdict(list)
    for row in table.to_dicts():
        if row["municipality_code"]:
            found[row["municipality_code"]].append(row)
    return dict(found)


def _earlier(home: Home, manifest: dict[str, Any]) -> dict[int, Path]:
    """The releases of earlier years that this one was compared with. Raises InputError where what is read of one was changed."""
    earlier = {}
    for year, said in manifest["inputs"]["earlier_releases"].items():
        folder = home.releases(int(year))
        found = next(
            (path.parent for path in folder.glob(f"r*/{MANIFEST}") if sha256_file(path) == said["manifest"]), None
        )
        if found is None:
            raise InputError(
                reference="release-gone", where=str(folder), found="gone, or changed",
                expected=f"the release whose manifest has SHA-256 {said['manifest']}", fix="restore it from a backup",
            )  # fmt: skip
        expect_tables(found, (RELEASED_FIGURES, RELEASED_ANSWERS))
        earlier[int(year)] = found
    return earlier
