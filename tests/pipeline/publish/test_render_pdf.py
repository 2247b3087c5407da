"""The report as PDF: tagged, with its own fonts, the words of the document in their order, and nothing read as markup."""

from __future__ import annotations

import subprocess
import sys
from dataclasses import replace
from datetime import datetime
from io import BytesIO
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pdfminer.pdfdocument import PDFDocument
from pdfminer.pdfpage import PDFPage
from pdfminer.pdfparser import PDFParser
from pdfminer.pdftypes import resolve1

from pipeline.publish.document import Block, Document, Run, Table, Words, constant, figure_field, words
from pipeline.publish.finished import Places, read_places, solid
from pipeline.publish.finished_pdf import count_pages
from pipeline.publish.prove import prove_documents
from pipeline.publish.render_pdf import pdf_lines, printable, render_pdf
from schemas.errors import GateRefusedError

CREATED = datetime.fromisoformat("2025-06-20T09:00:00+09:00")


def heading(text: str, level: int) -> Block:
    return Block("heading", (Run(text),), level, "（１）")


def paragraph(text: str) -> Block:
    return Block("paragraph", (Run(text),))


def long_table(rows: int) -> Block:
    header = (words("番号"), words("項目の名称"))
    return Block("table", (), table=Table(header, tuple((words("甲"), words("名称" * 30)) for _ in range(rows))))


BLOCKS = (heading("設置数", 1), paragraph("本文"), Block("item", (Run("項目"),), 1), Block("item", (Run("二つ目"),), 1))
WHOLE = Document(
    words("題"),
    (*BLOCKS, long_table(60)),
    (words("架空の回答"),),
    words("未合格"),
    (words(constant("令和7年", "day")),),
)


def read(content: bytes, tmp_path: Path) -> Places:
    (tmp_path / "file.pdf").write_bytes(content)
    return read_places(tmp_path / "file.pdf")


def expect_shown(document: Document, tmp_path: Path) -> Places:
    """The file holds at every place what the document says, and nothing else."""
    content = render_pdf(document, CREATED)
    found = read(content, tmp_path)
    said = pdf_lines(document, count_pages(content))
    shown = {kind: [solid(place.text) for place in places] for kind, places in found.items()}
    assert shown == {kind: [solid(line.text) for line in lines] for kind, lines in said.items() if lines}
    return found


def catalog(content: bytes) -> tuple[PDFDocument, dict[str, object]]:
    document = PDFDocument(PDFParser(BytesIO(content)))
    return document, document.catalog


def test_every_word_is_there_in_order_with_notices_and_watermark_on_every_page(tmp_path: Path) -> None:
    found = expect_shown(WHOLE, tmp_path)
    pages = len(found["footer"])
    assert pages > 2
    assert [place.text for place in found["footer"]] == [f"{n} / {pages}" for n in range(1, pages + 1)]
    assert [place.text for place in found["background"]] == ["案"] * pages
    assert [place.text for place in found["header"]] == ["未合格", *["未合格架空の回答"] * (pages - 1)]


def test_a_document_of_a_title_alone_is_one_page_without_header(tmp_path: Path) -> None:
    found = expect_shown(Document(words("題"), ()), tmp_path)
    assert ("header" in found, "background" in found, len(found["footer"])) == (False, False, 1)


def test_it_is_tagged_in_japanese_with_title_bookmarks_and_its_fonts_within() -> None:
    document, found = catalog(render_pdf(WHOLE, CREATED))
    assert found["Lang"] in (b"ja", b"ja-JP")
    assert resolve1(found["MarkInfo"])["Marked"] is True
    assert resolve1(found["ViewerPreferences"])["DisplayDocTitle"] is True
    assert b"pdfuaid" in resolve1(found["Metadata"]).get_data()
    assert [title for _, title, *_ in document.get_outlines()] == ["（１）設置数"]
    for page in PDFPage.create_pages(document):
        for font in resolve1(page.resources["Font"]).values():
            (descendant,) = resolve1(resolve1(font)["DescendantFonts"])
            assert "FontFile3" in resolve1(resolve1(descendant)["FontDescriptor"])


