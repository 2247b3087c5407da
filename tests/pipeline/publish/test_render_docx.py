"""The report as .docx: what every page says, and type that suits Japanese."""

from __future__ import annotations

from datetime import datetime
from io import BytesIO
from zoneinfo import ZoneInfo

import docx

from pipeline.publish.document import Block, Document, Run, words
from pipeline.publish.render_docx import render_docx

CREATED = datetime(2024, 12, 2, 9, tzinfo=ZoneInfo("Asia/Tokyo"))
BLOCKS = (Block("heading", (Run("設置数"),), 4, "ア　"), Block("paragraph", (Run("本文"),)))


def test_notices_and_watermark_stand_in_the_header_of_every_page() -> None:
    document = Document(words("題"), BLOCKS, notices=(words("架空の回答"),), watermark=words("未合格"))
    file = docx.Document(BytesIO(render_docx(document, CREATED)))
    assert [p.text for p in file.sections[0].header.paragraphs] == ["未合格", "架空の回答"]
    (watermark,) = file.sections[0].header._element.iter("{urn:schemas-microsoft-com:vml}shape")
    assert watermark.get("alt") == "案"


def test_a_report_without_notices_has_an_empty_header() -> None:
    file = docx.Document(BytesIO(render_docx(Document(words("題"), BLOCKS), CREATED)))
    header = file.sections[0].header
    assert "".join(p.text for p in header.paragraphs) == ""
    assert not list(header._element.iter("{urn:schemas-microsoft-com:vml}shape"))


def test_headings_are_real_numbered_and_upright() -> None:
    file = docx.Document(BytesIO(render_docx(Document(words("題"), BLOCKS), CREATED)))
    heading = next(p for p in file.paragraphs if p.style.name == "Heading 4")
    assert heading.text == "ア　設置数"
    assert heading.style.font.italic is False


def test_the_same_document_gives_the_same_bytes() -> None:
    assert render_docx(Document(words("題"), BLOCKS), CREATED) == render_docx(Document(words("題"), BLOCKS), CREATED)
