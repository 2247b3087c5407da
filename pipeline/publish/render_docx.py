"""A document as .docx with real headings, lists and page numbers, in the look of a template; its bytes follow from its content."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from datetime import UTC, datetime
from functools import lru_cache
from io import BytesIO

from docx.document import Document as DocxDocument
from docx.enum.text import WD_ALIGN_PARAGRAPH
from docx.oxml import OxmlElement, parse_xml
from docx.oxml.ns import nsdecls
from docx.shared import Length, Pt, RGBColor
from docx.text.paragraph import Paragraph

from pipeline.publish.compact import set_compact
from pipeline.publish.document import Block, Document, Table, Words, constant, is_numeral, words
from pipeline.publish.docx_style import CHARACTER, add_page_number
from pipeline.publish.docx_template import DocxTemplate, PagePart, built_in_template, page_parts
from pipeline.publish.layout import column_shares
from pipeline.zips import normalise_zip_bytes

SMALLER = 1.5
"""Points by which a character in a table is smaller than one of the text."""
GAP, CELL_GAP, BEFORE_CLOSING = 6, 2, 18
"""Points between a list or table and what follows it, above and below the text of a cell, and before the closing lines."""


def render_docx(
    document: Document, created: datetime, template: DocxTemplate | None = None, *, compact: bool = False
) -> bytes:
    """Return the report as .docx bytes in the look of a template, without one in the built-in look.

    `created` is the only time in it, written as UTC. What the template's header and footer hold stays, ours comes below it.
    A `compact` one has lines of fixed heights, so that it is known how much goes on a page.
    """
    file = (template or built_in_template()).open()
    properties = file.core_properties
    properties.title, properties.revision = document.title.text, 1
    properties.created = properties.modified = created.astimezone(UTC).replace(tzinfo=None)
    _set_pages(file, document)
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
    if compact:
        set_compact(file)
    buffer = BytesIO()
    file.save(buffer)
    return normalise_zip_bytes(buffer.getvalue())


def docx_lines(document: Document, template: DocxTemplate | None = None) -> dict[str, list[Words]]:
    """The words of every paragraph by the kind of part that it stands in: the document itself, header, footer, properties.

    The words of the template's own header and footer are constants of the template.
    """
    used = template or built_in_template()
    beside: dict[str, list[tuple[str, list[Words]]]] = defaultdict(list)
    for part, ours in _pages(_opened(used), document):
        own = [] if part.is_empty and ours else [_own_words(text, used) for text in part.texts]
        beside[part.kind].append((part.name, [*own, *ours]))
    notices = [words("【", *notice.runs, "】") for notice in document.notices]
    return {
        "document": [
            *notices,
            document.title,
            *(place for block in document.blocks for place in block.places),
            *document.closing,
        ],
        **{kind: [line for _, lines in sorted(parts) for line in lines] for kind, parts in beside.items()},
        "property": [document.title],
    }


@lru_cache(maxsize=4)
def _opened(template: DocxTemplate) -> DocxDocument:
    """A document that is only looked at."""
    return template.open()


def _own_words(text: str, template: DocxTemplate) -> Words:
    return words(constant(text, f"template {template.name}") if any(map(is_numeral, text)) else text)


def _pages(file: DocxDocument, document: Document) -> Iterator[tuple[PagePart, list[Words]]]:
    """Each header and footer with what we write below what it has: what a reader of any one page must know.

    The first page, where it has a header of its own, has the notices in its text alone. A template that numbers its pages is
    left to do so.
    """
    parts = list(page_parts(file))
    is_numbered = any(part.has_page_number for part in parts)
    watermark = [document.watermark] if document.watermark else []
    for part in parts:
        if part.kind == "footer":
            yield part, [] if is_numbered else [words(" / ")]
        else:
            yield part, [*watermark, *(() if part.is_first else document.notices)]


def _add_block(file: DocxDocument, block: Block) -> Paragraph:
    paragraph: Paragraph
    if block.kind == "heading":
        paragraph = file.add_heading(level=min(block.level, 4))
        paragraph.add_run(block.number)
    elif block.kind == "item":
        paragraph = file.add_paragraph(style="List Bullet")
    else:
        paragraph = file.add_paragraph()
        paragraph.paragraph_format.left_indent = Pt(_character(file))
    for run in block.runs:
        paragraph.add_run(run.text)
    return paragraph


def _character(file: DocxDocument) -> float:
    """Points of a character of the text."""
    size = file.styles["Normal"].font.size
    return size.pt if size else CHARACTER


def _width(file: DocxDocument) -> int:
    """Of the text on a page, in EMU."""
    section = file.sections[0]
    width, *margins = (
        Length(value or 0) for value in (section.page_width, section.left_margin, section.right_margin, section.gutter)
    )
    return int(width - sum(margins))


def _add_table(file: DocxDocument, table: Table) -> None:
    """A table whose header stands on every page and whose rows are not parted; columns are as wide as what they hold."""
    lines = [table.header, *table.rows]
    grid = file.add_table(len(lines), len(table.header), style="Table Grid")
    grid.autofit = False
    whole, size = _width(file), Pt(_character(file) - SMALLER)
    widths = [Length(int(whole * share)) for share in column_shares(table)]
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
            run.font.size, run.bold = size, number == 0


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


def _set_pages(file: DocxDocument, document: Document) -> None:
    """Repeat on every page what a reader of any one page must know."""
    style = "Header" if "Header" in file.styles else "Normal"
    for part, lines in _pages(file, document):
        if part.kind == "footer":
            if lines:
                add_page_number(_first_free(part, style))
            continue
        for number, line in enumerate(lines):
            paragraph = part.holder.add_paragraph(style=style) if number else _first_free(part, style)
            if document.watermark and number == 0:
                paragraph.add_run()._r.append(parse_xml(WATERMARK))  # noqa: SLF001 - python-docx has no shapes in a header
            paragraph.alignment = WD_ALIGN_PARAGRAPH.RIGHT
            run = paragraph.add_run(line.text)
            run.font.size = Pt(8)
            run.font.color.rgb = RGBColor(0xB0, 0x1E, 0x1E)
        if lines:
            part.holder.paragraphs[-1].paragraph_format.space_after = Pt(GAP)


def _first_free(part: PagePart, style: str) -> Paragraph:
    """The paragraph for our first line: the only one of a header without content, else one more."""
    found: Paragraph = part.holder.paragraphs[0] if part.is_empty else part.holder.add_paragraph(style=style)
    return found
