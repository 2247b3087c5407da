"""Templates of .docx as an official would make them of the built-in one, and parts of them as others would."""

from __future__ import annotations

import struct
import zipfile
import zlib
from collections.abc import Callable
from io import BytesIO
from pathlib import Path

import docx
from docx.document import Document as DocxDocument
from docx.shared import Mm, Pt, RGBColor

from pipeline.publish.docx_style import built_in_docx


def logo() -> bytes:
    """A small picture (PNG), a filled square."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    lines = b"".join(b"\0" + b"\x1d\x4f\x91" * 24 for _ in range(24))
    head = struct.pack(">IIBBBBB", 24, 24, 8, 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", zlib.compress(lines)) + chunk(b"IEND", b"")


def edited(change: Callable[[DocxDocument], object]) -> bytes:
    """The built-in template after a change."""
    file = docx.Document(BytesIO(built_in_docx()))
    change(file)
    buffer = BytesIO()
    file.save(buffer)
    return buffer.getvalue()


def official(file: DocxDocument) -> None:
    """A prefecture's own look: narrower page, coloured headings, a logo and an address in the header of every page."""
    section = file.sections[0]
    section.different_first_page_header_footer = False
    section.left_margin = section.right_margin = Mm(30)
    for level in range(1, 5):
        style = file.styles[f"Heading {level}"]
        style.font.color.rgb = RGBColor(0x1D, 0x4F, 0x91)
    file.styles["Normal"].font.size = Pt(11)
    section.header.paragraphs[0].add_run().add_picture(BytesIO(logo()), height=Mm(8))
    section.header.paragraphs[0].add_run("　見本県福祉部　見本町1-2-3")
    section.footer.paragraphs[0].clear()
    section.footer.paragraphs[0].add_run("見本県　第3庁舎")


def with_part(content: bytes, name: str, change: Callable[[bytes], bytes]) -> bytes:
    """A package of which one part is changed, or added where there is none."""
    buffer = BytesIO()
    with zipfile.ZipFile(BytesIO(content)) as source, zipfile.ZipFile(buffer, "w") as target:
        for entry in source.infolist():
            text = source.read(entry)
            target.writestr(entry, change(text) if entry.filename == name else text)
        if name not in source.namelist():
            target.writestr(name, change(b""))
    return buffer.getvalue()


def put_template(survey_root: Path, year: int, content: bytes) -> Path:
    """Write a template into a survey."""
    path = survey_root / "schemas" / "reports" / f"{year}.docx"
    path.write_bytes(content)
    return path
