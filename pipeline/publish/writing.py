"""A document in every form in which it is published, and what each of these files must show."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from pathlib import Path

from pipeline.home import write_atomically
from pipeline.publish.document import Document, Words
from pipeline.publish.docx_template import DocxTemplate
from pipeline.publish.finished_pdf import count_pages
from pipeline.publish.render_docx import docx_lines, render_docx
from pipeline.publish.render_html import html_lines, render_html
from pipeline.publish.render_pdf import pdf_lines, render_pdf
from pipeline.publish.render_text import render_text, text_lines


def write_document(
    document: Document, folder: Path, stem: str, *, created: datetime, template: DocxTemplate | None
) -> list[Path]:
    """Write a document as .docx in the look of the template, .html, .pdf and .txt; returns their paths."""
    files = {
        f"{stem}.docx": render_docx(document, created, template),
        f"{stem}.html": render_html(document).encode(),
        f"{stem}.pdf": render_pdf(document, created),
        f"{stem}.txt": render_text(document).encode(),
    }
    for name, content in files.items():
        write_atomically(folder / name, content)
    return [folder / name for name in files]


def shown_documents(
    document: Document, folder: Path, stem: str, template: DocxTemplate | None
) -> dict[str, Mapping[str, Sequence[Words]]]:
    """What the files that were written of a document must show, by name in the folder; how many pages it has, its PDF says."""
    return {
        f"{stem}.docx": docx_lines(document, template),
        f"{stem}.html": {"element": html_lines(document)},
        f"{stem}.pdf": pdf_lines(document, count_pages((folder / f"{stem}.pdf").read_bytes())),
        f"{stem}.txt": {"line": text_lines(document)},
    }
