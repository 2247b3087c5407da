"""A document as .docx with real headings, lists and page numbers, on A4; its bytes follow from its content."""

from __future__ import annotations

from datetime import UTC, datetime
from io import BytesIO

import docx
from docx.document import Document as DocxDocument
from docx.enum.text import WD_ALIGN_PARAGRAPH
from docx.oxml import OxmlElement, parse_xml
from docx.oxml.ns import nsdecls, qn
from docx.shared import Mm, Pt, RGBColor
from docx.text.paragraph import Paragraph

from pipeline.publish.document import Block, Document, Table, Words, words
from pipeline.zips import normalise_zip_bytes

FONT = "游明朝"
HEADING_FONT = "游ゴシック"
CHARACTER = 10.5
"""Points of a character of the text."""
TABLE_SIZE = 9
"""Points of a character in a table."""
WIDTH = Mm(210 - 2 * 25)
"""Of the text on a page."""
LONGEST, PADDING = 16, 2
"""In characters: a column that holds more wraps; and what stands beside a cell's text."""
GAP, CELL_GAP, BEFORE_CLOSING = 6, 2, 18
"""Points between a list or table and what follows it, above and below the text of a cell, and before the closing lines."""


def render_docx(document: Document, created: datetime) -> bytes:
    """Return the report as .docx bytes; `created` is the only time in it, written as UTC."""
    file = docx.Document()
    _set_page(file)
    _set_styles(file)
    properties = file.core_properties
    properties.title, properties.author, properties.comments = document.title.text, "", ""
    stamp = created.astimezone(UTC).replace(tzinfo=None)
    properties.created = properties.modified = stamp
    properties.last_modified_by = ""
    _set_header(file, document)
    _set_footer(file)
    for notice in document.notices:
        paragraph = file.add_paragraph()
        run = paragraph.add_run(f"【{notice.text}】")
        run.bold = True
    file.add_heading(document.title.text, level=0)
    for before, block, following in zip(
        [None, *document.blocks[:-1]], document.blocks, [*document.blocks[1:], None], strict=True
    ):
        if block.table:
            _add_table(file, block.table)
            continue
        paragraph = _add_block(file, block)
        leads = following is not None and following.kind in ("item", "table") and block.kind == "paragraph"
        paragraph.paragraph_format.keep_with_next = leads or block.kind == "heading"
        if block.kind == "paragraph" and before is not None and before.kind != "heading":
            paragraph.paragraph_format.space_before = Pt(GAP)
    for number, line in enumerate(document.closing):
        paragraph = file.add_paragraph(line.text)
        paragraph.alignment = WD_ALIGN_PARAGRAPH.RIGHT
        paragraph.paragraph_format.space_before = Pt(0 if number else BEFORE_CLOSING)
    buffer = BytesIO()
    file.save(buffer)
    return normalise_zip_bytes(buffer.getvalue())


def docx_lines(document: Document) -> dict[str, list[Words]]:
    """The words of every paragraph by the kind of part that it stands in: the document itself, header, footer, properties."""
    notices = [words("【", *notice.runs, "】") for notice in document.notices]
    return {
        "document": [
            *notices,
            document.title,
            *(place for block in document.blocks for place in block.places),
            *document.closing,
        ],
        "header": [*_header_lines(document), *_first_header_lines(document)],
        "footer": [words(" / "), words(" / ")],
        "property": [document.title],
    }


def _header_lines(document: Document) -> list[Words]:
    return [*([document.watermark] if document.watermark else []), *document.notices]


def _first_header_lines(document: Document) -> list[Words]:
    """The first page has the notices in its text."""
    return [document.watermark or words()]


def _add_block(file: DocxDocument, block: Block) -> Paragraph:
    paragraph: Paragraph
    if block.kind == "heading":
        paragraph = file.add_heading(level=min(block.level, 4))
        paragraph.add_run(block.number)
    elif block.kind == "item":
        paragraph = file.add_paragraph(style="List Bullet")
    else:
        paragraph = file.add_paragraph()
        paragraph.paragraph_format.left_indent = Pt(CHARACTER)
    for run in block.runs:
        paragraph.add_run(run.text)
    return paragraph


