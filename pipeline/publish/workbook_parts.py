"""What a workbook's writer cannot say: the language of the document, and that a cell is a heading."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from lxml import etree  # type: ignore[import-untyped]

LANGUAGE = "ja"
HEADING_SIZE = 14
"""Points; cells with letters of this size are headings, and no others."""
_HEADING, _HEADING_ID = "Heading 1", 16
"""The style that office programs know by this number, each by its own name."""


def _tell_language(core: bytes) -> bytes:
    end = b"</cp:coreProperties>"
    return core.replace(end, f"<dc:language>{LANGUAGE}</dc:language>".encode() + end)


def _tell_headings(styles: bytes) -> bytes:
    """Add the style of headings, and give it to the looks with letters of their size; without any nothing changes."""
    root = etree.fromstring(styles)
    fonts = [number for number, font in enumerate(root.find("{*}fonts")) if _size(font) == HEADING_SIZE]
    looks = [look for look in root.find("{*}cellXfs") if int(look.get("fontId", 0)) in fonts]
    if not looks:
        return styles
    bases, names = root.find("{*}cellStyleXfs"), root.find("{*}cellStyles")
    number = str(len(bases))
    base = etree.SubElement(
        bases, etree.QName(bases, "xf"), numFmtId="0", fontId=str(fonts[0]), fillId="0", borderId="0"
    )
    base.set("applyFont", "1")
    etree.SubElement(names, etree.QName(names, "cellStyle"), name=_HEADING, xfId=number, builtinId=str(_HEADING_ID))
    for look in looks:
        look.set("xfId", number)
    for group in (bases, names):
        group.set("count", str(len(group)))
    return _written(root)


def _size(font: etree._Element) -> float:
    size = font.find("{*}sz")
    return float(size.get("val")) if size is not None else 0.0


def _written(root: etree._Element) -> bytes:
    return bytes(etree.tostring(root, xml_declaration=True, encoding="UTF-8", standalone=True))


PART_EDITS: Mapping[str, Callable[[bytes], bytes]] = {
    "docProps/core.xml": _tell_language, "xl/styles.xml": _tell_headings,
}  # fmt: skip
