"""A finished form as a file of another kind: saved by another program, with macros, in a ZIP; the same bytes each time."""

from __future__ import annotations

import zipfile
from collections.abc import Mapping
from io import BytesIO
from xml.sax.saxutils import escape, quoteattr

from pipeline.demo.surgery import EPOCH, rewrite_parts
from pipeline.workbooks.opening import open_workbook
from pipeline.workbooks.workbook import Cell

_TYPES = "[Content_Types].xml"
_PLAIN = b"application/vnd.openxmlformats-officedocument.spreadsheetml.sheet.main+xml"
_WITH_MACROS = b"application/vnd.ms-excel.sheet.macroEnabled.main+xml"
_MACROS = b'<Override PartName="/xl/vbaProject.bin" ContentType="application/vnd.ms-office.vbaProject"/></Types>'
_ODF = "urn:oasis:names:tc:opendocument:xmlns"
_ODS = b"application/vnd.oasis.opendocument.spreadsheet"


def zip_files(files: Mapping[str, bytes]) -> bytes:
    """A ZIP of these files."""
    target = BytesIO()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            info = zipfile.ZipInfo(name, EPOCH)
            info.compress_type = zipfile.ZIP_DEFLATED
            archive.writestr(info, content)
    return target.getvalue()


def with_macros(content: bytes) -> bytes:
    """The workbook as it is saved once somebody has put macros into it; the program itself is left out."""

    def change(part: str, text: bytes) -> bytes:
        return text.replace(_PLAIN, _WITH_MACROS).replace(b"</Types>", _MACROS) if part == _TYPES else text

    return rewrite_parts(content, change)


def as_ods(content: bytes) -> bytes:
    """The workbook's cells as an .ods."""
    tables = "".join(
        f"<table:table table:name={quoteattr(name)}>{''.join(_rows(cells))}</table:table>"
        for name, cells in open_workbook(content).sheets.items()
    )
    names = " ".join(f'xmlns:{name}="{_ODF}:{name}:1.0"' for name in ("office", "table", "text"))
    document = (
        f"<office:document-content {names}><office:body><office:spreadsheet>{tables}</office:spreadsheet></office:body>"
        "</office:document-content>"
    )
    return zip_files({"mimetype": _ODS, "content.xml": document.encode()})


def _rows(cells: Mapping[tuple[int, int], Cell]) -> list[str]:
    rows: list[str] = []
    above = left = 0
    for (row, column), cell in sorted(cells.items()):
        if row > above:
            if rows:
                rows.append("</table:table-row>")
            if row - above > 1:
                rows.append(f'<table:table-row table:number-rows-repeated="{row - above - 1}"/>')
            rows.append("<table:table-row>")
            above, left = row, 0
        if column - left > 1:
            rows.append(f'<table:table-cell table:number-columns-repeated="{column - left - 1}"/>')
        rows.append(_cell(cell))
        left = column
    return [*rows, "</table:table-row>"] if rows else []


def _cell(cell: Cell) -> str:
    kind = {
        "number": f'office:value-type="float" office:value="{cell.value}"',
        "date": f'office:value-type="date" office:date-value="{cell.text}"',
    }.get(cell.kind, 'office:value-type="string"')
    lines = "".join(f"<text:p>{escape(line)}</text:p>" for line in cell.text.split("\n"))
    return f"<table:table-cell {kind}>{lines}</table:table-cell>"
