"""The package of a workbook that a stranger sent: judged against limits before any reader builds its cells.

A reader holds every cell between A1 and the last one, and every repetition of a shared string, so that a small file can
ask for any amount of memory. What a file asks for is told from its bytes first.
"""

from __future__ import annotations

import re
import zipfile
from collections import Counter
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from io import BytesIO
from typing import Any
from xml.parsers.expat import ExpatError, ParserCreate

from defusedxml.ElementTree import fromstring, iterparse
from openpyxl.utils.cell import coordinate_to_tuple

from pipeline.workbooks.drawings import Drawn
from pipeline.workbooks.limits import (
    MAX_AREA,
    MAX_CELLS,
    MAX_EXPANDED_BYTES,
    MAX_PARTS,
    UnreadableWorkbookError,
    expands_too_far,
    has_entities,
    too_many_cells,
)
from pipeline.workbooks.plain_cells import SheetText
from pipeline.workbooks.remarks import Remark, drawn_of, related_parts, remarks_of
from pipeline.workbooks.workbook import Format, Note
from pipeline.workbooks.xml_names import child, local_name

_STRINGS = "xl/sharedstrings.xml"
_STYLES = "xl/styles.xml"
_TYPES = "[Content_Types].xml"
# In a sheet where every cell begins as office programs write it: three letters, four digits, or no plain reference.
_FAR = re.compile(rb'<c r="(?:[A-Za-z]{3}|[A-Za-z]*\d{4}|[^"]*&)')
_PLACES = re.compile(rb'<c r="([A-Z]{1,3}[1-9][0-9]*)"')
# Each beginning with its literal: two are found much faster than one with a choice in front.
_IRREGULAR = (re.compile(rb"<c[^ a-zA-Z]"), re.compile(rb":(?:c|v|is)[\s>/]"))
_SHARED = re.compile(rb't="s"[^<>]*><v>(?:0|[1-9][0-9]{0,8})</v>')
_INDEX = re.compile(r"0|[1-9][0-9]{0,8}")
LONGEST_LIST = 50_000
"""Bytes that name the sheets of a form, and far more; a longer list, which a stranger may have made long, is not remembered."""
_ENDS = 2
"""Of the one list of a sheet's cells, its beginning and its end."""
# Of a value, by anything; of a text, by an element: there its reader knows comments.
_INTERRUPTED = (
    *(re.compile(sign + rb"v(?:\s[^<>]*)?>[^<]*<[^/]") for sign in (b"<", b":")),
    *(re.compile(sign + rb"t(?:\s[^<>]*)?>[^<]*<[^/!?]") for sign in (b"<", b":")),
)


@dataclass(frozen=True)
class Package:
    """A package within the limits: the text of every worksheet by the sheet's name, the XML of the shared strings and the styles.

    `remarks` are what stands on the sheets besides their cells, `drawn` what lies over these; `format` and `notes` what the
    package as a whole is.
    """

    sheets: dict[str, SheetText]
    strings: bytes
    styles: bytes
    remarks: list[Remark]
    drawn: dict[str, list[Drawn]]
    format: Format
    notes: tuple[Note, ...]


def open_archive(content: bytes) -> zipfile.ZipFile:
    """The zip of a workbook whose parts are within the limits.

    Raises UnreadableWorkbookError for one that expands too far, and BadZipFile for damaged bytes.
    """
    archive = zipfile.ZipFile(BytesIO(content))
    parts = archive.infolist()
    if len(parts) > MAX_PARTS or sum(part.file_size for part in parts) > MAX_EXPANDED_BYTES:
        raise expands_too_far()
    names = Counter(part.filename.lower().replace("\\", "/").lstrip("/") for part in parts)
    if names and max(names.values()) > 1:
        raise zipfile.BadZipFile("a part is there twice")
    return archive


def expect_plain(text: bytes) -> None:
    """Raise UnreadableWorkbookError for XML that declares entities, or is not written in UTF-8."""
    if b"<!DOCTYPE" in text or b"<!ENTITY" in text:
        raise has_entities()
    if b"\0" in text:
        raise UnreadableWorkbookError("damaged", "XMLの文字コードがUTF-8ではないため読み取れません。")


