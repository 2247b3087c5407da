"""Writing the files of a release, and what each of them must show."""

from __future__ import annotations

import json
import shutil
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import Any

from pipeline.beside import beside
from pipeline.collect.ledger import read_ledger
from pipeline.home import Home
from pipeline.publish.compare import Comparison
from pipeline.publish.compilations import write_compilations
from pipeline.publish.digest import report_digest
from pipeline.publish.document import Document, Words
from pipeline.publish.docx_template import DocxTemplate, find_template
from pipeline.publish.errata import errata_resource, write_errata
from pipeline.publish.prove import Shown
from pipeline.publish.quality import QualityPage, Record, compose_quality, quality_lines, render_quality
from pipeline.publish.report import compose_report, write_report
from pipeline.publish.revision import compose_revision
from pipeline.publish.site.book import SiteBook
from pipeline.publish.site.write import Site, write_lists, write_pages, write_returns
from pipeline.publish.standards.examine import examine_release
from pipeline.publish.tables import WrittenTables, write_table, write_tables
from pipeline.publish.writing import shown_documents
from pipeline.warehouse.released import (
    RELEASED_ANSWERS,
    RELEASED_FIGURES,
    expect_tables,
    newest_release,
)
from schemas.survey import Survey, YearDeclarations
from schemas.waivers import read_waivers


@dataclass(frozen=True)
class Making:
    """A release in the making: of what, by whom, when, and which release it follows."""

    home: Home
    survey: Survey
    declarations: YearDeclarations
    gate: dict[str, Any]
    release: str
    by: str
    as_of: datetime
    previous: Path | None


def write_files(making: Making, folder: Path) -> Shown:
    """Write the report, the tables, the 正誤表 of a revising release and the page for auditors; returns what they show."""
    home, declarations, previous = making.home, making.declarations, making.previous
    document = compose_report(home.warehouse, making.survey, declarations, making.gate, released=making.as_of)
    template = find_template(making.survey, declarations)
    notices = document.notices
    tables = write_tables(home.warehouse, making.survey, declarations, folder, as_of=making.as_of, before=previous)
    shown = Shown()
    revision = None
    if previous:
        revision = compose_revision(previous, folder, tables, notices, inputs=making.gate["inputs"])
        write_errata(revision.errata, folder / "public", created=making.as_of, template=template)
        _show(revision.errata, folder, "public/errata", template, shown)
        resource = errata_resource(revision.comparison, declarations)
        write_table(resource, folder / "public", tables.edition)
        tables = replace(tables, resources=(*tables.resources, resource))
        document = replace(document, notices=(*notices, revision.notice))
    comparison = revision.comparison if revision else None
    book = SiteBook(declarations, folder, _earlier_releases(making), _public_before(making), comparison)
    site = Site(book, document, report_digest(making.gate), making.release)
    with beside(write_pages, site), beside(write_returns, site):
        write_report(document, folder / "public", created=making.as_of, template=template)
        _show(document, folder, "public/report", template, shown)
        _compile(tables, folder, shown)
        shown.standards = examine_release(folder / "public")
        quality = _write_quality(making, folder, notices, comparison, shown)
        write_lists(site, quality, tables.resources)
    _keep_decisions(making, folder)
    # When and on which engine the gate was run tells nothing about what it judged, and would differ between rebuildings.
    judged = {key: value for key, value in making.gate.items() if key not in ("as_of", "engine")}
    text = json.dumps(judged, ensure_ascii=False, indent=2, sort_keys=True) + "\n"
    (folder / "internal" / "gate.json").write_text(text, encoding="utf-8")
    return shown


def _compile(tables: WrittenTables, folder: Path, shown: Shown) -> None:
    compiled = write_compilations(tables, folder / "public")
    shown.documents["public/README.txt"] = {"line": compiled.readme}
    shown.sheets["public/tables_for_reading.xlsx"] = compiled.sheets
    shown.documents |= {f"public/{name}": places for name, places in compiled.beside.items()}
    shown.tables = [resource.name for resource in tables.resources]
    shown.in_workbook = [resource.name for resource in tables.resources if resource.in_workbook]
    shown.package, shown.csv_metadata, shown.described = compiled.package, compiled.csv_metadata, compiled.described


def _keep_decisions(making: Making, folder: Path) -> None:
    """Keep the waivers and corrections of the year as they were when it was released."""
    for path in (making.home.waivers(making.declarations.year), making.home.corrections(making.declarations.year)):
        if path.exists():
            copy = folder / kept_decision(path)
            copy.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(path, copy)


def kept_decision(path: Path) -> str:
    """Where a release keeps a file of waivers or corrections, as data/waivers/2024.yaml."""
    return f"internal/decisions/{path.parent.name}.yaml"


def _show(document: Document, folder: Path, stem: str, template: DocxTemplate, shown: Shown) -> None:
    shown.documents |= shown_documents(document, folder, stem, template)


def _write_quality(
    making: Making, folder: Path, notices: tuple[Words, ...], comparison: Comparison | None, shown: Shown
) -> QualityPage:
    year = making.declarations.year
    record = Record(
        making.declarations, making.gate, making.release, making.by, making.as_of,
        receipts=[receipt for receipt in read_ledger(making.home.ledger) if receipt.year == year],
        waivers=read_waivers(making.home.waivers(year)), comparison=comparison, standards=shown.standards,
    )  # fmt: skip
    page = compose_quality(record, folder, notices)
    (folder / "internal" / "quality.html").write_text(render_quality(page), encoding="utf-8")
    shown.documents["internal/quality.html"] = {"element": quality_lines(page)}
    return page


def _earlier_releases(making: Making) -> dict[int, Path]:
    """The newest release of each earlier year, as the gate saw them. Raises InputError where what is shown of one was changed."""
    earlier = {}
    for year in map(int, making.gate["inputs"]["earlier_releases"]):
        release = newest_release(making.home, year)
        if release is not None:
            expect_tables(release, (RELEASED_FIGURES, RELEASED_ANSWERS))
            earlier[year] = release
    return earlier


def _public_before(making: Making) -> frozenset[str]:
    """The questions that the year before declares public by municipality; none where that year is not declared."""
    year = making.declarations.year - 1
    if year not in making.survey.years:
        return frozenset()
    questions = making.survey.load_year(year).questionnaire.questions.values()
    return frozenset(question.id for question in questions if question.disclosure == "public")
