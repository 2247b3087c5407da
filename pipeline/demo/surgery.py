"""Changes to a finished workbook that no form writer makes: error cells, lost formula results, shapes, copied sheets, damaged parts."""

from __future__ import annotations

import re
import zipfile
from collections.abc import Callable, Mapping
from html import escape, unescape
from io import BytesIO

from openpyxl.utils.cell import coordinate_to_tuple

WORKBOOK_PART, CONTENT_TYPES = "xl/workbook.xml", "[Content_Types].xml"
TEXT_BOX = ' txBox="1"'
_COPY = 900
_OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_PACKAGE = "http://schemas.openxmlformats.org/package/2006/relationships"
_DRAWING = "http://schemas.openxmlformats.org/drawingml/2006"
_SPREADSHEET = "application/vnd.openxmlformats-officedocument.spreadsheetml"
_DRAWING_KIND = "application/vnd.openxmlformats-officedocument.drawing+xml"
EPOCH = (1980, 1, 1, 0, 0, 0)


def rewrite_parts(content: bytes, change: Callable[[str, bytes], bytes]) -> bytes:
    """Return the workbook with every part passed through `change`, given its name; the same bytes each time."""
    target = BytesIO()
    with zipfile.ZipFile(BytesIO(content)) as source, zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        for part in source.infolist():
            info = zipfile.ZipInfo(part.filename, EPOCH)
            info.compress_type = zipfile.ZIP_DEFLATED
            archive.writestr(info, change(part.filename, source.read(part)))
    return target.getvalue()


def replace_cell(content: bytes, sheet: str, address: str, inner: str, *, kind: str | None = None) -> bytes:
    """Return the workbook with what stands in one cell replaced by `inner` (XML), its style kept."""
    part = _sheet_part(content, sheet)
    cell = re.compile(rf'<c r="{address}"( s="\d+")?[^>]*?(?:/>|>.*?</c>)'.encode())
    attribute = f' t="{kind}"' if kind else ""

    def change(name: str, text: bytes) -> bytes:
        if name != part:
            return text
        return cell.sub(
            lambda m: f'<c r="{address}"'.encode() + (m.group(1) or b"") + f"{attribute}>{inner}</c>".encode(), text
        )

    return rewrite_parts(content, change)


def put_error(content: bytes, sheet: str, address: str) -> bytes:
    """Return the workbook with #N/A in a cell, as a broken link leaves it."""
    return replace_cell(content, sheet, address, "<v>#N/A</v>", kind="e")


def put_uncached_formula(content: bytes, sheet: str, address: str) -> bytes:
    """Return the workbook with a formula in a cell that was never calculated."""
    return replace_cell(content, sheet, address, "<f>SUM(A1:A2)</f>")


def drop_sheet(content: bytes, sheet: str) -> bytes:
    """Return the workbook without a sheet in its list, as after copying the others into a new one."""
    entry = re.compile(rb'<sheet name="' + re.escape(sheet.encode()) + rb'"[^>]*/>')
    return rewrite_parts(content, lambda part, text: entry.sub(b"", text) if part == WORKBOOK_PART else text)


def copy_sheet(content: bytes, sheet: str, name: str, texts: Mapping[str, str]) -> bytes:
    """Return the workbook with a copy of a sheet under another name, in which other texts stand at these addresses."""
    changed = content
    for address, text in texts.items():
        changed = replace_cell(changed, sheet, address, f"<is><t>{escape(text)}</t></is>", kind="inlineStr")
    part = _sheet_part(content, sheet)
    target = f"{part.removesuffix('.xml')}copy.xml"
    with zipfile.ZipFile(BytesIO(changed)) as archive:
        copy = archive.read(part)
    entry = f'<sheet name="{name}" sheetId="{_COPY}" r:id="rId{_COPY}"/></sheets>'
    relation = f'<Relationship Id="rId{_COPY}" Type="{_OFFICE}/worksheet" Target="{target.removeprefix("xl/")}"/></Relationships>'
    kind = f'<Override PartName="/{target}" ContentType="{_SPREADSHEET}.worksheet+xml"/></Types>'
    ends = {WORKBOOK_PART: ("</sheets>", entry), "xl/_rels/workbook.xml.rels": ("</Relationships>", relation),
            CONTENT_TYPES: ("</Types>", kind)}  # fmt: skip
    return _append(content, ends, {target: copy})


