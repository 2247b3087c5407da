"""Reading an .xlsx file for the checks: values by the fast reader, looks and structure by openpyxl from a copy without cells.

openpyxl builds an object for every cell, which takes ten times as long as all checks; a look is that of a style, and there
are few styles. So it gets the workbook with one cell for each style instead of its own cells.
"""

from __future__ import annotations

import re
import struct
import warnings
import zipfile
import zlib
from collections.abc import Iterable, Mapping
from io import BytesIO
from typing import Any, NamedTuple
from zipfile import ZipFile

import openpyxl
from defusedxml.ElementTree import ParseError
from lxml import etree  # type: ignore[import-untyped]
from openpyxl.utils import range_boundaries
from openpyxl.utils.cell import coordinate_to_tuple
from python_calamine import CalamineError, CalamineWorkbook

from pipeline.publish.standards.book import Book, Look, Marked, Sheet
from pipeline.publish.standards.things import has_macros, linked_cells, raised_cells, raised_strings, things_on
from pipeline.workbooks.limits import (
    MAX_AREA,
    MAX_CELLS,
    UnreadableWorkbookError,
    damaged,
    expands_too_far,
    too_many_cells,
)
from pipeline.workbooks.package import expect_plain, open_archive, sheet_parts
from pipeline.workbooks.remarks import related_parts

_DATA = re.compile(rb"<(?P<p>\w+:)?sheetData(?:\s[^>]*)?(?:/>|>.*</(?P=p)?sheetData\s*>)", re.DOTALL)
_PLAIN_DATA = re.compile(rb"<sheetData>.*</sheetData>|<sheetData/>", re.DOTALL)
_CELL = re.compile(rb'<c r="([A-Z]+)([0-9]+)"(?: s="([0-9]+)")?')
_SHEET_PART = re.compile(r"xl/worksheets/[^/]+\.xml", re.IGNORECASE)
_SHEET_RELATIONS = re.compile(r"xl/worksheets/_rels/[^/]+\.rels", re.IGNORECASE)
_STRINGS = "xl/sharedstrings.xml"
_NO_STRINGS = b'<sst xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"/>'
_XFS = re.compile(rb"<(?:\w+:)?cellXfs\b.*?</(?:\w+:)?cellXfs\s*>", re.DOTALL)
_RELATION = re.compile(rb"<(?:\w+:)?Relationship\b[^>]*?/>")
_KEPT = (b"/table", b"/hyperlink")
"""Kinds of relations of a sheet that openpyxl is to follow: not to pictures, which it wants to draw."""
TOO_LARGE = frozenset((too_many_cells().reason, expands_too_far().reason))
_BAD = (
    UnreadableWorkbookError, zipfile.BadZipFile, zlib.error, struct.error, etree.XMLSyntaxError, ParseError, CalamineError, KeyError,
    ValueError, TypeError, IndexError, AttributeError, ArithmeticError, AssertionError, OSError, RuntimeError, EOFError,
)  # fmt: skip
"""What readers raise on damaged bytes."""


def read_workbook(name: str, content: bytes, *, is_own: bool = False) -> Book:
    """Read an .xlsx file; one that cannot be read says so in `problem`.

    What others send is read within limits; of what is the product's `is_own`, a nation's tables may be larger.
    """
    try:
        return _read(name, content, is_own=is_own)
    except UnreadableWorkbookError as error:
        return Book(name, "too_large" if error.reason in TOO_LARGE else "unreadable", problem=error.message)
    except _BAD:
        return Book(name, "unreadable", problem=damaged().message)


