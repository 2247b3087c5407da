"""Workbooks written part by part as XML, for what no library writes: formats, escapes and shapes as programs leave them."""

from __future__ import annotations

import zipfile
from collections.abc import Mapping, Sequence
from io import BytesIO
from xml.sax.saxutils import quoteattr

from pipeline.demo.surgery import rewrite_parts

MAIN = 'xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"'
OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
PACKAGE = "http://schemas.openxmlformats.org/package/2006/relationships"
OWN_FORMATS = 200
"""The number of the first format that a workbook declares itself."""


def raw_workbook(
    cells: str, *, formats: Sequence[int | str] = (), strings: str = "", is_1904: bool = False, dimension: str = "A1"
) -> bytes:
    """A workbook with the sheet `s`, whose first row holds these cells (XML).

    Style 1 shows numbers in the first of `formats`, a number or a text; style 2 in the second.
    """
    declared = "".join(
        f'<numFmt numFmtId="{OWN_FORMATS + index}" formatCode={quoteattr(form)}/>'
        for index, form in enumerate(formats) if isinstance(form, str)
    )  # fmt: skip
    styles = "".join(
        f'<xf numFmtId="{form if isinstance(form, int) else OWN_FORMATS + index}" applyNumberFormat="1"/>'
        for index, form in enumerate(formats)
    )
    date_mode = ' date1904="1"' if is_1904 else ""
    parts = {
        "[Content_Types].xml": '<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types">'
        '<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
        '<Default Extension="xml" ContentType="application/xml"/></Types>',
        "_rels/.rels": relations([("rId1", f"{OFFICE}/officeDocument", "xl/workbook.xml")]),
        "xl/workbook.xml": f'<workbook {MAIN} xmlns:r="{OFFICE}"><workbookPr{date_mode}/>'
        '<sheets><sheet name="s" sheetId="1" r:id="rId1"/></sheets></workbook>',
        "xl/_rels/workbook.xml.rels": relations([
            ("rId1", f"{OFFICE}/worksheet", "worksheets/sheet1.xml"), ("rId2", f"{OFFICE}/styles", "styles.xml"),
            ("rId3", f"{OFFICE}/sharedStrings", "sharedStrings.xml"),
        ]),
        "xl/styles.xml": f'<styleSheet {MAIN}><numFmts>{declared}</numFmts><fonts><font/></fonts>'
        f'<cellXfs><xf numFmtId="0"/>{styles}</cellXfs></styleSheet>',
        "xl/sharedStrings.xml": f"<sst {MAIN}>{strings}</sst>",
        "xl/worksheets/sheet1.xml": f'<worksheet {MAIN}><dimension ref="{dimension}"/>'
        f'<sheetData><row r="1">{cells}</row></sheetData></worksheet>',
    }  # fmt: skip
    buffer = BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for name, text in parts.items():
            archive.writestr(name, text)
    return buffer.getvalue()


def relations(rows: Sequence[tuple[str, str, str]]) -> str:
    """A part of relations: id, type and target of each."""
    inner = "".join(f'<Relationship Id="{id_}" Type="{kind}" Target="{target}"/>' for id_, kind, target in rows)
    return f'<Relationships xmlns="{PACKAGE}">{inner}</Relationships>'


def add_parts(
    content: bytes, number: int, rows: Sequence[tuple[str, str]], parts: Mapping[str, str], *, tail: str = ""
) -> bytes:
    """A workbook whose sheet of this number has relations (type, target) to new parts, and `tail` (XML) at its end."""
    sheet = f"xl/worksheets/sheet{number}.xml"
    kept = rewrite_parts(
        content,
        lambda name, text: text.replace(b"</worksheet>", f"{tail}</worksheet>".encode()) if name == sheet else text,
    )
    buffer = BytesIO(kept)
    told = relations([(f"rId9{index}", kind, target) for index, (kind, target) in enumerate(rows)])
    with zipfile.ZipFile(buffer, "a") as archive:
        archive.writestr(f"xl/worksheets/_rels/sheet{number}.xml.rels", told)
        for name, text in parts.items():
            archive.writestr(name, text)
    return buffer.getvalue()
