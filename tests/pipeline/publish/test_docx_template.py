"""The look of documents comes from the survey's own template, which says nothing that could be taken for ours."""

from __future__ import annotations

import re
import shutil
import zipfile
from collections.abc import Callable
from datetime import datetime
from io import BytesIO
from pathlib import Path

import docx
import pytest
from docx.document import Document as DocxDocument
from docx.enum.section import WD_SECTION
from docx.opc.constants import RELATIONSHIP_TYPE
from docx.oxml import parse_xml
from docx.oxml.ns import nsdecls
from docx.shared import Mm

from pipeline.home import PROJECT_ROOT, Home
from pipeline.publish.document import Block, Document, Run, Table, constant, words
from pipeline.publish.docx_style import built_in_docx
from pipeline.publish.docx_template import DocxTemplate, built_in_template, find_template
from pipeline.publish.finished import plain, read_places
from pipeline.publish.release import release_year
from pipeline.publish.render_docx import docx_lines, render_docx
from pipeline.run import open_run, run_year
from schemas.errors import DeclarationError
from schemas.survey import Survey
from tests.conftest import SECOND_YEAR as YEAR
from tests.support.command import kyogikai
from tests.support.templates import edited, logo, official, put_template, with_part

CREATED = datetime.fromisoformat("2025-06-20T09:00:00+09:00")
TABLE = Table((words("甲"), words("乙")), ((words("丙"), words("丁")),))
DOCUMENT = Document(
    words("題"),
    (Block("heading", (Run("設置数"),), 1, "１　"), Block("item", (Run("項目"),), 1), Block("table", (), table=TABLE)),
    notices=(words("架空の回答"),), closing=(words(constant("令和7年", "day")),),
)  # fmt: skip


@pytest.fixture
def survey(second_survey: Survey, tmp_path: Path) -> Survey:
    shutil.copytree(second_survey.root, tmp_path / "survey")
    return Survey(tmp_path / "survey")


def template_of(survey: Survey, content: bytes, year: int = YEAR) -> DocxTemplate:
    put_template(survey.root, year, content)
    return find_template(survey, survey.load_year(YEAR))


def refused(survey: Survey, content: bytes, *told: str) -> None:
    with pytest.raises(DeclarationError) as raised:
        template_of(survey, content)
    assert raised.value.reference == "unusable-template"
    assert raised.value.where == f"schemas/reports/{YEAR}.docx"
    for word in told:
        assert word in raised.value.render()


def expect_shown(content: bytes, document: Document, template: DocxTemplate, tmp_path: Path) -> None:
    """Every place of the file is what the document and the template say, none more and none less."""
    (tmp_path / "file.docx").write_bytes(content)
    found = {kind: [plain(p.text) for p in places] for kind, places in read_places(tmp_path / "file.docx").items()}
    said = {kind: [plain(line.text) for line in lines] for kind, lines in docx_lines(document, template).items()}
    found.pop("alternative text", None)
    assert found == {kind: lines for kind, lines in said.items() if lines}


def test_a_survey_without_a_template_has_the_built_in_look(survey: Survey) -> None:
    assert find_template(survey, survey.load_year(YEAR)) == built_in_template()


def test_page_styles_header_and_footer_are_the_templates(survey: Survey, tmp_path: Path) -> None:
    template = template_of(survey, edited(official))
    content = render_docx(DOCUMENT, CREATED, template)
    file = docx.Document(BytesIO(content))
    section = file.sections[0]
    assert section.left_margin == pytest.approx(Mm(30), abs=Mm(1))
    assert str(file.styles["Heading 1"].font.color.rgb) == "1D4F91"
    assert [p.text for p in section.header.paragraphs] == ["　見本県福祉部　見本町1-2-3", "架空の回答"]
    assert [p.text for p in section.footer.paragraphs] == ["見本県　第3庁舎", " / "]
    assert re.findall(r"PAGE|NUMPAGES", section.footer._element.xml) == ["PAGE", "NUMPAGES"]
    with zipfile.ZipFile(BytesIO(content)) as package:
        assert logo() in [package.read(name) for name in package.namelist() if name.startswith("word/media/")]
    table_width = sum(column.width for column in file.tables[0].columns)
    assert table_width == pytest.approx(Mm(150), abs=Mm(1))
    expect_shown(content, DOCUMENT, template, tmp_path)


def test_a_template_of_another_year_serves_the_years_near_it(survey: Survey) -> None:
    template = template_of(survey, edited(official), YEAR - 3)
    assert template.name == f"schemas/reports/{YEAR - 3}.docx"


