"""A document as one HTML file that opens from disk: no script, no network."""

from __future__ import annotations

from jinja2 import Environment, PackageLoader, StrictUndefined

from pipeline.publish.document import DIGEST_LABEL, Document

_ENVIRONMENT = Environment(
    loader=PackageLoader("pipeline.publish", "templates"), autoescape=True, undefined=StrictUndefined,
    trim_blocks=True, lstrip_blocks=True, keep_trailing_newline=True,
)  # fmt: skip


def render_html(document: Document) -> str:
    """Return the report as HTML; every figure is an element that carries its id."""
    return _ENVIRONMENT.get_template("report.html").render(document=document, digest_label=DIGEST_LABEL)
