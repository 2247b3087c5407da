"""What the looks of a cell say of its text: letters struck out, raised or not to be seen, merged cells."""

from __future__ import annotations

import re
from functools import lru_cache
from io import BytesIO
from typing import Any

from defusedxml.ElementTree import iterparse

from pipeline.workbooks.package import Package, cells_of
from pipeline.workbooks.xml_names import child, local_name

_SIGNS = (b"strike", b"vertAlign")
_FONTS = re.compile(rb"<(?:\w+:)?fonts[\s>].*?</(?:\w+:)?fonts>", re.DOTALL)
_WHITE = re.compile(rb"color[^>]*(?:FFFFFF\"|theme=\"0\"|indexed=\"[19]\")", re.IGNORECASE)
_EMPTY_FORMAT = re.compile(
    rb"numFmtId=\"(\d+)\"\s+formatCode=\";;;\"|formatCode=\";;;\"\s+numFmtId=\"(\d+)\"",
)
_MERGED = re.compile(rb"<(?:\w+:)?mergeCell\s[^>]*?ref\s*=\s*[\"']([A-Za-z]+\d+:[A-Za-z]+\d+)[\"']")


def merged_areas(sheet: bytes) -> list[str]:
    """The merged areas of a worksheet's XML, as C15:C17."""
    start, end = sheet.find(b"mergeCells"), sheet.rfind(b"mergeCells")
    return [area.decode().upper() for area in _MERGED.findall(sheet, start, end)] if start >= 0 else []


def struck_cells(package: Package) -> dict[str, set[tuple[int, int]]]:
    """The cells with a letter that is struck out, raised or lowered: (row, column) by sheet.

    What remains when such a letter is left out, or whether it is a footnote, only the sender knows.
    """
    strings = _struck_strings(package.strings) if _is_signed(package.strings) else set()
    styles = _struck_styles(package.styles) if _is_signed(package.styles) else set()
    found: dict[str, set[tuple[int, int]]] = {}
    for name, sheet in package.sheets.items():
        if not strings and not styles and (sheet.is_plain or not _is_signed(sheet.rest)):
            continue
        for row, column, element in cells_of(sheet.all):
            value = child(element, "v")
            is_shared = element.get("t") == "s" and value is not None and value.text in strings
            if is_shared or element.get("s") in styles or _has_struck_run(element):
                found.setdefault(name, set()).add((row, column))
    return found


def unseen_cells(package: Package) -> dict[str, set[tuple[int, int]]]:
    """The cells whose format shows nothing, white on white or by its number format: (row, column) by sheet."""
    unseen = _unseen_styles(package.styles)
    found: dict[str, set[tuple[int, int]]] = {}
    for name, sheet in package.sheets.items() if unseen else ():
        places = {(row, column) for row, column, element in cells_of(sheet.all) if element.get("s") in unseen}
        if places:
            found[name] = places
    return found


@lru_cache(maxsize=256)
def _unseen_styles(content: bytes) -> frozenset[str]:
    """Indices of cell formats that show nothing, as they stand in a cell."""
    empty_formats = {"".join(map(bytes.decode, ids)) for ids in _EMPTY_FORMAT.findall(content)}
    has_white = any(_WHITE.search(fonts) for fonts in _FONTS.findall(content))
    if not has_white and not empty_formats:
        return frozenset()
    white: list[bool] = []
    coloured: list[bool] = []
    found: set[str] = set()
    for _, element in iterparse(BytesIO(content)):
        name = local_name(element.tag)
        if name == "fonts":
            white = [_is_white(child(font, "color")) for font in element]
        elif name == "fills":
            coloured = [_is_coloured(fill) for fill in element]
        elif name == "cellXfs":
            for index, form in enumerate(element):
                font, fill = int(form.get("fontId", 0)), int(form.get("fillId", 0))
                is_white = font < len(white) and white[font] and not (fill < len(coloured) and coloured[fill])
                if is_white or form.get("numFmtId") in empty_formats:
                    found.add(str(index))
    return frozenset(found)


def _is_white(color: Any) -> bool:
    """White by its value, by the number of the old palette, or as the first colour of the theme without a tint."""
    if color is None:
        return False
    is_theme = color.get("theme") == "0" and float(color.get("tint", 0)) == 0
    return color.get("rgb", "")[-6:].upper() == "FFFFFF" or color.get("indexed") in ("1", "9") or is_theme


def _is_coloured(fill: Any) -> bool:
    pattern = child(fill, "patternFill")
    if pattern is None:
        return len(fill) > 0
    return pattern.get("patternType", "none") != "none" and not _is_white(child(pattern, "fgColor"))


def _is_signed(content: bytes) -> bool:
    return any(sign in content for sign in _SIGNS)


def _struck_strings(content: bytes) -> set[str]:
    """Indices of shared strings with a struck run, as they stand in a cell."""
    found, index = set(), 0
    for _, element in iterparse(BytesIO(content)):
        if local_name(element.tag) == "si":
            if _has_struck_run(element):
                found.add(str(index))
            index += 1
            element.clear()
    return found


def _struck_styles(content: bytes) -> set[str]:
    """Indices of cell formats whose font is struck, as they stand in a cell."""
    fonts: list[bool] = []
    formats: list[str] = []
    for _, element in iterparse(BytesIO(content)):
        name = local_name(element.tag)
        if name == "fonts":
            fonts = [_is_struck(font) for font in element]
        elif name == "cellXfs":
            formats = [form.get("fontId", "0") for form in element]
    struck = {str(index) for index, is_struck in enumerate(fonts) if is_struck}
    return {str(index) for index, font in enumerate(formats) if font in struck}


def _has_struck_run(element: Any) -> bool:
    return any(_is_struck(part) for part in element.iter() if local_name(part.tag) == "rPr")


def _is_struck(font: Any) -> bool:
    strike, place = child(font, "strike"), child(font, "vertAlign")
    is_raised = place is not None and place.get("val", "baseline") != "baseline"
    return is_raised or (strike is not None and strike.get("val", "1") not in ("0", "false"))
