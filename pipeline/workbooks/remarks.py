"""What a sheet holds besides its cells' values: comments, what is drawn or printed on it, and what nobody sees."""

from __future__ import annotations

import posixpath
import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import lru_cache
from html import unescape
from itertools import groupby
from typing import Any, NamedTuple

from defusedxml.ElementTree import fromstring
from openpyxl.utils import get_column_letter

from pipeline.workbooks.drawings import Drawn, drawn_in_vml, drawn_on
from pipeline.workbooks.plain_cells import SheetText
from pipeline.workbooks.xml_names import child, local_name

HIDDEN = "非表示"
REMARK = "remark"
"""The kind of a remark among cells."""
_HIDDEN = re.compile(rb"\shidden\s*=\s*[\"'](?:1|true)[\"']")
_ROW = re.compile(rb"<(?:\w+:)?row\s[^>]*>")
_COLUMN = re.compile(rb"<(?:\w+:)?col\s[^>]*>")
_KINDS = ("comments", "threadedComment", "drawing", "vmlDrawing")
PAGE_HEAD, PAGE_FOOT = "ページのヘッダー", "ページのフッター"
_PRINTED = re.compile(rb"<(?:\w+:)?(?:odd|even|first)(Header|Footer)[^>]*>([^<]*)<")
_PAGE_CODE = re.compile(r'&(?:&|"[^"]*"|K[0-9A-F]{6}|K\d\d[+-]\d{3}|\d{1,3}|[A-Za-z])')
_USUAL = ("Page", "ページ", "/", "-", "- -")
"""What programs print on a page of themselves, once the numbers are left out."""
_MANY = 50
"""Columns hidden to the end of a sheet, as forms have them beside their own, hide no answer."""


class Remark(NamedTuple):
    """A remark on a sheet: where, in Japanese words, and what it says."""

    sheet: str
    where: str
    text: str


Related = Mapping[str, Sequence[tuple[str, bytes]]]
"""The parts that belong to a sheet, by the sheet's name: the kind of each, as `comments` or `drawing`, and its content."""


def remarks_of(
    sheets: Mapping[str, SheetText], related: Related, hidden: frozenset[str], drawn: Mapping[str, Sequence[Drawn]]
) -> list[Remark]:
    """All remarks, sheet by sheet, no two of a sheet in the same words of place.

    `hidden` are the names of hidden sheets, `drawn` what lies on the sheets.
    """
    found: list[Remark] = []
    for name, sheet in sheets.items():
        own = [(f"{cell}のコメント", text) for cell, text in _comments(related.get(name, ()))]
        own += ((f"{shape.area}付近の{shape.word}", shape.text) for shape in drawn.get(name, ()))
        own += _printed(sheet.rest)
        own += ((where, HIDDEN) for where in _hidden_parts(sheet.rest))
        if name in hidden:
            own.append(("シート全体", HIDDEN))
        found += (Remark(name, where, text) for where, text in _told_apart(own))
    return found


def _told_apart(remarks: Iterable[tuple[str, str]]) -> Iterator[tuple[str, str]]:
    seen: Counter[str] = Counter()
    for where, text in remarks:
        seen[where] += 1
        yield (where if seen[where] == 1 else f"{where}（{seen[where]}）"), text


def drawn_of(sheets: Mapping[str, SheetText], related: Related) -> dict[str, list[Drawn]]:
    """What is drawn on each sheet."""
    found: dict[str, list[Drawn]] = {}
    for name, parts in related.items():
        for kind, content in parts:
            if kind in ("drawing", "vmlDrawing"):
                read = drawn_on if kind == "drawing" else drawn_in_vml
                found.setdefault(name, []).extend(read(sheets[name].rest, content))
    return found


def _comments(parts: Sequence[tuple[str, bytes]]) -> Iterator[tuple[str, str]]:
    """Each cell's comment; of a thread, what all wrote, and not the notice that older programs show in its place."""
    threads: dict[str, list[str]] = defaultdict(list)
    for kind, xml in parts:
        if kind == "threadedComment":
            for cell, text in _texts_by_cell(xml):
                threads[cell].append(text)
    for kind, xml in parts:
        if kind == "comments":
            yield from ((cell, text) for cell, text in _texts_by_cell(xml) if cell not in threads)
    yield from ((cell, "／".join(texts)) for cell, texts in threads.items())