def _read(name: str, content: bytes, *, is_own: bool) -> Book:
    with ZipFile(BytesIO(content)) if is_own else open_archive(content) as archive:
        parts = {entry.filename: archive.read(entry) for entry in archive.infolist()}
    for part, text in parts.items():
        if part.endswith((".xml", ".rels", ".vml")):
            expect_plain(text)
    cells = {part: _Cells(text) for part, text in parts.items() if _SHEET_PART.fullmatch(part)}
    if not is_own and (
        sum(len(found.places) for found in cells.values()) > MAX_CELLS
        or sum(found.area for found in cells.values()) > MAX_AREA
    ):
        raise too_many_cells()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # about parts that openpyxl would lose if it wrote the workbook
        book = openpyxl.load_workbook(BytesIO(_without_cells(parts, cells)))
    values = CalamineWorkbook.from_filelike(BytesIO(content))
    places = sheet_parts(parts)
    related = related_parts(parts, places)
    raised = raised_strings(next((text for part, text in parts.items() if part.lower() == _STRINGS), b""))
    sheets = []
    for sheet in book.worksheets:
        part = places[sheet.title]
        rows = values.get_sheet_by_name(sheet.title).to_python(skip_empty_area=False)
        beside = _Beside(
            tuple(things_on(related.get(sheet.title, ()))),
            frozenset(raised_cells(parts[part], raised)),
            frozenset(linked_cells(parts[part])),
        )
        sheets.append(_sheet(sheet, rows, cells[part], beside))
    first = next((title for title, part in places.items() if part == next(iter(cells), None)), None)
    active = book.worksheets.index(book.active) if book.active in book.worksheets else 0
    return Book(
        name, "xlsx", tuple(sheets), _looks(book[first], _style_count(parts)) if first else (Look(),), title=book.properties.title or "",
        language=book.properties.language or "", has_macros=has_macros(parts), active_sheet=active,
    )  # fmt: skip


class _Beside(NamedTuple):
    """The objects on a sheet, and its cells with raised letters and with links."""

    objects: tuple[tuple[str, str], ...]
    raised: frozenset[str]
    links: frozenset[str]


class _Cells:
    """What a sheet's XML says of its cells beside their values: styles, formulas, and rows that are not shown."""

    def __init__(self, text: bytes) -> None:
        self.styles: dict[tuple[int, int], int] = {}
        self.formulas: list[tuple[int, int]] = []
        self.hidden_rows: list[int] = []
        self.places: list[Any] = []
        found = _CELL.findall(text)
        is_plain = text.count(b"<c ") == len(found) and b":c " not in text and b"<c>" not in text
        if is_plain and b"<f" not in text and b"hidden=" not in text:
            self._take(found)
        else:
            self._walk(text)
        rows, columns = (max((place[k] for place in self.styles), default=0) for k in (0, 1))
        self.area = rows * columns

    def _take(self, found: list[tuple[bytes, bytes, bytes]]) -> None:
        numbers: dict[bytes, int] = {}
        for letters, row, style in found:
            column = numbers.get(letters)
            if column is None:
                column = numbers[letters] = coordinate_to_tuple(f"{letters.decode()}1")[1]
            self.styles[int(row), column] = int(style or 0)
        self.places = found

    def _walk(self, text: bytes) -> None:
        data = etree.fromstring(text, etree.XMLParser(resolve_entities=False, no_network=True)).find("{*}sheetData")
        for number, row in enumerate(() if data is None else data.iterchildren("{*}row"), start=1):
            own = int(row.get("r", number))
            if row.get("hidden") in ("1", "true"):
                self.hidden_rows.append(own)
            for column, cell in enumerate(row.iterchildren("{*}c"), start=1):
                place = coordinate_to_tuple(cell.get("r")) if cell.get("r") else (own, column)
                self.styles[place] = int(cell.get("s", 0))
                if cell.find("{*}f") is not None:
                    self.formulas.append(place)
        self.places = list(self.styles)


def _style_count(parts: Mapping[str, bytes]) -> int:
    styles = next((text for part, text in parts.items() if part.lower() == "xl/styles.xml"), b"")
    listed = _XFS.search(styles)
    return len(re.findall(rb"<(?:\w+:)?xf[\s/>]", listed.group())) if listed else 1


def _without_cells(parts: Mapping[str, bytes], cells: Mapping[str, _Cells]) -> bytes:
    """The workbook with no cells but, on the first of its sheets, one of each style down column A."""
    first, buffer = next(iter(cells), ""), BytesIO()
    with zipfile.ZipFile(buffer, "w") as target:
        for part, text in parts.items():
            if part in cells:
                target.writestr(part, _emptied(text, range(_style_count(parts)) if part == first else ()))
            elif part.lower() == _STRINGS:
                target.writestr(part, _NO_STRINGS)
            elif _SHEET_RELATIONS.fullmatch(part):
                target.writestr(part, _RELATION.sub(lambda found: found[0] if _is_kept(found[0]) else b"", text))
            else:
                target.writestr(part, text)
    return buffer.getvalue()


def _is_kept(relation: bytes) -> bool:
    return any(kind in relation for kind in _KEPT)


