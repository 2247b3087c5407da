"""Reading a document as passages: what stands together, in reading order, and where."""

from __future__ import annotations

import logging
import re
import unicodedata
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from io import BytesIO
from pathlib import Path
from typing import NamedTuple

from pipeline.reconcile.bounds import Bounds, TooLargeError, bounded
from pipeline.reconcile.numerals import COUNTED
from pipeline.workbooks.limits import MAX_EXPANDED_BYTES, MAX_PARTS, UnreadableWorkbookError
from pipeline.workbooks.package import open_archive
from schemas.errors import InputError

BOUNDS = Bounds()
FULL_LINE = 0.55
"""A line this long, as a share of the longest ones, may go on in the next one."""
CROSSING, SIDE, COLUMN_TEXT = 0.1, 0.25, 8
"""Shares of a page's pieces that may cross the middle of two columns and must stand on either side; letters a piece."""
PAGE_HEADER = re.compile(
    r"^[\s\-－―‐]*(?:(?:資料|別紙|別添|参考|参考資料)?\s*[0-9０-９]{1,3}|[0-9０-９]+\s*[/／]\s*[0-9０-９]+)[\s\-－―‐]*$"
    r"|^\s*(?:file|ﬁle|https?)://\S+(?:[\s　]+\d+\s*/\s*\d+)?\s*$"
    r"|^\s*\d{1,4}/\d{1,2}/\d{1,4},?[\s　]+\d{1,2}:\d{2}(?:\s*[AP]M)?(?:[\s　].*)?$"
)
"""A page's number, with what a page bears; the address and the time that a browser prints."""
BEGINS_ANEW = re.compile(
    r"^\s*(?:[・〇○●◎■□◆◇▪▶➢→＊*※]|[①-⑳]|[（(][0-9０-９ア-ンあ-ん一-十]{1,2}[)）]|"
    rf"[0-9０-９]{{1,2}}[\s　.．、](?!{COUNTED})|[ア-ン]{{1,2}}[\s　.．、]|第[0-9０-９一-十]+[章節])"
)


@dataclass(frozen=True)
class Passage:
    """A paragraph or a row of a table, as it stands in the document. `cells` are a row's, `heads` its columns' heads.

    `places` are those of its lines, where it has several.
    """

    text: str
    place: str
    cells: tuple[str, ...] = ()
    heads: tuple[str, ...] = ()
    places: tuple[str, ...] = ()

    def place_of(self, line: int) -> str:
        """Where a line of the passage stands, from 0."""
        return self.places[line] if line < len(self.places) else self.place


def read_passages(path: Path, bounds: Bounds = BOUNDS) -> list[Passage]:
    """Read a .txt, .docx, .html, .xlsx or .pdf file.

    Raises InputError for a file that is not there, is of another kind, is damaged, asks for more than its bounds, or holds no
    text, as a scanned page.
    """
    readers: dict[str, Callable[[bytes], Iterator[Passage]]] = {
        ".txt": _read_text, ".docx": _read_docx, ".html": _read_html, ".htm": _read_html, ".xlsx": _read_xlsx,
        ".pdf": partial(_read_pdf, most=bounds.pages),
    }  # fmt: skip
    if not path.is_file():
        found = "a folder or a device" if path.exists() else ""
        raise InputError(reference="no-such-file", where=str(path), found=found, fix="give a file that exists")
    reader = readers.get(path.suffix.lower())
    if reader is None:
        raise InputError(
            reference="unknown-document", where=str(path), found=path.suffix or "no ending",
            expected=", ".join(readers), fix="save the document as one of these",
        )  # fmt: skip
    try:
        if (size := path.stat().st_size) > bounds.file_bytes:
            raise TooLargeError(f"a file of {size:,} bytes")
        with bounded(bounds):
            passages = [passage for passage in reader(path.read_bytes()) if passage.text.strip()]
    except TooLargeError as error:
        raise InputError(
            reference="document-too-large", where=str(path), found=str(error),
            expected=f"at most {bounds.file_bytes:,} bytes, {bounds.pages:,} pages, and {bounds.seconds:g} seconds to read it",
            fix="give the pages with the figures alone, or save it as text (.txt)",
        ) from error  # fmt: skip
    except Exception as error:
        raise InputError(
            reference="damaged-document", where=str(path), found=f"{type(error).__name__}: {error}",
            expected=f"a {path.suffix} file that opens", fix="open it in its own program and save it again",
        ) from error  # fmt: skip
    if not passages:
        raise InputError(
            reference="document-without-text", where=str(path), found="no text, as in a scanned page",
            expected="a document whose text can be selected", fix="give the document that was printed, or recognise its text first",
        )  # fmt: skip
    return passages