def open_package(archive: zipfile.ZipFile) -> Package:
    """Judge the parts of an .xlsx file.

    Raises UnreadableWorkbookError for XML entities, or more than the limits allow; and what the zip and XML readers raise
    on damaged bytes.
    """
    texts = {part.filename: archive.read(part) for part in archive.infolist() if part.filename.endswith(_XML)}
    for text in texts.values():
        expect_plain(text)
    parts = sheet_parts(texts)
    sheets = {name: SheetText(texts[part]) for name, part in parts.items()}
    if _most_values(sheets.values()) > MAX_CELLS:
        raise too_many_cells()
    area = 0
    for name, sheet in sheets.items():
        _expect_well_formed(sheet.rest)
        others = [] if sheet.is_plain else _PLACES.findall(sheet.rest)
        if not sheet.is_plain and (_FAR.search(sheet.rest) or _is_irregular(sheet.rest, len(others))):
            area = _check_cells(name, sheet.all, area)
        else:
            _expect_each_once([*sheet.places, *others])
    strings, styles = (
        b"".join(text for part, text in texts.items() if part.lower() == name) for name in (_STRINGS, _STYLES)
    )
    if strings:
        _expect_well_formed(strings)
    _check_strings(strings, sheets.values())
    related = related_parts(texts, parts)
    drawn = drawn_of(sheets, related)
    remarks = remarks_of(sheets, related, _hidden_sheets(texts), drawn)
    types = texts.get(_TYPES, b"")
    return Package(sheets, strings, styles, remarks, drawn, _format_of(types), _notes_of(types))


_XML = (".xml", ".rels", ".vml")


def _format_of(types: bytes) -> Format:
    has_macros, is_template = b"macroEnabled" in types, b"template" in types
    if is_template:
        return "xltm" if has_macros else "xltx"
    return "xlsm" if has_macros else "xlsx"


def _notes_of(types: bytes) -> tuple[Note, ...]:
    """What the list of the package's parts tells: programs, and where a program may fetch values from."""
    found: list[Note] = []
    if b"vbaProject" in types or b"macrosheet" in types:
        found.append("macros")
    if b"externalLink" in types or b"connections+xml" in types:
        found.append("external-links")
    return tuple(found)


def sheet_parts(texts: dict[str, bytes]) -> dict[str, str]:
    """Map each sheet's name to its part of the package."""
    return {name: part for name, part, _ in _listed(texts) if part in texts}


def _listed(texts: Mapping[str, bytes]) -> tuple[tuple[str, str, bool], ...]:
    workbook, relations = texts["xl/workbook.xml"], texts["xl/_rels/workbook.xml.rels"]
    is_a_forms = len(workbook) + len(relations) <= LONGEST_LIST
    return (_known_sheet_list if is_a_forms else _sheet_list)(workbook, relations)


def _sheet_list(workbook: bytes, relations: bytes) -> tuple[tuple[str, str, bool], ...]:
    """The sheets in their order, each with its part and whether it is hidden; the same in all returns of a year."""
    targets = {r.get("Id"): r.get("Target", "") for r in fromstring(relations)}
    found = []
    for sheet in fromstring(workbook).iter():
        if local_name(sheet.tag) != "sheet":
            continue
        relation = next((value for name, value in sheet.attrib.items() if local_name(name) == "id"), "")
        target = targets.get(relation, "")
        part = target.lstrip("/") if target.startswith("/") else f"xl/{target}"
        found.append((sheet.get("name", ""), part, sheet.get("state") in ("hidden", "veryHidden")))
    return tuple(found)


_known_sheet_list = lru_cache(maxsize=64)(_sheet_list)


def _hidden_sheets(texts: Mapping[str, bytes]) -> frozenset[str]:
    return frozenset(name for name, _, is_hidden in _listed(texts) if is_hidden)


def cells_of(sheet: bytes) -> Iterator[tuple[int, int, Any]]:
    """Every cell of a worksheet's XML: row, column, element; a cell without a reference follows the one before.

    Raises ValueError for a reference that is none.
    """
    row, column = 0, 0
    for event, element in iterparse(BytesIO(sheet), events=("start", "end")):
        name = local_name(element.tag)
        if name == "row":
            if event == "start":
                row, column = int(element.get("r", row + 1)), 0
            else:
                element.clear()
        elif event == "end" and name == "c":
            reference = element.get("r")
            row, column = coordinate_to_tuple(reference) if reference else (row, column + 1)
            yield row, column, element


