"""An .ods written by hand, for what no office program saves."""

from __future__ import annotations

import zipfile
from io import BytesIO

_NAMES = (
    " ".join(
        f'xmlns:{name}="urn:oasis:names:tc:opendocument:xmlns:{name}:1.0"'
        for name in ("office", "table", "text", "style")
    )
    + ' xmlns:calcext="urn:org:documentfoundation:names:experimental:calc:xmlns:calcext:1.0"'
)
KIND = "application/vnd.oasis.opendocument.spreadsheet"


def ods_bytes(rows: str, *, styles: str = "", before: str = "", named: str = "", **parts: bytes) -> bytes:
    """An .ods with one sheet, 回答, of these rows; `before` stands ahead of it, `styles` are the document's own.

    `named` are the styles with names for people; `parts` are further files of the package, with __ for a slash.
    """
    content = (
        f"<office:document-content {_NAMES}><office:automatic-styles>{styles}</office:automatic-styles><office:body>"
        f'<office:spreadsheet>{before}<table:table table:name="回答">{rows}</table:table></office:spreadsheet>'
        "</office:body></office:document-content>"
    )
    common = f"<office:document-styles {_NAMES}><office:styles>{named}</office:styles></office:document-styles>"
    return package_bytes(
        content.encode(), common.encode(), {name.replace("__", "/"): part for name, part in parts.items()}
    )


def package_bytes(content: bytes, styles: bytes, parts: dict[str, bytes], kind: str = KIND) -> bytes:
    """The zip of an .ods."""
    buffer = BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("mimetype", kind, zipfile.ZIP_STORED)
        for name, part in {"content.xml": content, "styles.xml": styles, **parts}.items():
            archive.writestr(name, part)
    return buffer.getvalue()


def cell(text: str, *, more: str = "", kind: str = "string") -> str:
    """A cell that shows a text."""
    return f'<table:table-cell office:value-type="{kind}" {more}><text:p>{text}</text:p></table:table-cell>'


def row(*cells: str, more: str = "") -> str:
    """A row of cells."""
    return f"<table:table-row {more}>{''.join(cells)}</table:table-row>"