def _emptied(text: bytes, styles: Iterable[int]) -> bytes:
    found = (_PLAIN_DATA if b"sheetData>" in text else _DATA).search(text) or _DATA.search(text)
    if found is None:
        return text
    p = found.groupdict().get("p") or b""
    rows = b"".join(b'<%srow r="%d"><%sc r="A%d" s="%d"/></%srow>' % (p, n + 1, p, n + 1, n, p) for n in styles)
    return text[: found.start()] + b"<%ssheetData>%s</%ssheetData>" % (p, rows, p) + text[found.end() :]


def _looks(sheet: Any, count: int) -> tuple[Look, ...]:
    """How cells of each style look, in the order of the styles, from the sheet that holds one of each."""
    return tuple(_look(sheet.cell(row, 1)) for row in range(1, count + 1)) or (Look(),)


def _look(cell: Any) -> Look:
    font, fill, border = cell.font, cell.fill, cell.border
    edges = tuple((side.style or "") if side else "" for side in (border.left, border.right, border.top, border.bottom))
    pattern = fill.fill_type if hasattr(fill, "fill_type") else "gradient"
    return Look(
        font=font.name or "", size=float(font.sz or 11), is_bold=bool(font.b), is_italic=bool(font.i), is_underlined=bool(font.u),
        is_raised=font.vertAlign in ("superscript", "subscript"), wraps=bool(cell.alignment.wrap_text), colour=_rgb(font.color),
        fill=_rgb(fill.fgColor) or "FFFFFF" if pattern == "solid" else ("?" if pattern else None),
        has_pattern=bool(pattern) and pattern != "solid", edges=edges, style=cell.style or "Normal", shown=cell.number_format,
    )  # fmt: skip


def _rgb(colour: Any) -> str | None:
    """RGB, None for the usual black text, "?" for what a theme or a list of the program decides."""
    if colour is None or (colour.type == "theme" and colour.theme == 1 and not colour.tint):
        return None
    if colour.type == "rgb" and isinstance(colour.rgb, str):
        shade = colour.rgb[-6:].upper()
        return None if shade == "000000" else shade
    if colour.type == "indexed":
        return None if colour.indexed in (8, 64) else "?"
    return "?"


def _sheet(sheet: Any, rows: list[list[Any]], cells: _Cells, beside: _Beside) -> Sheet:
    view = sheet.views.sheetView[0] if sheet.views.sheetView else None
    selections = view.selection if view is not None else ()
    widths = {
        number: part.width
        for part in sheet.column_dimensions.values()
        if part.width is not None and part.customWidth
        for number in range(part.min or 1, min(part.max or 1, 500) + 1)
    }
    columns = [f"列{letter}" for letter, part in sheet.column_dimensions.items() if part.hidden]
    shown = [f"行{row}" for row in cells.hidden_rows]
    state = [] if sheet.sheet_state == "visible" else ["シート"]
    margins = (
        sheet.oddHeader,
        sheet.oddFooter,
        sheet.evenHeader,
        sheet.evenFooter,
        sheet.firstHeader,
        sheet.firstFooter,
    )
    return Sheet(
        sheet.title,
        [[None if value == "" else _plain(value) for value in row] for row in rows],
        styles=cells.styles,
        formulas=tuple(cells.formulas),
        merged=tuple(map(str, sheet.merged_cells.ranges)),
        marked=tuple(_marked(part) for part in sheet.tables.values()),
        widths=widths,
        usual_width=sheet.sheet_format.defaultColWidth or sheet.sheet_format.baseColWidth or 8.43,
        hidden=(*state, *columns, *shown),
        objects=beside.objects,
        margins=tuple(text for part in margins for text in (part.left.text, part.center.text, part.right.text) if text),
        links=beside.links,
        has_filter=bool(sheet.auto_filter.ref),
        has_panes=bool(view is not None and view.pane is not None),
        has_rules_of_colour=bool(len(sheet.conditional_formatting)),
        active_cell=(selections[0].activeCell or "A1") if selections else "A1",
        raised=beside.raised,
    )


def _plain(value: Any) -> Any:
    return int(value) if isinstance(value, float) and value.is_integer() else value


def _marked(part: Any) -> Marked:
    left, top, right, bottom = (number or 1 for number in range_boundaries(part.ref))
    look = part.tableStyleInfo
    return Marked(
        part.displayName or part.name or "", (top, left, bottom, right), 1 if part.headerRowCount is None else part.headerRowCount,
        part.autoFilter is not None, (look.name or "") if look else "", bool(look and look.showRowStripes),
    )  # fmt: skip