def _read_text(content: bytes) -> Iterator[Passage]:
    encoding = "utf-16" if content[:2] in (b"\xff\xfe", b"\xfe\xff") else "utf-8-sig"
    try:
        text = content.decode(encoding)
    except UnicodeDecodeError:
        text = content.decode("cp932", errors="replace")
    yield from join_lines([(line, f"line {number}") for number, line in enumerate(text.splitlines(), start=1)])


def join_lines(lines: Sequence[tuple[str, str]]) -> Iterator[Passage]:
    """Paragraphs from lines as they are printed, with their places; what a page repeats is left out.

    A line goes on in the next one if it is nearly full, or if a bracket is open, and the next one does not begin anew.
    """
    kept = [(line, place) for line, place in lines if not PAGE_HEADER.match(line)]
    widths = sorted(_width(line) for line, _ in kept if line.strip())
    full = FULL_LINE * widths[int(0.95 * (len(widths) - 1))] if widths else 0
    text, places, last = "", [], ""
    for line, place in (part for whole in kept for part in _columns(*whole)):
        if not line.strip():
            continue
        goes_on = bool(text) and not BEGINS_ANEW.match(line) and (_width(last) >= full or _is_open(text))
        if goes_on:
            text += "\n" + line.strip()
            places.append(place)
        else:
            if text:
                yield Passage(text, places[0], places=tuple(places))
            text, places = line.strip(), [place]
        last = line
    if text:
        yield Passage(text, places[0], places=tuple(places))


def _columns(line: str, place: str) -> Iterator[tuple[str, str]]:
    """A line; in two where another item begins far to the right of the first, as in a text of two columns."""
    parts = re.split(r"[ 　\t]{2,}(?=[・〇○●])", line.rstrip())
    return ((part, place) for part in parts if part.strip()) if len(parts) > 1 else iter([(line, place)])


def _width(line: str) -> int:
    return sum(2 if unicodedata.east_asian_width(letter) in "WFA" else 1 for letter in line.strip())


def _is_open(text: str) -> bool:
    return len(re.findall(r"[（(]", text)) > len(re.findall(r"[）)]", text))


def _read_docx(content: bytes) -> Iterator[Passage]:
    import docx
    from docx.table import Table

    document = docx.Document(_unpackable(content))
    paragraphs = tables = 0
    for part in document.iter_inner_content():
        if isinstance(part, Table):
            tables += 1
            rows = [[cell.text for cell in row.cells] for row in part.rows]
            yield from _rows(rows, f"table {tables}, row")
        else:
            paragraphs += 1
            yield Passage(part.text, f"paragraph {paragraphs}")
    for relation in document.part.rels.values():
        if relation.reltype.endswith("/footnotes"):
            from defusedxml.ElementTree import fromstring

            for number, note in enumerate(fromstring(relation.target_part.blob), start=1):
                yield Passage("".join(note.itertext()), f"footnote {number}")


def _unpackable(content: bytes) -> BytesIO:
    """The file of an office program. Raises TooLargeError before anything is expanded that expands too far."""
    try:
        open_archive(content).close()
    except UnreadableWorkbookError as error:
        raise TooLargeError(f"more than {MAX_EXPANDED_BYTES:,} bytes or {MAX_PARTS:,} parts in it") from error
    return BytesIO(content)


def _read_html(content: bytes) -> Iterator[Passage]:
    from lxml import etree, html  # type: ignore[import-untyped]

    tree = html.document_fromstring(content, parser=html.HTMLParser(encoding=_html_encoding(content), no_network=True))
    etree.strip_elements(tree, "script", "style", "head", with_tail=False)
    blocks = {
        "p",
        "li",
        "h1",
        "h2",
        "h3",
        "h4",
        "h5",
        "h6",
        "td",
        "th",
        "div",
        "dt",
        "dd",
        "pre",
        "caption",
        "figcaption",
    }
    seen = 0
    for element in tree.iter():
        if element.tag == "table":
            seen += 1
            rows = [
                [" ".join(cell.text_content().split()) for cell in row.iter("td", "th")] for row in element.iter("tr")
            ]
            yield from _rows(rows, f"table {seen}, row")
        elif element.tag in blocks and not any(a.tag == "table" for a in element.iterancestors()):
            seen += 1
            own = [element.text or ""]
            own += [
                ("" if child.tag in blocks or child.tag in ("ul", "ol", "table") else child.text_content())
                + (child.tail or "")
                for child in element
            ]
            yield Passage("".join(own), f"<{element.tag}> {seen}")