@pytest.mark.parametrize(
    "levels", [(1, 2, 3, 4), (2, 4), (4, 1, 3)], ids=["in order", "begins below", "jumps"]
)  # fmt: skip
def test_headings_of_every_order_are_tagged_without_a_gap(levels: tuple[int, ...], tmp_path: Path) -> None:
    document = Document(words("題"), tuple(heading("設置", level) for level in levels))
    found = expect_shown(document, tmp_path)
    tags = [int(place.where[2]) for place in found["element"] if place.where.startswith("<H")]
    assert tags[0] == 1
    assert all(after <= before + 1 for before, after in pairwise(tags))


@pytest.mark.parametrize(
    "text",
    ["#panic()", "*強い* _斜め_", "$x$", "\\", "<label> @ref", "= 見出し", "// 注", "/* 注", "`code`", "#read(\"/etc/passwd\")",
     "[括弧]", "- 項目", "\"引用\" 'か'", "https://example.jp", "a~b--c...", "葛\U000e0100城市", "髙﨑 𠮷野 ①Ⅲ㋀〜～−", "が\u3099"],
)  # fmt: skip
def test_a_text_is_shown_as_it_is_wherever_it_stands(text: str, tmp_path: Path) -> None:
    table = Block("table", (), table=Table((words(text),), ((words(text),),)))
    places = (heading(text, 1), paragraph(text), Block("item", (Run(text),), 1), table)
    found = expect_shown(Document(words(text), places, (words(text),), closing=(words(text),)), tmp_path)
    assert solid(text) in [solid(place.text) for place in found["element"]]


@given(st.text(max_size=40))
def test_any_text_at_all_is_a_pdf(text: str) -> None:
    content = render_pdf(Document(words(f"題{text}"), (paragraph(text),)), CREATED)
    assert count_pages(content) >= 1


@pytest.mark.parametrize(
    ("text", "shown"),
    [("漢字", "漢字"), ("笑😀顔", "笑〓顔"), ("一\n二\t三", "一 二 三"), ("a\u202eb\x07c\u200bd", "abcd"), ("", "")],
)
def test_a_letter_that_no_font_has_is_a_geta_and_what_controls_is_left_out(text: str, shown: str) -> None:
    assert printable(text) == shown


def test_the_same_document_gives_the_same_bytes_and_another_day_others() -> None:
    again = render_pdf(WHOLE, CREATED)
    assert render_pdf(WHOLE, CREATED) == again
    assert render_pdf(WHOLE, CREATED.replace(day=21)) != again


def prove(document: Document, lines: Document, folder: Path) -> None:
    """Prove the PDF of one document as that of another."""
    content = render_pdf(document, CREATED)
    (folder / "file.pdf").write_bytes(content)
    prove_documents(folder, {"file.pdf": pdf_lines(lines, count_pages(content))}, releases={})


def test_a_pdf_that_says_another_number_or_word_is_refused(tmp_path: Path) -> None:
    def said(text: str) -> Document:
        return replace(WHOLE, blocks=(Block("paragraph", words(constant(text, "x"), "市").runs), long_table(50)))

    prove(said("26"), said("26"), tmp_path)
    with pytest.raises(GateRefusedError) as raised:
        prove(said("27"), said("26"), tmp_path)
    assert (raised.value.reference, raised.value.where.split(" (")[0]) == ("unproven-numeral", "file.pdf, <P> 3")


@pytest.mark.parametrize("change", [{"title": words("別")}, {"watermark": None}, {"notices": ()}, {"closing": ()}])
def test_what_stands_on_every_page_and_beside_it_is_proven_too(change: dict[str, object], tmp_path: Path) -> None:
    with pytest.raises(GateRefusedError):
        prove(replace(WHOLE, **change), WHOLE, tmp_path)  # type: ignore[arg-type]


@pytest.mark.parametrize("line", [words("27市"), words(figure_field("27市", "unknown", "shown"))])
def test_a_numeral_without_a_source_or_of_no_figure_is_refused(line: Words, tmp_path: Path) -> None:
    document = Document(words("題"), (Block("paragraph", line.runs),))
    with pytest.raises(GateRefusedError):
        prove(document, document, tmp_path)


def test_a_text_outside_every_tag_is_a_place_too(tmp_path: Path) -> None:
    import typst

    content = bytes(typst.compile(b"#pdf.artifact[27] A", format="pdf"))
    kinds = {kind for kind, places in read(content, tmp_path).items() for place in places if "27" in place.text}
    assert kinds == {"artifact"}


def test_the_command_line_loads_no_typesetter() -> None:
    code = "import sys, pipeline.cli, pipeline.run; sys.exit('typst' in sys.modules or 'pdfminer' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