def _texts_by_cell(xml: bytes) -> Iterator[tuple[str, str]]:
    for element in fromstring(xml).iter():
        if local_name(element.tag) in ("comment", "threadedComment") and element.get("ref"):
            body = child(element, "text")
            text = "".join(_words(body)) if body is not None else ""
            if text.strip():
                yield str(element.get("ref")), " ".join(text.split())


def _words(body: Any) -> Iterator[str]:
    """A text's words without their readings."""
    if local_name(body.tag) not in ("rPh", "phoneticPr"):
        yield body.text or ""
        for part in body:
            yield from _words(part)
            yield part.tail or ""


def _printed(sheet: bytes) -> Iterator[tuple[str, str]]:
    """What is typed into the head and the foot of the printed pages."""
    start = sheet.find(b"headerFooter")
    if start < 0:
        return
    for place, written in _PRINTED.findall(sheet, start):
        text = printed_text(written.decode("utf-8", "replace"))
        if text and text not in _USUAL:
            yield PAGE_HEAD if place == b"Header" else PAGE_FOOT, text


@lru_cache(maxsize=1_024)
def printed_text(written: str) -> str:
    """The words of a page's head or foot as XML has them, without the codes for fonts, page numbers and places."""
    return " ".join(_PAGE_CODE.sub(lambda code: "&" if code.group() == "&&" else "", unescape(written)).split())


def formula_remark(sheet: str, row: int, column: int, formula: str) -> Remark:
    """That a cell's value was calculated, and was read as it was saved."""
    return Remark(sheet, f"{get_column_letter(column)}{row}の数式", formula)


def comment_remark(sheet: str, cell: str, text: str) -> Iterator[Remark]:
    """What a comment says, where it says anything."""
    if text.strip():
        yield Remark(sheet, f"{cell}のコメント", " ".join(text.split()))


def hidden_remarks(
    sheet: str, rows: Sequence[int], columns: Sequence[int], *, is_sheet_hidden: bool
) -> Iterator[Remark]:
    """What nobody sees of a sheet; rows and columns are counted from 1, in order. More than a few in a run hide no answer."""
    for row in _few(rows):
        yield Remark(sheet, f"{row}行", HIDDEN)
    for column in _few(columns):
        yield Remark(sheet, f"{get_column_letter(column)}列", HIDDEN)
    if is_sheet_hidden:
        yield Remark(sheet, "シート全体", HIDDEN)


def _few(numbers: Sequence[int]) -> Iterator[int]:
    """Those of the numbers that stand in no long run."""
    for _, run in groupby(enumerate(numbers), key=lambda pair: pair[1] - pair[0]):
        members = [number for _, number in run]
        if len(members) <= _MANY:
            yield from members


def _hidden_parts(sheet: bytes) -> Iterator[str]:
    if b"hidden" not in sheet:
        return
    for tag in _ROW.findall(sheet):
        if _HIDDEN.search(tag) and (row := _number(tag, b"r")):
            yield f"{row}行"
    for tag in _COLUMN.findall(sheet):
        first, last = _number(tag, b"min"), _number(tag, b"max")
        if _HIDDEN.search(tag) and first and last and last - first < _MANY:
            yield from (f"{get_column_letter(column)}列" for column in range(first, last + 1))


def _number(tag: bytes, name: bytes) -> int | None:
    match = re.search(rb"\s" + name + rb"\s*=\s*[\"'](\d{1,7})[\"']", tag)
    return int(match.group(1)) if match else None


def related_parts(texts: Mapping[str, bytes], sheet_parts: Mapping[str, str]) -> dict[str, list[tuple[str, bytes]]]:
    """The comments and drawings of each sheet, by the sheet's name, from all parts of a package by their names."""
    if not any("comment" in part or "drawing" in part for part in map(str.lower, texts)):
        return {}
    found: dict[str, list[tuple[str, bytes]]] = defaultdict(list)
    for name, part in sheet_parts.items():
        folder, file = posixpath.split(part)
        relations = texts.get(f"{folder}/_rels/{file}.rels")
        for relation in fromstring(relations) if relations else ():
            target = relation.get("Target", "")
            path = target.lstrip("/") if target.startswith("/") else posixpath.normpath(f"{folder}/{target}")
            kind = relation.get("Type", "").rpartition("/")[2]
            if kind in _KINDS and path in texts:
                found[name].append((kind, texts[path]))
    return found
