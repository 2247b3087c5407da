"""The cells behind what an entity adds to a figure, as they stand in a row of its page."""

from __future__ import annotations

from collections.abc import Callable
from urllib.parse import quote

from markupsafe import Markup, escape

from pipeline.publish.site.book import SourceCell
from pipeline.publish.site.figure_pages import Counted

BLANK = "（空欄）"


def sources(one: Counted, is_internal: bool) -> Markup:
    """Each cell with what stands in it, and in one line those in which nothing does; for auditors they lead to the sheet.

    The public sees what was read as an answer. What could not be read, was corrected or was not asked may be any text, as a
    remark with a name.
    """
    linked = _linked(one.municipality_code) if is_internal else _place
    lines = [
        _filled(cell, linked(cell))
        if is_internal or (one.is_counted and cell.corrected_text is None)
        else _withheld(cell, linked(cell))
        for cell in one.cells
        if not _is_blank(cell)
    ]
    if blank := [linked(cell) for cell in one.cells if _is_blank(cell)]:
        lines.append(f"空欄：{'、'.join(blank)}")
    return Markup("<br>".join(lines))  # noqa: S704 - every part is escaped where it is made


def _is_blank(cell: SourceCell) -> bool:
    return not cell.text.strip() and cell.corrected_text is None


def _filled(cell: SourceCell, place: str) -> str:
    corrected = "" if cell.corrected_text is None else f"（訂正：{escape(cell.corrected_text or '空欄')}）"
    return f'{place}：<span data-cell="{escape(cell.cell_id)}">{escape(cell.text) or BLANK}</span>{corrected}'


def _withheld(cell: SourceCell, place: str) -> str:
    corrected = "" if cell.corrected_text is None else f"（訂正：{escape(cell.corrected_text or '空欄')}）"
    return f"{place}：（記入された文字は示さない）{corrected}"


def _place(cell: SourceCell) -> str:
    return str(escape(f"{cell.sheet} {cell.address}"))


def _linked(municipality_code: str) -> Callable[[SourceCell], str]:
    def linked(cell: SourceCell) -> str:
        target = quote(f"{cell.sheet}!{cell.address}")
        return f'<a href="../returns/{municipality_code}.html#{target}">{_place(cell)}</a>'

    return linked
