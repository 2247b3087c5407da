"""Reading finished files again, each by its places, as somebody else's program would: nothing here knows how they were made."""

from __future__ import annotations

import csv
import io
import re
import zipfile
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any, NamedTuple

from defusedxml.ElementTree import fromstring

ALTERNATIVE = "alternative text"
ALTERNATIVE_TEXTS = {"alt", "descr", "title", "string", "aria-label"}
"""Attributes that a program reads out or shows in place of something."""
PROPERTY = "property"
_PROPERTIES = ("title", "subject", "creator", "keywords", "description", "category", "lastModifiedBy")
"""What a docx or xlsx file tells of itself in words; the times and the count of its revisions are its program's."""
_MACHINE_METAS = {"viewport"}
_CSS_TEXT = re.compile(r"content\s*:\s*([^;}]*)")
_PAGE_CODE = re.compile(r'&(?:"[^"]*"|[A-Z]|\d+)')
_MARGINS = tuple(f"{{*}}{which}{part}" for which in ("odd", "even", "first") for part in ("Header", "Footer"))
HTML_TEXTS = {"title", "h1", "h2", "h3", "h4", "h5", "h6", "p", "li", "td", "th", "div"}
_WORD_PART = re.compile(r"^word/([a-z]+?)\d*\.xml$")


class Place(NamedTuple):
    """A place of a finished file, as somebody finds it there, and what it shows."""

    where: str
    text: str


Places = dict[str, list[Place]]
"""The places of a file by the kind of part that they stand in, in their order there."""


def read_places(path: Path) -> Places:
    """The places of a .txt, .html, .docx or .pdf file; of an .xlsx file those beside its cells."""
    return _READERS[path.suffix](path.read_bytes())


def plain(text: str) -> str:
    """A text as two renderings of it are compared: blanks and line breaks count as one blank."""
    return " ".join(text.split())


def solid(text: str) -> str:
    """A text of a PDF as it is compared: without blanks, of which those at the end of a line are not drawn."""
    return "".join(text.split())


def _read_text(content: bytes) -> Places:
    lines = content.decode("utf-8").removesuffix("\n").split("\n")
    return {"line": [Place(f"line {number}", line) for number, line in enumerate(lines, start=1)]}


def _read_html(content: bytes) -> Places:
    from lxml import html  # type: ignore[import-untyped]

    tree = html.document_fromstring(content, parser=html.HTMLParser(encoding="utf-8", no_network=True))
    elements = [
        e for e in tree.iter() if e.tag in HTML_TEXTS and not any(c.tag in HTML_TEXTS for c in e.iterdescendants())
    ]
    inside = {descendant for element in elements for descendant in element.iter()}
    texts = [Place(f"<{e.tag}> {number}", e.text_content()) for number, e in enumerate(elements, start=1)]
    loose = [
        Place(f"text outside an element of its own, in <{e.tag}>", text)
        for e in tree.iter()
        if e.tag not in ("style", "script") and e not in inside
        for text in (e.text, *(child.tail for child in e))
        if text and text.strip()
    ]
    styles = [Place("<style>", text) for e in tree.iter("style") for text in _CSS_TEXT.findall(e.text_content())]
    metas = [
        Place(f"<meta> {e.get('name')}", e.get("content", ""))
        for e in tree.iter("meta")
        if e.get("name", e.get("property")) not in (None, *_MACHINE_METAS)
    ]
    alternatives = [*_alternatives(tree.iter(), "<{}>"), *metas, *styles]
    return {"element": texts, "loose text": loose, ALTERNATIVE: alternatives}


def _alternatives(elements: Iterator[Any], shown: str) -> Iterator[Place]:
    for element in elements:
        for name, text in element.attrib.items():
            word = str(name).rpartition("}")[2]
            if word in ALTERNATIVE_TEXTS:
                yield Place(f"{shown.format(str(element.tag).rpartition('}')[2])} {word}", text)