def test_nothing_of_a_templates_body_is_left(survey: Survey, tmp_path: Path) -> None:
    def change(file: DocxDocument) -> None:
        file.add_paragraph("秘密の下書き").add_run().add_picture(BytesIO(logo()))
        file.core_properties.subject = "秘密の件名"

    def firm(text: bytes) -> bytes:
        return text.replace(b"<Application>", b"<Company>secret</Company><Application>")

    content = with_part(edited(change), "docProps/app.xml", firm)
    template = template_of(survey, content)
    made = render_docx(DOCUMENT, CREATED, template)
    with zipfile.ZipFile(BytesIO(made)) as package:
        parts = {name: package.read(name) for name in package.namelist()}
    assert not [name for name in parts if name.startswith("word/media/") or "app.xml" in name or "thumbnail" in name]
    assert not [name for name, text in parts.items() if "秘密".encode() in text or b"secret" in text]
    expect_shown(made, DOCUMENT, template, tmp_path)


@pytest.mark.parametrize("holder", ["header", "footer"])
def test_a_template_that_numbers_its_pages_is_left_to_do_so(survey: Survey, holder: str) -> None:
    def change(file: DocxDocument) -> None:
        official(file)
        paragraph = getattr(file.sections[0], holder).add_paragraph()
        paragraph._p.append(parse_xml(f"<w:fldSimple {nsdecls('w')} w:instr=' PAGE  \\* MERGEFORMAT '/>"))

    file = docx.Document(BytesIO(render_docx(DOCUMENT, CREATED, template_of(survey, edited(change)))))
    assert "NUMPAGES" not in file.sections[0].footer._element.xml


def test_a_field_of_the_number_of_pages_is_no_page_number(survey: Survey) -> None:
    def change(file: DocxDocument) -> None:
        official(file)
        paragraph = file.sections[0].footer.add_paragraph()
        paragraph._p.append(parse_xml(f"<w:fldSimple {nsdecls('w')} w:instr=' NUMPAGES '/>"))

    file = docx.Document(BytesIO(render_docx(DOCUMENT, CREATED, template_of(survey, edited(change)))))
    assert [p.text for p in file.sections[0].footer.paragraphs][-1] == " / "


def test_even_pages_have_the_notices_too(survey: Survey, tmp_path: Path) -> None:
    def change(file: DocxDocument) -> None:
        official(file)
        file.settings.odd_and_even_pages_header_footer = True
        file.sections[0].even_page_header.paragraphs[0].text = "偶数ページ"

    template = template_of(survey, edited(change))
    content = render_docx(DOCUMENT, CREATED, template)
    section = docx.Document(BytesIO(content)).sections[0]
    assert [p.text for p in section.even_page_header.paragraphs] == ["偶数ページ", "架空の回答"]
    expect_shown(content, DOCUMENT, template, tmp_path)


def test_the_built_in_template_serves_as_a_file_too(survey: Survey) -> None:
    template = template_of(survey, built_in_docx())
    assert template.content == built_in_template().content


def test_the_watermark_of_a_draft_stands_beside_the_templates_header(survey: Survey) -> None:
    draft = Document(words("題"), DOCUMENT.blocks, watermark=words("未合格"))
    file = docx.Document(BytesIO(render_docx(draft, CREATED, template_of(survey, edited(official)))))
    header = file.sections[0].header
    assert [p.text for p in header.paragraphs] == ["　見本県福祉部　見本町1-2-3", "未合格"]
    assert len(list(header._element.iter("{urn:schemas-microsoft-com:vml}shape"))) == 1


def headed(text: str) -> bytes:
    def change(file: DocxDocument) -> None:
        file.sections[0].header.paragraphs[0].text = text

    return edited(change)


@pytest.mark.parametrize("text", ["電話048-830-0000", "第63回", "令和7年度", "3丁目15番1号", "市町村"])
def test_numbers_of_a_template_that_are_no_figures_may_stand(survey: Survey, text: str) -> None:
    assert template_of(survey, headed(text)).name


@pytest.mark.parametrize("text", ["県内27市町村の結果", "６３ 市町村", "12.5％"])
def test_a_number_of_a_template_that_looks_like_a_figure_is_refused(survey: Survey, text: str) -> None:
    refused(survey, headed(text), "header or footer")


def add_section(file: DocxDocument) -> None:
    file.add_section(WD_SECTION.NEW_PAGE)


def without(name: str) -> Callable[[DocxDocument], object]:
    return lambda file: file.styles[name].delete()


def described(file: DocxDocument) -> None:
    file.sections[0].header.paragraphs[0].add_run().add_picture(BytesIO(logo()))
    next(e for e in file.sections[0].header._element.iter() if str(e.tag).endswith("}docPr")).set("descr", "第1庁舎")


def linked(file: DocxDocument) -> None:
    header = file.sections[0].header
    header.part.relate_to("file:///secret", RELATIONSHIP_TYPE.IMAGE, is_external=True)


def fetching(file: DocxDocument) -> None:
    paragraph = file.sections[0].header.paragraphs[0]
    paragraph._p.append(parse_xml(f"<w:fldSimple {nsdecls('w')} w:instr=' INCLUDETEXT \"x.docx\" '/>"))


