"""Reading a finished PDF by its tags, as a program that reads it aloud does: what is told, and what only stands on a page."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from io import BytesIO
from typing import TYPE_CHECKING, Any, NamedTuple

from defusedxml.ElementTree import fromstring

if TYPE_CHECKING:
    from pdfminer.pdfdocument import PDFDocument

    from pipeline.publish.pdf_marks import DrawnPage

BLOCKS = {
    "Title",
    "H",
    "H1",
    "H2",
    "H3",
    "H4",
    "H5",
    "H6",
    "P",
    "Lbl",
    "LBody",
    "TH",
    "TD",
    "Caption",
    "Figure",
    "Formula",
}
ALTERNATIVES = ("Alt", "E", "T", "ActualText")
_TOLD = ("Title", "Author", "Subject", "Keywords")
"""What a PDF tells of itself in words."""
_XML_TOLD = {"title", "description", "creator", "subject", "Keywords"}


class PdfPlace(NamedTuple):
    """The kind of part that a place stands in, where, and what it shows."""

    kind: str
    where: str
    text: str


def count_pages(content: bytes) -> int:
    """How many pages a PDF has."""
    return len(_open(content)[1])


def read_pdf(content: bytes) -> Iterator[PdfPlace]:
    """Every place of a tagged PDF that shows or tells a text, in the order of its tags; its pages as they follow.

    The header of a table that is repeated on the next page is told once; what is no such header is a place of its own.
    """
    from pipeline.publish.pdf_marks import draw

    document, pages = _open(content)
    drawn = draw(pages)
    tags = _Tags(drawn)
    for top in tags.kids({"K": document.catalog.get("StructTreeRoot", [])}):
        yield from tags.places(top)
    for number, (page_id, page) in enumerate(drawn.items(), start=1):
        for kind, text in page.beside.items():
            if left := _without(text, tags.heads) if kind == "repeated" else text:
                yield PdfPlace(kind, f"page {number}, {kind}", left)
        for mark, text in page.marked.items():
            if (page_id, mark) not in tags.told:
                yield PdfPlace("loose text", f"page {number}, outside every tag", text)
    for number, (_, title, *_) in enumerate(_outline(document), start=1):
        yield PdfPlace("bookmark", f"bookmark {number}", title)
    yield from _properties(document)


def _open(content: bytes) -> tuple[PDFDocument, list[Any]]:
    from pdfminer.pdfdocument import PDFDocument
    from pdfminer.pdfpage import PDFPage
    from pdfminer.pdfparser import PDFParser

    document = PDFDocument(PDFParser(BytesIO(content)))
    return document, list(PDFPage.create_pages(document))


class _Tags:
    """Walks the tree of tags; remembers which marked texts it told, and the rows that head tables."""

    def __init__(self, drawn: Mapping[Any, DrawnPage]) -> None:
        self._drawn = drawn
        self.told: set[tuple[Any, int]] = set()
        self.heads: set[str] = set()
        self._count = 0

    def kids(self, element: dict[str, Any]) -> list[Any]:
        """What lies below an element: elements, and the numbers of marked texts."""
        from pdfminer.pdftypes import resolve1

        found = resolve1(element.get("K", []))
        return [resolve1(kid) for kid in (found if isinstance(found, list) else [found])]

    def places(self, element: Any) -> Iterator[PdfPlace]:
        """The places of an element: those of BLOCKS that hold no other of them, and what is told in place of something."""
        from pdfminer.utils import decode_text

        if not isinstance(element, dict):
            return
        name = getattr(element.get("S"), "name", "")
        for key in ALTERNATIVES:
            if isinstance(text := element.get(key), bytes):
                kind = "heading" if key == "T" else "alternative text"
                yield PdfPlace(kind, f"<{name}> {key}", decode_text(text))
        if name == "TR" and {getattr(kid.get("S"), "name", "") for kid in self.kids(element)} == {"TH"}:
            self.heads.add(_solid(self._text(element)))
        inner = [place for kid in self.kids(element) for place in self.places(kid)]
        if name in BLOCKS and not any(place.kind == "element" for place in inner):
            self._count += 1
            yield PdfPlace("element", f"<{name}> {self._count}", self._text(element))
        yield from inner

    def _text(self, element: dict[str, Any], page: Any = None) -> str:
        page = getattr(element.get("Pg"), "objid", page)
        text = ""
        for kid in self.kids(element):
            if isinstance(kid, int):
                text += self._marked(page, kid)
            elif isinstance(kid, dict) and "MCID" in kid:
                text += self._marked(getattr(kid.get("Pg"), "objid", page), kid["MCID"])
            elif isinstance(kid, dict):
                text += self._text(kid, page)
        return text

    def _marked(self, page: Any, mark: int) -> str:
        self.told.add((page, mark))
        return self._drawn[page].marked.get(mark, "") if page in self._drawn else ""


def _solid(text: str) -> str:
    return "".join(text.split())


def _without(text: str, heads: set[str]) -> str:
    """What is left of the texts repeated on a page when the heads of tables are taken away."""
    left = _solid(text)
    while head := max((one for one in heads if one and left.startswith(one)), key=len, default=""):
        left = left.removeprefix(head)
    return left


def _outline(document: PDFDocument) -> Iterator[Any]:
    from pdfminer.pdfdocument import PDFNoOutlines

    try:
        yield from document.get_outlines()
    except PDFNoOutlines:
        return


def _properties(document: PDFDocument) -> Iterator[PdfPlace]:
    from pdfminer.pdftypes import resolve1
    from pdfminer.utils import decode_text

    for held in document.info:
        for key in _TOLD:
            if text := resolve1(held.get(key)):
                yield PdfPlace("property", key, decode_text(text))
    if "Metadata" in document.catalog:
        for element in fromstring(resolve1(document.catalog["Metadata"]).get_data()).iter():
            told = str(element.tag).rpartition("}")[2]
            if told in _XML_TOLD and (text := "".join(element.itertext()).strip()):
                yield PdfPlace("property", f"metadata, {told}", text)
