"""Changes to a finished workbook that no form writer makes: error cells, lost formula results, damaged parts."""

from __future__ import annotations

import re
import zipfile
from collections.abc import Callable
from html import unescape
from io import BytesIO

WORKBOOK_PART = "xl/workbook.xml"
_EPOCH = (1980, 1, 1, 0, 0, 0)


def rewrite_parts(content: bytes, change: Callable[[str, bytes], bytes]) -> bytes:
    """Return the workbook with every part passed through `change`, given its name; the same bytes each time."""
    target = BytesIO()
    with zipfile.ZipFile(BytesIO(content)) as source, zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        for part in source.infolist():
            info = zipfile.ZipInfo(part.filename, _EPOCH)
            info.compress_type = zipfile.ZIP_DEFLATED
            archive.writestr(info, change(part.filename, source.read(part)))
    return target.getvalue()


def replace_cell(content: bytes, sheet: str, address: str, inner: str, *, kind: str | None = None) -> bytes:
    """Return the workbook with what stands in one cell replaced by `inner` (XML), its style kept."""
    part = _sheet_part(content, sheet)
    cell = re.compile(rf'<c r="{address}"( s="\d+")?[^>]*?(?:/>|>.*?</c>)'.encode())
    attribute = f' t="{kind}"' if kind else ""

    def change(name: str, text: bytes) -> bytes:
        if name != part:
            return text
        return cell.sub(
            lambda m: f'<c r="{address}"'.encode() + (m.group(1) or b"") + f"{attribute}>{inner}</c>".encode(), text
        )

    return rewrite_parts(content, change)


def put_error(content: bytes, sheet: str, address: str) -> bytes:
    """Return the workbook with #N/A in a cell, as a broken link leaves it."""
    return replace_cell(content, sheet, address, "<v>#N/A</v>", kind="e")


def put_uncached_formula(content: bytes, sheet: str, address: str) -> bytes:
    """Return the workbook with a formula in a cell that was never calculated."""
    return replace_cell(content, sheet, address, "<f>SUM(A1:A2)</f>")


def rename_sheet(content: bytes, sheet: str, name: str) -> bytes:
    """Return the workbook with a sheet under another name."""
    old, new = f'<sheet name="{sheet}"'.encode(), f'<sheet name="{name}"'.encode()
    return rewrite_parts(content, lambda part, text: text.replace(old, new) if part == WORKBOOK_PART else text)


def cut_part(content: bytes) -> bytes:
    """Return the workbook with its list of sheets broken off in the middle."""
    return rewrite_parts(content, lambda part, text: text[: len(text) // 2] if part == WORKBOOK_PART else text)


def _sheet_part(content: bytes, sheet: str) -> str:
    with zipfile.ZipFile(BytesIO(content)) as archive:
        names = re.findall(r'<sheet name="([^"]*)"', archive.read(WORKBOOK_PART).decode())
    return f"xl/worksheets/sheet{[unescape(name) for name in names].index(sheet) + 1}.xml"