def parted(file: DocxDocument) -> None:
    """A field whose code lies in several runs, as Word leaves it after spelling was checked in its middle."""
    codes = ("INCLUDE", "PICT", 'URE "https://example.invalid/"')
    runs = "".join(f"<w:r><w:instrText>{code}</w:instrText></w:r>" for code in codes)
    begin, end = ('<w:r><w:fldChar w:fldCharType="begin"/></w:r>', '<w:r><w:fldChar w:fldCharType="end"/></w:r>')
    file.sections[0].header.paragraphs[0]._p.append(parse_xml(f"<w:p {nsdecls('w')}>{begin}{runs}{end}</w:p>"))


def drawn_from_elsewhere(file: DocxDocument) -> None:
    picture = '<v:imagedata xmlns:v="urn:schemas-microsoft-com:vml" src="https://example.invalid/a.png"/>'
    file.sections[0].header.paragraphs[0]._p.append(parse_xml(f"<w:pict {nsdecls('w')}>{picture}</w:pict>"))


ATTACHED = (
    '<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships"><Relationship Id="rId1" Type="http://'
    'schemas.openxmlformats.org/officeDocument/2006/relationships/attachedTemplate" Target="https://example.invalid/a.dotm"'
    ' TargetMode="external"/></Relationships>'
)


def under_another_name(content: bytes) -> bytes:
    """A package whose header has a name that does not end as XML does."""
    buffer = BytesIO()
    with zipfile.ZipFile(BytesIO(content)) as source, zipfile.ZipFile(buffer, "w") as target:
        for entry in source.infolist():
            text = source.read(entry).replace(b"header1.xml", b"header1.bin")
            target.writestr(entry.filename.replace("header1.xml", "header1.bin"), text)
    return buffer.getvalue()


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (b"text", "no .docx"),
        (b"", "no .docx"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600), "without a password"),
        (built_in_docx()[:-200], "no .docx"),
        (with_part(built_in_docx(), "word/vbaProject.bin", lambda _: b"macro"), "word/vbaProject.bin"),
        (with_part(built_in_docx(), "[Content_Types].xml", lambda t: t.replace(b"document.main", b"template.main")), "another kind"),
        (with_part(built_in_docx(), "word/document.xml", lambda _: b"<a"), "no .docx"),
        (with_part(built_in_docx(), "word/document.xml", lambda t: t.replace(b"?>", b'?><!DOCTYPE a [<!ENTITY b "c">]>', 1)), "no .docx"),
        (edited(without("Heading 3")), "no style Heading 3"),
        (edited(without("Table Grid")), "no style Table Grid"),
        (edited(add_section), "2 sections"),
        (edited(described), "代替テキスト"),
        (edited(linked), "file:///secret"),
        (edited(fetching), "INCLUDETEXT"),
        (edited(parted), "INCLUDEPICTURE"),
        (under_another_name(edited(fetching)), "word/header1.bin"),
        (edited(drawn_from_elsewhere), "example.invalid/a.png"),
        (with_part(built_in_docx(), "word/_rels/settings.xml.rels", lambda _: ATTACHED.encode()), "example.invalid/a.dotm"),
    ],
)  # fmt: skip
def test_a_template_that_cannot_be_used_is_refused_with_the_file(survey: Survey, content: bytes, told: str) -> None:
    refused(survey, content, told, "fix")


def test_a_bad_template_is_refused_before_anything_runs_or_is_released(ready: Home, survey: Survey) -> None:
    put_template(survey.root, YEAR, b"text")
    with pytest.raises(DeclarationError):
        open_run(ready, survey, YEAR)
    with pytest.raises(DeclarationError):
        release_year(ready, survey, YEAR, by="試験")
    assert not ready.releases(YEAR).exists()


def test_a_template_is_a_declaration_and_a_release_in_its_look_is_proven(ready: Home, survey: Survey) -> None:
    before = survey.fingerprint(YEAR)
    path = put_template(survey.root, YEAR, edited(official))
    assert survey.fingerprint(YEAR) != before
    run_year(open_run(ready, survey, YEAR))
    release = release_year(ready, survey, YEAR, by="試験")
    file = docx.Document(str(release / "public" / "report.docx"))
    assert file.sections[0].header.paragraphs[0].text == "　見本県福祉部　見本町1-2-3"
    fingerprint = survey.fingerprint(YEAR)
    path.with_name(f"~${path.name}").write_bytes(b"open in Word")
    assert survey.fingerprint(YEAR) == fingerprint


def test_the_command_writes_a_template_that_can_be_used_and_replaces_no_file(tmp_path: Path, survey: Survey) -> None:
    words = ("template", "docx", "--output", tmp_path / "own.docx")
    called = kyogikai(*words, home=tmp_path / "home", survey=PROJECT_ROOT)
    assert called.code == 0
    assert template_of(survey, (tmp_path / "own.docx").read_bytes()).name
    again = kyogikai(*words, home=tmp_path / "home", survey=PROJECT_ROOT)
    assert (again.code, "file-exists" in again.err) == (2, True)
