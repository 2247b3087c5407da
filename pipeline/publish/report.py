"""The report of a year, composed once and rendered to .docx, .html, .pdf and .txt."""

from __future__ import annotations

from contextlib import closing
from datetime import datetime
from pathlib import Path
from typing import Any

from pipeline.publish.digest import report_digest
from pipeline.publish.document import Document, Words, constant, words
from pipeline.publish.docx_template import DocxTemplate
from pipeline.publish.figure_book import FigureBook
from pipeline.publish.imprint import imprint
from pipeline.publish.template import Composer
from pipeline.publish.writing import write_document
from schemas.survey import Survey, YearDeclarations
from schemas.yaml_source import find_year_file

SYNTHETIC_NOTICE = "この資料はデモ用の架空の回答から作成したものであり、実際の市町村の状況を示すものではありません"


def compose_report(
    warehouse: Path,
    survey: Survey,
    declarations: YearDeclarations,
    gate: dict[str, Any],
    *,
    watermark: Words | None = None,
    released: datetime | None = None,
) -> Document:
    """Compose the year's report from its template, its prose and the figures in the warehouse.

    A draft has a watermark; a report that is `released` at that time ends with its imprint and its digest.
    Raises DeclarationError for an unknown placeholder or a bare number, with file and line.
    """
    template = find_year_file(survey.report_folder, declarations.year, ".md")
    with closing(FigureBook(warehouse, declarations.year)) as book:
        blocks = Composer(survey, declarations, book, gate).compose(template)
    return Document(
        title=words(constant(declarations.questionnaire.title.ja, "title")),
        blocks=blocks,
        notices=tuple(report_notices(declarations, gate)),
        watermark=watermark,
        closing=(imprint(declarations, released), _digest(gate)) if released else (),
    )


def _digest(gate: dict[str, Any]) -> Words:
    return words("照合番号　", constant(report_digest(gate), "digest of the inputs"))


def report_notices(declarations: YearDeclarations, gate: dict[str, Any]) -> list[Words]:
    """What every reader of figures that this gate judged must know."""
    notices = []
    if gate["is_synthetic"]:
        notices.append(words(SYNTHETIC_NOTICE))
    received, expected = gate["returns_received"], gate["returns_expected"]
    if received < expected:
        all_of, part = constant(expected, "gate: returns_expected"), constant(received, "gate: returns_received")
        notices.append(words("調査対象の", all_of, "市町村のうち、回答のあった", part, "市町村の集計である"))
    if corrected := gate["corrections_applied"]:
        count = constant(corrected, "gate: corrections_applied")
        notices.append(words("市町村に確かめて訂正した回答", count, "か所を含む"))
    used = {figure.grain for figure in declarations.figures.values()}
    registered = {g.id for g in declarations.questionnaire.grains if g.register_kind and g.id in used}
    if registered and any(member.status == "assumed" for member in declarations.reference.register_members):
        notices.append(words("協議会等の名称及び構成市町村には、公開資料で確認できず仮定したものが含まれる"))
    return notices


def write_report(
    document: Document, folder: Path, *, created: datetime, template: DocxTemplate | None = None
) -> list[Path]:
    """Write report.docx in the look of the template, report.html, report.pdf and report.txt; returns their paths."""
    return write_document(document, folder, "report", created=created, template=template)
