"""Shapes, text boxes and threads of comments as Excel writes them, put upon a sheet of a finished workbook."""

from __future__ import annotations

import re
import zipfile
from html import unescape
from io import BytesIO

from openpyxl.utils.cell import coordinate_to_tuple

from tests.support.raw_xlsx import OFFICE, add_parts

_SPACES = (
    'xmlns:xdr="http://schemas.openxmlformats.org/drawingml/2006/spreadsheetDrawing" '
    'xmlns:a="http://schemas.openxmlformats.org/drawingml/2006/main" '
    'xmlns:mc="http://schemas.openxmlformats.org/markup-compatibility/2006"'
)
_EMU = 12_700
THREAD = "http://schemas.microsoft.com/office/2017/10/relationships/threadedComment"


def sheet_number(content: bytes, sheet: str) -> int:
    """The number of a sheet among those of the workbook, from 1."""
    with zipfile.ZipFile(BytesIO(content)) as archive:
        names = re.findall(r'<sheet [^>]*?name="([^"]*)"', archive.read("xl/workbook.xml").decode())
    return [unescape(name) for name in names].index(sheet) + 1


def shape(
    first: str, last: str | None = None, *, text: str = "", form: str = "ellipse", is_box: bool = False,
    into: tuple[int, int] = (2, 8),
) -> str:  # fmt: skip
    """A shape from one cell to another; `into` is how many points it begins and ends below the top of their rows."""
    (row, column), (end_row, end_column) = coordinate_to_tuple(first), coordinate_to_tuple(last or first)
    words = f"<a:p><a:r><a:t>{text}</a:t></a:r></a:p>" if text else "<a:p/>"
    box = ' txBox="1"' if is_box else ""
    return (
        f"<xdr:twoCellAnchor><xdr:from><xdr:col>{column - 1}</xdr:col><xdr:colOff>{_EMU}</xdr:colOff>"
        f"<xdr:row>{row - 1}</xdr:row><xdr:rowOff>{into[0] * _EMU}</xdr:rowOff></xdr:from>"
        f"<xdr:to><xdr:col>{end_column - 1}</xdr:col><xdr:colOff>{30 * _EMU}</xdr:colOff>"
        f"<xdr:row>{end_row - 1}</xdr:row><xdr:rowOff>{into[1] * _EMU}</xdr:rowOff></xdr:to>"
        f'<xdr:sp><xdr:nvSpPr><xdr:cNvPr id="2" name="x"/><xdr:cNvSpPr{box}/></xdr:nvSpPr>'
        f'<xdr:spPr><a:prstGeom prst="{form}"/></xdr:spPr><xdr:txBody>{words}</xdr:txBody></xdr:sp>'
        "<xdr:clientData/></xdr:twoCellAnchor>"
    )


def draw(content: bytes, sheet: str, *shapes: str) -> bytes:
    """The workbook with shapes upon a sheet."""
    drawing = f"<xdr:wsDr {_SPACES}>{''.join(shapes)}</xdr:wsDr>"
    number = sheet_number(content, sheet)
    relation = (f"{OFFICE}/drawing", "../drawings/drawing1.xml")
    return add_parts(
        content, number, [relation], {"xl/drawings/drawing1.xml": drawing},
        tail=f'<drawing xmlns:r="{OFFICE}" r:id="rId90"/>',
    )  # fmt: skip


def draw_vml(content: bytes, sheet: str, vml: str) -> bytes:
    """The workbook with a legacy drawing upon a sheet."""
    number = sheet_number(content, sheet)
    relation = (f"{OFFICE}/vmlDrawing", "../drawings/vmlDrawing1.vml")
    return add_parts(content, number, [relation], {"xl/drawings/vmlDrawing1.vml": vml})


def put_thread(content: bytes, sheet: str, address: str, *texts: str) -> bytes:
    """The workbook with a thread of comments on a cell, and beside it the notice that older programs show."""
    said = "".join(
        f'<threadedComment ref="{address}" id="{{{n}}}"><text>{text}</text></threadedComment>'
        for n, text in enumerate(texts)
    )
    notice = f'<comment ref="{address}" authorId="0"><text><t>[スレッド化されたコメント] コメント：{texts[0]}</t></text></comment>'
    main = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
    parts = {
        "xl/threadedComments/threadedComment1.xml":
            f'<ThreadedComments xmlns="http://schemas.microsoft.com/office/spreadsheetml/2018/threadedcomments">{said}</ThreadedComments>',
        "xl/comments1.xml": f'<comments xmlns="{main}"><commentList>{notice}</commentList></comments>',
    }  # fmt: skip
    rows = [(f"{OFFICE}/comments", "../comments1.xml"), (THREAD, "../threadedComments/threadedComment1.xml")]
    return add_parts(content, sheet_number(content, sheet), rows, parts)
