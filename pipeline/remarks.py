"""What a sheet holds besides its cells' values: comments, and rows, columns and sheets that nobody sees."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterator, Mapping
from typing import NamedTuple

from defusedxml.ElementTree import fromstring
from openpyxl.utils import get_column_letter

from pipeline.xml_names import child, local_name

HIDDEN = "非表示"
REMARK = "remark"
"""The kind of a remark among cells."""
_HIDDEN = re.compile(rb"\shidden\s*=\s*[\"'](?:1|true)[\"']")
_ROW = re.compile(rb"<(?:\w+:)?row\s[^>]*>")
_COLUMN = re.compile(rb"<(?:\w+:)?col\s[^>]*>")
_MANY = 50
"""Columns hidden to the end of a sheet, as forms have them beside their own, hide no answer."""


class Remark(NamedTuple):
    """A remark on a sheet: where, in Japanese words, and what it says."""

    sheet: str
    where: str
    text: str


def remarks_of(sheets: Mapping[str, bytes], comments: Mapping[str, bytes], hidden: frozenset[str]) -> list[Remark]:
    """All remarks, sheet by sheet. `comments` are the XML of sheets' comments, `hidden` the names of hidden sheets."""
    found: list[Remark] = []
    for name, sheet in sheets.items():
        found += (Remark(name, f"{cell}のコメント", text) for cell, text in _comments(comments.get(name, b"")))
        found += (Remark(name, where, HIDDEN) for where in _hidden_parts(sheet))
        if name in hidden:
            found.append(Remark(name, "シート全体", HIDDEN))
    return found


def _comments(xml: bytes) -> Iterator[tuple[str, str]]:
    for element in fromstring(xml).iter() if xml else ():
        if local_name(element.tag) in ("comment", "threadedComment") and element.get("ref"):
            body = child(element, "text")
            text = "".join(body.itertext()) if body is not None else ""
            if text.strip():
                yield str(element.get("ref")), " ".join(text.split())


def _hidden_parts(sheet: bytes) -> Iterator[str]:
    if not _HIDDEN.search(sheet):
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


def comment_parts(texts: Mapping[str, bytes], sheet_parts: Mapping[str, str]) -> dict[str, bytes]:
    """The XML of each sheet's comments, by the sheet's name, from all parts of a package by their names."""
    if not any("comment" in part.lower() for part in texts):
        return {}
    found = {}
    for name, part in sheet_parts.items():
        folder, file = posixpath.split(part)
        relations = texts.get(f"{folder}/_rels/{file}.rels")
        for relation in fromstring(relations) if relations else ():
            target = relation.get("Target", "")
            path = target.lstrip("/") if target.startswith("/") else posixpath.normpath(f"{folder}/{target}")
            if relation.get("Type", "").endswith("/comments") and path in texts:
                found[name] = texts[path]
    return found
