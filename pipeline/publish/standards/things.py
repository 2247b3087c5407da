"""What lies on the sheets of an .xlsx file besides cells, which texts hold raised letters, and which cells are links."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from lxml import etree  # type: ignore[import-untyped]

from pipeline.publish.standards.book import address

_PICTURED = {
    "pic": "図", "graphicFrame": "グラフ", "sp": "図形", "cxnSp": "図形", "grpSp": "図形", "contentPart": "手書き",
}  # fmt: skip
_PARSER = etree.XMLParser(resolve_entities=False, no_network=True)


def things_on(related: Sequence[tuple[str, bytes]]) -> Iterator[tuple[str, str]]:
    """(kind in Japanese, address) of every picture, chart, shape and comment; `related` are the parts that a sheet leads to."""
    for kind, content in related:
        if kind == "drawing":
            for anchor in etree.fromstring(content, _PARSER):
                inside = (etree.QName(element).localname for element in anchor.iterchildren("{*}*"))
                word = next((_PICTURED[name] for name in inside if name in _PICTURED), None)
                if word:
                    yield word, _corner(anchor)
        elif kind in ("comments", "threadedComment"):
            for element in etree.fromstring(content, _PARSER).iter("{*}comment", "{*}threadedComment"):
                yield "コメント", element.get("ref", "")
        elif kind == "vmlDrawing":
            yield from (
                ("図形", "") for _ in range(content.count(b"<x:ClientData") - content.count(b'ObjectType="Note"'))
            )


def _corner(anchor: etree._Element) -> str:
    start = anchor.find("{*}from")
    if start is None:
        return ""
    return address(int(start.findtext("{*}row", "0")) + 1, int(start.findtext("{*}col", "0")) + 1)


def raised_strings(strings: bytes) -> frozenset[int]:
    """The numbers of the shared strings of which a part is raised or lowered."""
    if b"vertAlign" not in strings:
        return frozenset()
    listed = etree.fromstring(strings, _PARSER).iterchildren("{*}si")
    return frozenset(
        number
        for number, element in enumerate(listed)
        if any(part.get("val") in ("superscript", "subscript") for part in element.iter("{*}vertAlign"))
    )


def raised_cells(sheet: bytes, raised: frozenset[int]) -> Iterator[str]:
    """The addresses of a sheet's cells that show one of these strings, or a raised text of their own."""
    if not raised and b"vertAlign" not in sheet:
        return
    for cell in etree.fromstring(sheet, _PARSER).iter("{*}c"):
        is_shared = cell.get("t") == "s" and (cell.findtext("{*}v") or "").isdecimal()
        own = any(part.get("val") in ("superscript", "subscript") for part in cell.iter("{*}vertAlign"))
        if own or (is_shared and int(cell.findtext("{*}v")) in raised):
            yield cell.get("r", "")


def linked_cells(sheet: bytes) -> Iterator[str]:
    """The addresses of a sheet's cells that are links."""
    if b"hyperlink" in sheet:
        yield from (link.get("ref", "") for link in etree.fromstring(sheet, _PARSER).iter("{*}hyperlink"))


def has_macros(parts: Mapping[str, bytes]) -> bool:
    """Whether the workbook carries programs."""
    types = parts.get("[Content_Types].xml", b"")
    return b"macroEnabled" in types or any(part.lower().endswith("vbaproject.bin") for part in parts)