def _html_encoding(content: bytes) -> str:
    said = re.search(rb"charset=[\"']?([\w-]+)", content[:2000])
    return said.group(1).decode() if said else "utf-8"


def _read_xlsx(content: bytes) -> Iterator[Passage]:
    import openpyxl

    book = openpyxl.load_workbook(_unpackable(content), data_only=True, read_only=True)
    for sheet in book.worksheets:
        rows = [["" if value is None else str(value) for value in row] for row in sheet.iter_rows(values_only=True)]
        yield from _rows(rows, f"{sheet.title}, row")
    book.close()


def _rows(rows: Sequence[Sequence[str]], place: str) -> Iterator[Passage]:
    """The rows of a table. A row without a number heads the columns of those below it."""
    heads: tuple[str, ...] = ()
    for number, row in enumerate(rows, start=1):
        cells = tuple(row)
        filled = [cell for cell in cells if cell.strip()]
        if len(filled) > 1 and not any(re.search(r"[0-9０-９]", cell) for cell in filled[1:]):
            heads = cells
        if len(filled) == 1:
            yield Passage(filled[0], f"{place} {number}")
        elif filled:
            yield Passage("　".join(filled), f"{place} {number}", cells, heads if heads is not cells else ())


def _read_pdf(content: bytes, *, most: int) -> Iterator[Passage]:
    from pdfminer.high_level import extract_pages
    from pdfminer.layout import LTTextContainer, LTTextLine

    logging.getLogger("pdfminer").setLevel(logging.ERROR)
    lines: list[tuple[str, str]] = []
    for number, page in enumerate(extract_pages(BytesIO(content)), start=1):
        if number > most:
            raise TooLargeError(f"more than {most:,} pages")
        pieces = [
            Piece(line.x0, line.x1, (line.y0 + line.y1) / 2, line.height, line.get_text().strip())
            for box in page
            if isinstance(box, LTTextContainer)
            for line in box
            if isinstance(line, LTTextLine) and line.get_text().strip()
        ]
        lines += [(row, f"page {number}") for column in split_columns(pieces) for row in rows_of(column)]
    yield from join_lines(lines)


class Piece(NamedTuple):
    """A piece of a printed line: from where to where, its middle and height in points from below, and its text."""

    left: float
    right: float
    middle: float
    height: float
    text: str


def split_columns(pieces: Sequence[Piece]) -> list[list[Piece]]:
    """The columns of a page, from the left: two where hardly anything crosses its middle and both sides are full."""
    if not pieces:
        return []
    middle = (min(p.left for p in pieces) + max(p.right for p in pieces)) / 2
    left = [piece for piece in pieces if piece.right <= middle]
    right = [piece for piece in pieces if piece.left >= middle]
    crossing = len(pieces) - len(left) - len(right)
    is_text = all(sum(len(piece.text) for piece in side) > COLUMN_TEXT * len(side) for side in (left, right) if side)
    if (
        left
        and right
        and is_text
        and crossing <= CROSSING * len(pieces)
        and min(len(left), len(right)) >= SIDE * len(pieces)
    ):
        above = [piece for piece in pieces if piece not in left and piece not in right]
        return [[*above, *left], right]
    return [list(pieces)]


def rows_of(pieces: Sequence[Piece]) -> Iterator[str]:
    """Lines from pieces that stand beside one another, from the top; a gap between two becomes blanks."""
    rows: list[list[Piece]] = []
    for piece in sorted(pieces, key=lambda p: -p.middle):
        if rows and abs(rows[-1][0].middle - piece.middle) < piece.height / 2:
            rows[-1].append(piece)
        else:
            rows.append([piece])
    for row in rows:
        yield "　".join(piece.text for piece in sorted(row))