def draw_shape(content: bytes, sheet: str, address: str, *, text: str = "") -> bytes:
    """Return the workbook with an oval drawn over a cell or, with a text, a text box there."""
    part = _sheet_part(content, sheet)
    relations = f"xl/worksheets/_rels/{part.rpartition('/')[2]}.rels"
    relation = f'<Relationship Id="rIdD" Type="{_OFFICE}/drawing" Target="../drawings/drawing1.xml"/>'
    row, column = coordinate_to_tuple(address)
    corners = "".join(
        f"<xdr:{end}><xdr:col>{column - 1}</xdr:col><xdr:colOff>{right}</xdr:colOff>"
        f"<xdr:row>{row - 1}</xdr:row><xdr:rowOff>{down}</xdr:rowOff></xdr:{end}>"
        for end, right, down in (("from", 50_000, 30_000), ("to", 350_000, 180_000))
    )
    shape = (
        f'<xdr:twoCellAnchor>{corners}<xdr:sp macro="" textlink=""><xdr:nvSpPr><xdr:cNvPr id="2" name="図形 1"/>'
        f'<xdr:cNvSpPr{TEXT_BOX if text else ""}/></xdr:nvSpPr><xdr:spPr><a:prstGeom prst="{"rect" if text else "ellipse"}">'
        "<a:avLst/></a:prstGeom><a:noFill/><a:ln/></xdr:spPr><xdr:txBody><a:bodyPr/><a:p>"
        f"{f'<a:r><a:t>{escape(text)}</a:t></a:r>' if text else ''}</a:p></xdr:txBody></xdr:sp><xdr:clientData/></xdr:twoCellAnchor>"
    )
    drawing = f'<xdr:wsDr xmlns:xdr="{_DRAWING}/spreadsheetDrawing" xmlns:a="{_DRAWING}/main">{shape}</xdr:wsDr>'
    kind = f'<Override PartName="/xl/drawings/drawing1.xml" ContentType="{_DRAWING_KIND}"/></Types>'
    ends = {part: ("</worksheet>", '<drawing r:id="rIdD"/></worksheet>'), CONTENT_TYPES: ("</Types>", kind)}
    told = f'<Relationships xmlns="{_PACKAGE}">{relation}</Relationships>'
    return _append(content, ends, {relations: told.encode(), "xl/drawings/drawing1.xml": drawing.encode()})


def _append(content: bytes, ends: Mapping[str, tuple[str, str]], parts: Mapping[str, bytes]) -> bytes:
    """The workbook with the ends of some parts replaced, and new parts behind the others."""

    def change(name: str, text: bytes) -> bytes:
        old, new = ends.get(name, ("", ""))
        return text.replace(old.encode(), new.encode()) if old else text

    buffer = BytesIO(rewrite_parts(content, change))
    with zipfile.ZipFile(buffer, "a") as archive:
        for name, text in parts.items():
            archive.writestr(zipfile.ZipInfo(name, EPOCH), text)
    return buffer.getvalue()


def cut_part(content: bytes) -> bytes:
    """Return the workbook with its list of sheets broken off in the middle."""
    return rewrite_parts(content, lambda part, text: text[: len(text) // 2] if part == WORKBOOK_PART else text)


def _sheet_part(content: bytes, sheet: str) -> str:
    with zipfile.ZipFile(BytesIO(content)) as archive:
        names = re.findall(r'<sheet name="([^"]*)"', archive.read(WORKBOOK_PART).decode())
    return f"xl/worksheets/sheet{[unescape(name) for name in names].index(sheet) + 1}.xml"
