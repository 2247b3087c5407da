"""What is around every page: title, navigation, notices, imprint; and the templates that pages are rendered with."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from jinja2 import ChoiceLoader, Environment, PackageLoader, PrefixLoader, StrictUndefined
from markupsafe import Markup, escape

from pipeline.japanese import era_year
from pipeline.publish.quality import moment_words
from pipeline.publish.site.definitions import shown_value
from pipeline.publish.site.editions import SiteEdition
from pipeline.publish.site.sources import sources
from pipeline.publish.site.tile_map import SEVERAL

POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; base-uri 'none'; form-action 'none'"
)
"""What a page may load: its own files alone, and nothing that stands within the page itself."""
NAVIGATION = (
    ("index.html", "報告書"), ("figures.html", "数値"), ("questions.html", "設問"), ("municipalities.html", "市町村"),
    ("quality.html", "品質"), ("data.html", "データ"), ("search.html", "検索"),
)  # fmt: skip


@dataclass(frozen=True)
class Frame:
    """What every page of an edition has in common."""

    title: str
    year: int
    notices: Sequence[str]
    imprint: str
    digest: str
    errata: str = ""
    """Where the 正誤表 lies, from the site's folder; empty without one."""

    @property
    def navigation(self) -> Sequence[tuple[str, str]]:
        """The pages that every page leads to."""
        return NAVIGATION


@dataclass(frozen=True)
class Link:
    """A cell of a list that leads to another page; `figure_id` where its text is the value of a figure."""

    href: str
    text: str
    figure_id: str = ""


@dataclass(frozen=True)
class ListPart:
    """A table of a list page; its cells are texts, numbers and links."""

    heading: str
    header: Sequence[str]
    rows: Sequence[Sequence[Any]]
    note: str = ""
    open_rows: int | None = None
    """So many rows are open; the others are folded up."""


def _lines(texts: Sequence[str]) -> Markup:
    """Texts below one another."""
    return Markup("<br>").join(escape(text) for text in texts)


def _environment() -> Environment:
    shared = PrefixLoader({"publish": PackageLoader("pipeline.publish", "templates")})
    environment = Environment(
        loader=ChoiceLoader([PackageLoader("pipeline.publish.site", "templates"), shared]), autoescape=True, undefined=StrictUndefined,
        trim_blocks=True, lstrip_blocks=True, keep_trailing_newline=True,
    )  # fmt: skip
    environment.filters |= {
        "lines": _lines, "shown": shown_value, "fiscal": lambda year: f"{era_year(year)}度", "sources": sources,
        "moment": lambda text: moment_words(datetime.fromisoformat(text)),
    }  # fmt: skip
    return environment


_ENVIRONMENT = _environment()


class PageWriter:
    """Writes the pages of one edition into a folder that nobody reads yet."""

    def __init__(self, folder: Path, frame: Frame, edition: SiteEdition) -> None:
        self.folder = folder
        self.edition = edition
        self._common = {"site": frame, "policy": POLICY, "internal": edition.is_internal, "several": SEVERAL}

    def write(self, path: str, template: str, **content: Any) -> None:
        """Render a page; whatever comes from answers is escaped."""
        root = "../" * path.count("/")
        page = _ENVIRONMENT.get_template(template).render(self._common | {"root": root, "here": path} | content)
        self._put(path, page)

    def write_script(self, path: str, statement: str, *values: Any) -> None:
        """Write data as a script: a call or an assignment `statement` with `{}` where each value stands."""
        self._put(path, statement.format(*(_json(value) for value in values)) + "\n")

    def _put(self, path: str, text: str) -> None:
        target = self.folder / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(text, encoding="utf-8")


def _json(value: Any) -> str:
    """A value as JavaScript: JSON is a part of it."""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))
