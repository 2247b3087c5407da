"""The built-in template of .docx files: A4, styles that suit Japanese, a first page of its own, and page numbers."""

from __future__ import annotations

from functools import lru_cache
from io import BytesIO

import docx
from docx.document import Document as DocxDocument
from docx.enum.style import WD_STYLE_TYPE
from docx.enum.text import WD_ALIGN_PARAGRAPH
from docx.oxml import OxmlElement
from docx.oxml.ns import qn
from docx.shared import Mm, Pt, RGBColor
from docx.text.paragraph import Paragraph

from pipeline.zips import normalise_zip_bytes

FONT = "游明朝"
HEADING_FONT = "游ゴシック"
CHARACTER = 10.5
"""Points of a character of the text."""
SAMPLES = {
    "Title": "表題（スタイル名：Title）",
    "Normal": (
        "この文書は報告書の見本です。用紙、余白、スタイル、ヘッダー及びフッターを変えて保存してください。本文の文字は報告書には現れません。"
    ),
    "Heading 1": "見出し（Heading 1）",
    "Heading 2": "見出し（Heading 2）",
    "Heading 3": "見出し（Heading 3）",
    "Heading 4": "見出し（Heading 4）",
    "List Bullet": "箇条書き（List Bullet）",
}
"""What the template's body says, so that its styles can be seen and changed."""


@lru_cache(maxsize=1)
def built_in_docx() -> bytes:
    """The built-in template as a file to start from."""
    file = docx.Document()
    _set_page(file)
    _set_styles(file)
    for style, text in SAMPLES.items():
        file.add_paragraph(text, style=style)
    grid = file.add_table(2, 2, style="Table Grid")
    for cell, text in zip(grid._cells, ("表の見出し", "（Table Grid）", "", ""), strict=True):  # noqa: SLF001 - all cells at once
        cell.text = text
    section = file.sections[0]
    section.different_first_page_header_footer = True
    for footer in (section.footer, section.first_page_footer):
        add_page_number(footer.paragraphs[0])
    buffer = BytesIO()
    file.save(buffer)
    return normalise_zip_bytes(buffer.getvalue())


def add_page_number(paragraph: Paragraph) -> None:
    """Write the page's number and that of all pages into a paragraph, in its middle."""
    paragraph.alignment = WD_ALIGN_PARAGRAPH.CENTER
    _add_field(paragraph, "PAGE")
    paragraph.add_run(" / ")
    _add_field(paragraph, "NUMPAGES")


def _set_page(file: DocxDocument) -> None:
    section = file.sections[0]
    section.page_width, section.page_height = Mm(210), Mm(297)
    section.left_margin = section.right_margin = Mm(25)
    section.top_margin = section.bottom_margin = Mm(22)


def _set_styles(file: DocxDocument) -> None:
    sizes = {"Normal": 10.5, "Title": 16, "Heading 1": 14, "Heading 2": 12.5, "Heading 3": 11.5, "Heading 4": 10.5,
             "List Bullet": 10.5}  # fmt: skip
    for name, size in sizes.items():
        style = file.styles[name]
        font = FONT if name in ("Normal", "List Bullet") else HEADING_FONT
        style.font.name, style.font.size, style.font.italic = font, Pt(size), False
        style.font.color.rgb = RGBColor(0, 0, 0)
        fonts = style.element.get_or_add_rPr().get_or_add_rFonts()
        for attribute in ("w:ascii", "w:hAnsi", "w:eastAsia", "w:cs"):
            fonts.set(qn(attribute), font)
        for attribute in ("w:asciiTheme", "w:hAnsiTheme", "w:eastAsiaTheme", "w:cstheme"):
            fonts.attrib.pop(qn(attribute), None)
    for name, before, after in (
        ("Normal", 0, 2), ("List Bullet", 0, 1), ("Title", 10, 10), ("Heading 1", 16, 4), ("Heading 2", 12, 3),
        ("Heading 3", 10, 3), ("Heading 4", 8, 2), ("Header", 0, 1), ("Footer", 0, 0),
    ):  # fmt: skip
        spacing = file.styles[name].paragraph_format
        spacing.space_before, spacing.space_after = Pt(before), Pt(after)
    items = file.styles["List Bullet"].paragraph_format
    items.left_indent, items.first_line_indent = Pt(3 * CHARACTER), Pt(-CHARACTER)
    for style in list(file.styles):
        if style.type == WD_STYLE_TYPE.TABLE and style.name not in ("Normal Table", "Table Grid"):
            style.delete()
    language = file.styles["Normal"].element.get_or_add_rPr()
    element = OxmlElement("w:lang")
    element.set(qn("w:val"), "ja-JP")
    element.set(qn("w:eastAsia"), "ja-JP")
    language.append(element)


def _add_field(paragraph: Paragraph, code: str) -> None:
    run = paragraph.add_run()
    for kind, text in (("begin", None), (None, code), ("end", None)):
        if kind:
            element = OxmlElement("w:fldChar")
            element.set(qn("w:fldCharType"), kind)
        else:
            element = OxmlElement("w:instrText")
            element.set(qn("xml:space"), "preserve")
            element.text = text
        run.element.append(element)
