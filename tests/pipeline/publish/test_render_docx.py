"""The report as .docx: what every page says, and type that suits Japanese."""

from __future__ import annotations

from datetime import datetime
from html import escape
from io import BytesIO
from zoneinfo import ZoneInfo

import docx
import pytest

from pipeline.publish.document import Block, Document, Run, Table, words
from pipeline.publish.render_docx import render_docx
from pipeline.publish.render_html import render_html
from pipeline.publish.render_text import render_text

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


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("漢字\tと\n行", "漢字\tと\n行"),
        ("a\x00b\x1b[2J\x0bc", "a<U+0000>b<U+001B>[2J<U+000B>c"),
        ("千代\u202e田区", "千代<U+202E>田区"),
        ("\ufffe\ud800\uffff", "<U+FFFE><U+D800><U+FFFF>"),
        ("見え\u200bない", "見え\u200bない"),
        ("\ufffd\ue000\U0010ffff", "\ufffd\ue000\U0010ffff"),
    ],
)
def test_letters_that_nobody_sees_are_told_by_their_numbers_in_every_format(text: str, shown: str) -> None:
    table = Table((words("欄"),), ((words(text),),))
    document = Document(
        words(text), (Block("paragraph", (Run(text),)), Block("table", (), table=table)), closing=(words(text),)
    )
    content = render_docx(document, CREATED)
    file = docx.Document(BytesIO(content))
    assert [file.paragraphs[0].text, file.paragraphs[1].text, file.paragraphs[-1].text] == [shown] * 3
    assert file.tables[0].cell(1, 0).text == shown
    assert render_text(document).count(shown) == 4
    assert render_html(document).count(escape(shown)) >= 4
