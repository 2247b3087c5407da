"""Proving the site before a release is sealed: each page shows what the finished tables say, names no answer that may not be
shown, loads nothing but its own files, and leads nowhere that does not exist.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from posixpath import dirname, join, normpath
from typing import Any
from urllib.parse import unquote

import polars as pl

from pipeline.publish.site.definitions import shown_value
from pipeline.publish.site.frame import POLICY
from pipeline.publish.site.sources import BLANK
from pipeline.warehouse.released import RELEASED_FIGURES
from schemas.errors import GateRefusedError
from schemas.survey import YearDeclarations

NO_ICON = "data:,"
"""So that no browser asks for one."""
_WITHIN_PAGE = "//script[not(@src)] | //style | //*[@*[name() = 'style' or starts-with(name(), 'on')]]"


def site_faults(folder: Path, declarations: YearDeclarations) -> list[GateRefusedError]:
    """Every place of every page of the release in `folder` that says something else than its source, or may not be there."""
    return list(SiteProof(folder, declarations).faults())


@dataclass(frozen=True, eq=False)
class SiteProof:
    """What the pages of the release in `folder` may say, from its finished tables."""

    folder: Path
    declarations: YearDeclarations

    def faults(self) -> Iterator[GateRefusedError]:
        """Every place of every page that says something else than its source, or may not be there."""
        for path in sorted(self.folder.glob("*/site/**/*.html")):
            yield from self.page_faults(path)

    def page_faults(self, path: Path) -> Iterator[GateRefusedError]:
        """Those of one page of the release."""
        from lxml import html  # type: ignore[import-untyped]

        name = path.relative_to(self.folder).as_posix()
        page = html.document_fromstring(path.read_bytes(), parser=html.HTMLParser(encoding="utf-8"))
        yield from self._figure_faults(name, page)
        yield from self._cell_faults(name, page)
        yield from self._policy_faults(name, page)
        yield from self._link_faults(name, page)

    @cached_property
    def _figures(self) -> dict[str, Mapping[str, str]]:
        table = pl.read_parquet(self.folder / RELEASED_FIGURES, columns=["figure_id", "display", "unit"])
        return {
            row["figure_id"]: {
                "display": row["display"] or "", "unit": row["unit"] or "", "shown": shown_value(row),
            }
            for row in table.to_dicts()
        }  # fmt: skip

    @cached_property
    def _cells(self) -> dict[str, tuple[str, bool]]:
        """The text of every answer cell, and whether it may be public."""
        slots = {(slot.sheet, slot.address): slot.question_id for slot in self.declarations.layout.slots}
        questions = self.declarations.questionnaire.questions
        columns = ["cell_id", "text", "form_sheet", "form_address"]
        table = pl.scan_parquet(self.folder / "internal" / "cells.parquet").filter(pl.col("is_declared"))
        return {
            cell: (text, questions[slots[sheet, address]].disclosure == "public")
            for cell, text, sheet, address in table.select(columns).collect().iter_rows()
        }

    def _figure_faults(self, name: str, page: Any) -> Iterator[GateRefusedError]:
        for place in page.xpath("//*[@data-figure]"):
            figure, text = place.get("data-figure"), place.text_content()
            said = self._figures.get(figure, {}).get(place.get("data-field"))
            if text != said:
                yield _fault(
                    "unproven-numeral", name, f"「{text}」", f"「{said}」, {place.get('data-field')} of {figure}"
                )

    def _cell_faults(self, name: str, page: Any) -> Iterator[GateRefusedError]:
        for place in page.xpath("//*[@data-cell]"):
            cell, text = place.get("data-cell"), place.text_content()
            said, is_public = self._cells.get(cell, ("", False))
            if text.strip() != (said.strip() or BLANK):
                yield _fault("unproven-numeral", name, f"「{text}」", f"「{said}」, the text of {cell}")
            if name.startswith("public/") and not is_public:
                yield _fault("undisclosed-answer", name, cell, "cells of questions that are public by municipality")

    def _policy_faults(self, name: str, page: Any) -> Iterator[GateRefusedError]:
        if page.xpath("string(//meta[@http-equiv='Content-Security-Policy']/@content)") != POLICY:
            yield _fault("unsafe-page", name, "another content security policy", POLICY)
        for place in page.xpath(_WITHIN_PAGE):
            yield _fault(
                "unsafe-page", name, f"<{place.tag}> within the page", "scripts and styles in files of the site"
            )

    def _link_faults(self, name: str, page: Any) -> Iterator[GateRefusedError]:
        for link in {link.partition("#")[0] for link in page.xpath("//@href | //@src")} - {"", NO_ICON}:
            if normpath(join(dirname(name), unquote(link))) not in self._files:
                yield _fault("dead-link", name, link, "a file of the release")

    @cached_property
    def _files(self) -> set[str]:
        return {path.relative_to(self.folder).as_posix() for path in self.folder.rglob("*") if path.is_file()}


def _fault(reference: str, name: str, found: str, expected: str) -> GateRefusedError:
    return GateRefusedError(
        reference=reference, where=name, found=found, expected=expected,
        fix="report this as a defect of the product; nothing was released",
    )  # fmt: skip
