"""An official letter of a Japanese office as .docx: day, addressee, sender, subject, text, and what it comes down to (記)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from io import BytesIO

import docx
from docx.document import Document
from docx.enum.text import WD_ALIGN_PARAGRAPH
from docx.oxml.ns import qn
from docx.shared import Mm, Pt
from docx.text.paragraph import Paragraph

from pipeline.japanese import FULL_WIDTH, WEEKDAYS, era_date
from pipeline.zips import normalise_zip_bytes
from schemas.visible import visible

FONT, SIZE = "游明朝", 10.5
MARGIN = Mm(25)


@dataclass(frozen=True)
class Letter:
    """What a letter says; `items` are numbered below 記, `notice` stands above everything."""

    day: datetime
    addressee: str
    sender: str
    subject: str
    paragraphs: Sequence[str]
    items: Sequence[tuple[str, str]]
    notice: str = ""


_TO_ADDRESSEE = (
    ("パスワードが分かる場合は passwords.yaml に書いてからもう一度受け付けてください。分からない場合は、", ""),
    ("パスワードを passwords.yaml に書いてからもう一度受け付けるか、", ""),
    ("登録簿に追加したうえで、一覧から選び直してもらってください", "正式な名称と構成市町村を理由欄に御記入ください"),
    ("回答が正しいときは登録簿を改めてください", "御回答が正しいときは、その旨を理由欄に御記入ください"),
    ("事務局が替わったときは登録簿を改めてください", "事務局が替わったときは、その旨を理由欄に御記入ください"),
    ("てもらってください", "てください"),
)
"""What is said to the office that runs the survey, and what it says in its turn to a municipality."""


def to_addressee(message: str) -> str:
    """A finding's message, which speaks to the office that runs the survey, as that office would write it to a municipality."""
    for said, written in _TO_ADDRESSEE:
        message = message.replace(said, written)
    return message


def letter_day(day: date) -> str:
    """A day as a letter prints it: 令和７年５月３０日（金）."""
    return f"{era_date(day).translate(FULL_WIDTH)}（{WEEKDAYS[day.weekday()]}）"


def write_letter(letter: Letter) -> bytes:
    """Return the letter as .docx bytes; the same letter gives the same bytes."""
    file = docx.Document()
    _set_page(file, letter)
    if letter.notice:
        _add(file, f"【{letter.notice}】").runs[0].bold = True
    _add(file, era_date(letter.day.date()).translate(FULL_WIDTH), WD_ALIGN_PARAGRAPH.RIGHT)
    _add(file, letter.addressee)
    _add(file, letter.sender, WD_ALIGN_PARAGRAPH.RIGHT)
    subject = _add(file, letter.subject, WD_ALIGN_PARAGRAPH.CENTER)
    subject.runs[0].bold = True
    subject.paragraph_format.space_before = subject.paragraph_format.space_after = Pt(14)
    for text in letter.paragraphs:
        _add(file, text).paragraph_format.first_line_indent = Pt(SIZE)
    _add(file, "記", WD_ALIGN_PARAGRAPH.CENTER).paragraph_format.space_before = Pt(12)
    for number, (label, text) in enumerate(letter.items, start=1):
        item = _add(file, f"{str(number).translate(FULL_WIDTH)}　{label}　{text}")
        item.paragraph_format.left_indent, item.paragraph_format.first_line_indent = Pt(2 * SIZE), Pt(-2 * SIZE)
    _add(file, "以上", WD_ALIGN_PARAGRAPH.RIGHT)
    buffer = BytesIO()
    file.save(buffer)
    return normalise_zip_bytes(buffer.getvalue())


def _set_page(file: Document, letter: Letter) -> None:
    section = file.sections[0]
    section.page_width, section.page_height = Mm(210), Mm(297)
    section.left_margin = section.right_margin = section.top_margin = section.bottom_margin = MARGIN
    normal = file.styles["Normal"]
    normal.font.name, normal.font.size = FONT, Pt(SIZE)
    normal.element.rPr.rFonts.set(qn("w:eastAsia"), FONT)
    properties = file.core_properties
    properties.title, properties.author, properties.comments, properties.last_modified_by = letter.subject, "", "", ""
    properties.created = properties.modified = letter.day.astimezone(UTC).replace(tzinfo=None)


def _add(file: Document, text: str, alignment: WD_ALIGN_PARAGRAPH | None = None) -> Paragraph:
    paragraph = file.add_paragraph(visible(text, kept="\n\t"))
    paragraph.paragraph_format.space_after = Pt(4)
    if alignment is not None:
        paragraph.alignment = alignment
    return paragraph