def _add_table(file: DocxDocument, table: Table) -> None:
    """A table whose header stands on every page and whose rows are not parted; columns are as wide as what they hold."""
    lines = [table.header, *table.rows]
    grid = file.add_table(len(lines), len(table.header), style="Table Grid")
    grid.autofit = False
    lengths = [min(max(len(row[column].text) for row in lines), LONGEST) for column in range(len(table.header))]
    widths = [int(WIDTH * (length + PADDING) / sum(length + PADDING for length in lengths)) for length in lengths]
    for column, width in zip(grid.columns, widths, strict=True):
        column.width = width
    for number, (row, cells) in enumerate(zip(grid.rows, lines, strict=True)):
        properties = row._tr.get_or_add_trPr()  # noqa: SLF001 - python-docx has no property for these
        properties.append(OxmlElement("w:cantSplit"))
        if number == 0:
            properties.append(OxmlElement("w:tblHeader"))
        for cell, told, width in zip(row.cells, cells, widths, strict=True):
            cell.width = width
            paragraph = cell.paragraphs[0]
            paragraph.paragraph_format.space_before = paragraph.paragraph_format.space_after = Pt(CELL_GAP)
            run = paragraph.add_run(told.text)
            run.font.size, run.bold = Pt(TABLE_SIZE), number == 0


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
    language = file.styles["Normal"].element.get_or_add_rPr()
    element = OxmlElement("w:lang")
    element.set(qn("w:val"), "ja-JP")
    element.set(qn("w:eastAsia"), "ja-JP")
    language.append(element)


# A drawn word behind the text of every page, in the middle of its margins.
WATERMARK = (
    f"<w:pict {nsdecls('w')} xmlns:v='urn:schemas-microsoft-com:vml' xmlns:o='urn:schemas-microsoft-com:office:office'>"
    "<v:shapetype id='watermark-type' coordsize='21600,21600' o:spt='136' path='m@7,l@8,m@5,21600l@6,21600e'>"
    "<v:path textpathok='t' o:connecttype='rect'/><v:textpath on='t' fitshape='t'/></v:shapetype>"
    "<v:shape id='watermark' type='#watermark-type' alt='案' fillcolor='#b01e1e' stroked='f'"
    " style='position:absolute;width:260pt;height:260pt;rotation:336;z-index:-1;"
    "mso-position-horizontal:center;mso-position-horizontal-relative:margin;"
    "mso-position-vertical:center;mso-position-vertical-relative:margin'>"
    "<v:fill opacity='.08'/><v:textpath style='font-family:&quot;MS Mincho&quot;' string='案'/></v:shape></w:pict>"
)


def _set_header(file: DocxDocument, document: Document) -> None:
    """Repeat on every page what a reader of any one page must know."""
    section = file.sections[0]
    section.different_first_page_header_footer = True
    for header, lines in (
        (section.header, _header_lines(document)),
        (section.first_page_header, _first_header_lines(document)),
    ):
        if document.watermark:
            header.paragraphs[0].add_run()._r.append(parse_xml(WATERMARK))  # noqa: SLF001 - python-docx has no shapes in a header
        for number, line in enumerate(lines):
            paragraph = header.paragraphs[0] if number == 0 else header.add_paragraph(style="Header")
            paragraph.alignment = WD_ALIGN_PARAGRAPH.RIGHT
            run = paragraph.add_run(line.text)
            run.font.size = Pt(8)
            run.font.color.rgb = RGBColor(0xB0, 0x1E, 0x1E)
        header.paragraphs[-1].paragraph_format.space_after = Pt(GAP)


def _set_footer(file: DocxDocument) -> None:
    for footer in (file.sections[0].footer, file.sections[0].first_page_footer):
        paragraph = footer.paragraphs[0]
        paragraph.alignment = WD_ALIGN_PARAGRAPH.CENTER
        _add_field(paragraph, "PAGE")
        paragraph.add_run(" / ")
        _add_field(paragraph, "NUMPAGES")


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
