"""A document as one HTML file that opens from disk: no script, no network."""

from __future__ import annotations

from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined

from pipeline.publish.document import DIGEST_LABEL, Document

_ENVIRONMENT = Environment(
    loader=PackageLoader("pipeline.publish", "templates"), autoescape=True, undefined=StrictUndefined,
    trim_blocks=True, lstrip_blocks=True, keep_trailing_newline=True,
)  # fmt: skip


def render_html(document: Document) -> str:
    """Return the report as HTML; every figure is an element that carries its id."""
    return render_template("report.html", document=document, digest_label=DIGEST_LABEL)


def render_template(name: str, **content: Any) -> str:
    """Render a template of this package; whatever comes from answers is escaped."""
    return _ENVIRONMENT.get_template(name).render(content)