def _read_docx(content: bytes) -> Places:
    places: Places = {}
    with zipfile.ZipFile(io.BytesIO(content)) as package:
        places[PROPERTY] = _properties(package)
        for name in sorted(package.namelist()):
            match = _WORD_PART.match(name)
            if match is None:
                continue
            root = fromstring(package.read(name))
            texts = [
                _paragraph_text(p)
                for p in root.iter()
                if str(p.tag).rpartition("}")[2] == "p" and "wordprocessing" in p.tag
            ]
            kind = match.group(1)
            found = places.setdefault(kind, [])
            found += [Place(f"{name}, paragraph {number}", text) for number, text in enumerate(texts, start=1)]
            if texts:
                places.setdefault(ALTERNATIVE, []).extend(_alternatives(root.iter(), f"{name}, {{}}"))
    return {kind: found for kind, found in places.items() if found}


def _properties(package: zipfile.ZipFile) -> list[Place]:
    """What stands in the properties of a document; those that are empty are none."""
    name = "docProps/core.xml"
    root = fromstring(package.read(name))
    found = {str(e.tag).rpartition("}")[2]: e.text for e in root}
    return [Place(f"{name}, {key}", text) for key in _PROPERTIES if (text := found.get(key))]


def _read_xlsx(content: bytes) -> Places:
    """The properties, and what each sheet prints above and below, without the codes of its look and of page numbers."""
    from lxml import etree

    with zipfile.ZipFile(io.BytesIO(content)) as package:
        places = {PROPERTY: _properties(package), "margin": []}
        parts = [name for name in package.namelist() if re.fullmatch(r"xl/worksheets/sheet\d+\.xml", name)]
        for name in sorted(parts, key=lambda part: int(re.sub(r"\D", "", part))):
            with package.open(name) as part:
                for _, e in etree.iterparse(part, tag=("{*}row", *_MARGINS)):
                    word = etree.QName(e).localname
                    if word != "row" and e.text:
                        text = _PAGE_CODE.sub("", e.text.replace("&&", "\0")).replace("\0", "&")
                        places["margin"].append(Place(f"{name}, {word}", text))
                    e.clear()
    return places


def _read_pdf(content: bytes) -> Places:
    from pipeline.publish.finished_pdf import read_pdf

    places: Places = {}
    for kind, where, text in read_pdf(content):
        places.setdefault(kind, []).append(Place(where, text))
    return places


def _paragraph_text(paragraph: Any) -> str:
    """What a paragraph shows; the codes of its fields, as of a page's number, are no text."""
    return "".join(part.text or "" for part in paragraph.iter() if str(part.tag).rpartition("}")[2] == "t")


_READERS: Mapping[str, Callable[[bytes], Places]] = {
    ".txt": _read_text,
    ".html": _read_html,
    ".docx": _read_docx,
    ".xlsx": _read_xlsx,
    ".pdf": _read_pdf,
}


def read_csv(path: Path) -> Iterator[list[str]]:
    """The rows of a CSV file one by one, its header first; every cell as it is written."""
    with path.open(encoding="utf-8-sig", newline="") as file:
        yield from csv.reader(file)


def read_sheets(path: Path) -> Iterator[tuple[str, list[list[Any]]]]:
    """The sheets of a workbook one by one, each with the values of its rows; an empty cell is an empty text."""
    from python_calamine import CalamineWorkbook

    book = CalamineWorkbook.from_path(str(path))
    for name in book.sheet_names:
        yield name, book.get_sheet_by_name(name).to_python(skip_empty_area=False)


def read_shown_cells(path: Path) -> dict[str, dict[tuple[int, int], str]]:
    """What a workbook's cells show, numbers as their format has them, by sheet and by row and column from 0."""
    import openpyxl

    book = openpyxl.load_workbook(path, data_only=True)
    return {
        sheet.title: {
            (cell.row - 1, cell.column - 1): _shown(cell.value, cell.number_format)
            for row in sheet.iter_rows()
            for cell in row
            if cell.value is not None
        }
        for sheet in book.worksheets
    }


def _shown(value: Any, number_format: str) -> str:
    """A number as `#,##0` with zeros behind the point shows it, without the commas, which no display has.

    Any other format may show anything else, and is told beside the value.
    """
    if number_format != "General" and not re.fullmatch(r"#,##0(?:\.0+)?", number_format):
        return f"{value} as {number_format}"
    if isinstance(value, int | float) and not isinstance(value, bool):
        digits = len(number_format.partition(".")[2])
        return f"{value:.{digits}f}" if number_format.startswith("#,##0") else str(value)
    return str(value)
