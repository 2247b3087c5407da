"""The watermarked draft of a report: always written, also when the gate refuses, and never a release."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from pipeline.home import Home, write_atomically
from pipeline.publish.document import Document, constant, words
from pipeline.publish.docx_template import find_template
from pipeline.publish.errata import write_errata
from pipeline.publish.report import compose_report, write_report
from pipeline.publish.revision import Revision, compose_revision
from pipeline.publish.tables import write_tables
from pipeline.warehouse.released import newest_release, read_manifest
from schemas.errors import InputError
from schemas.survey import Survey, YearDeclarations


def write_draft(home: Home, survey: Survey, declarations: YearDeclarations, gate: dict[str, Any]) -> Path:
    """Write the draft to the home's drafts, with the 正誤表 of a release that it would revise; returns its folder."""
    verdict = "公表前審査に合格" if gate["verdict"] == "passed" else "公表前審査は未合格"
    counts = gate["open_findings"]
    watermark = words(
        "案（", constant(gate["returns_expected"], "gate: returns_expected"), "市町村中",
        constant(gate["returns_received"], "gate: returns_received"), "市町村回答、未解決のエラー",
        constant(counts["error"], "gate: open errors"), "件・警告", constant(counts["warning"], "gate: open warnings"),
        f"件、{verdict}）",
    )  # fmt: skip
    document = compose_report(home.warehouse, survey, declarations, gate, watermark=watermark)
    folder, created = home.drafts(declarations.year), datetime.fromisoformat(gate["as_of"])
    home.draft_inputs(declarations.year).unlink(missing_ok=True)
    for path in folder.glob("errata.*"):
        path.unlink()
    template = find_template(survey, declarations)
    revision = _revision(home, survey, declarations, gate, document)
    if revision:
        write_errata(
            replace(revision.errata, watermark=watermark, closing=()), folder, created=created, template=template
        )
        document = replace(document, notices=(*document.notices, revision.notice))
    write_report(document, folder, created=created, template=template)
    write_atomically(home.draft_inputs(declarations.year), gate["fingerprint"].encode())
    return folder


def _revision(
    home: Home, survey: Survey, declarations: YearDeclarations, gate: dict[str, Any], document: Document
) -> Revision | None:
    """What a release now would revise; None where the year was not released, or from the very same inputs.

    Nor is it told where the release that is there was changed: then nothing can be released, and that says why.
    """
    try:
        previous = newest_release(home, declarations.year)
        if previous is None or read_manifest(previous)["fingerprint"] == gate["fingerprint"]:
            return None
        with TemporaryDirectory(prefix="kyogikai-") as place:
            as_of = datetime.fromisoformat(gate["as_of"])
            tables = write_tables(home.warehouse, survey, declarations, Path(place), as_of=as_of, before=previous)
            return compose_revision(previous, Path(place), tables, document.notices, inputs=gate["inputs"])
    except InputError:
        return None
