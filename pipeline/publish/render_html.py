"""A document as one HTML file that opens from disk: no script, no network, no style but its own."""

from __future__ import annotations

import hashlib
from base64 import b64encode
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined

from pipeline.publish.document import Document, Words, words


def _source_hash(text: str) -> str:
    """A style sheet as a content security policy names it, so that the page lets in this one and no other."""
    return f"sha256-{b64encode(hashlib.sha256(text.encode()).digest()).decode()}"


_ENVIRONMENT = Environment(
    loader=PackageLoader("pipeline.publish", "templates"), autoescape=True, undefined=StrictUndefined,
    trim_blocks=True, lstrip_blocks=True, keep_trailing_newline=True,
)  # fmt: skip
_ENVIRONMENT.filters["source_hash"] = _source_hash


def render_html(document: Document) -> str:
    """Return the report as HTML; every figure is an element that carries its id."""
    return render_template("report.html", document=document)


def html_lines(document: Document) -> list[Words]:
    """The words of every element of the page that holds text, in their order."""
    watermark = [words("案")] if document.watermark else []
    told = [document.watermark] if document.watermark else []
    return [
        document.title, *watermark, *document.notices, *told, document.title,
        *(place for block in document.blocks for place in block.places),
        *document.closing,
    ]  # fmt: skip


def render_template(name: str, **content: Any) -> str:
    """Render a template of this package; whatever comes from answers is escaped."""
    return _ENVIRONMENT.get_template(name).render(content)