def _expect_well_formed(text: bytes) -> None:
    """Raise ValueError for what is no XML, or where a value is interrupted or cells stand in two lists.

    The reader of values goes on all the same: of a value with a comment in its middle it gives the part before, and of two
    lists the first one.
    """
    try:
        ParserCreate().Parse(text, True)
    except ExpatError as error:
        raise ValueError("XML that is not well-formed") from error
    if any(sign.search(text) for sign in _INTERRUPTED) or text.count(b"sheetData>") > _ENDS:
        raise ValueError("a value that is interrupted, or cells in two lists")


def _most_values(sheets: Collection[SheetText]) -> int:
    """How many values there are, or more where even so many are within the limit."""
    cells = sum(len(sheet.places) + (0 if sheet.is_plain else _values(sheet.rest)) for sheet in sheets)
    return cells if cells <= MAX_CELLS else sum(_values(sheet.all) for sheet in sheets)


def _values(sheet: bytes) -> int:
    """Both tags of a value end so; an opening one with attributes does not, and leaves the half."""
    return (sheet.count(b"v>") + sheet.count(b"is>")) // 2


def _is_irregular(sheet: bytes, place_count: int) -> bool:
    """Whether a cell is written as no office program writes it, so that its place and value have to be read as XML."""
    return (
        sheet.count(b"<c ") != place_count
        or any(sheet.count(b"</%s>" % name) != sheet.count(b"</%s></c>" % name) for name in (b"v", b"is"))
        or sheet.count(b'"s"') + sheet.count(b"'s'") != len(_SHARED.findall(sheet))
        or any(sign.search(sheet) for sign in _IRREGULAR)
    )


def _expect_each_once(places: Sequence[object]) -> None:
    """Of two cells in one place nobody knows which one a program shows."""
    if len(set(places)) != len(places):
        raise ValueError("two cells in one place")


def _check_cells(name: str, sheet: bytes, before: int) -> int:
    """Raise for cells that ask for too much or whose value is not certain; gives the area of this sheet and those before.

    A reader keeps room for every cell between the corners, so a single far one may ask for all memory.
    """
    last_row = last_column = 0
    places = []
    for row, column, element in cells_of(sheet):
        if len(element):
            places.append((row, column))
            last_row, last_column = max(last_row, row), max(last_column, column)
            if before + last_row * last_column > MAX_AREA:
                raise UnreadableWorkbookError("too-many-cells", f"シート「{name}」の範囲が大きすぎます。")
            _expect_one_value(element)
    _expect_each_once(places)
    return before + last_row * last_column


def _expect_one_value(cell: Any) -> None:
    """Of two values nobody knows which one a program shows; for a number of a text that is none the first text would be read."""
    values = [part for part in cell if local_name(part.tag) in ("v", "is")]
    if len(values) > 1:
        raise ValueError("two values in a cell")
    if cell.get("t") == "s" and values and values[0].text and not _INDEX.fullmatch(values[0].text):
        raise ValueError("a shared string without a number")


def _check_strings(strings: bytes, sheets: Collection[SheetText]) -> None:
    """Every cell that shows a shared string repeats it; what that comes to is added up only where it may be too much."""
    references = sum(len(sheet.places) + sheet.rest.count(b'"s"') + sheet.rest.count(b"'s'") for sheet in sheets)
    if len(strings) * references <= MAX_EXPANDED_BYTES:
        return
    lengths: list[int] = []
    for _, element in iterparse(BytesIO(strings)):
        if local_name(element.tag) == "si":
            lengths.append(sum(len(text) for text in element.itertext()))
            element.clear()
    total = 0
    for sheet in sheets:
        for _, _, element in cells_of(sheet.all):
            if element.get("t") == "s":
                index = child(element, "v")
                total += lengths[int(index.text)] if index is not None and index.text else 0
                if total > MAX_EXPANDED_BYTES:
                    raise expands_too_far()
