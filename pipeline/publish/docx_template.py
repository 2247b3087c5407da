"""What a .docx looks like: the survey's own template, which officials edit in Word, or the built-in one.

Page, styles, header and footer of a template are taken; the text in its body is not. What it says in its header and footer is
the prefecture's own: its numerals are constants of the template, and one that could pass for a figure is refused.
"""

from __future__ import annotations

import re
import unicodedata
import zipfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from io import BytesIO
from typing import Any
from xml.etree.ElementTree import ParseError

import docx
from defusedxml.common import DefusedXmlException
from defusedxml.ElementTree import fromstring
from docx.document import Document as DocxDocument
from docx.enum.style import WD_STYLE_TYPE
from docx.opc.packuri import PackURI
from docx.oxml.ns import qn

from pipeline.publish.document import is_numeral
from pipeline.publish.docx_style import built_in_docx
from pipeline.publish.finished import ALTERNATIVE_TEXTS
from pipeline.workbooks.limits import MAX_EXPANDED_BYTES, MAX_FILE_BYTES, MAX_PARTS
from pipeline.zips import normalise_zip_bytes
from schemas.errors import DeclarationError
from schemas.survey import Survey, YearDeclarations

STYLES = {
    **dict.fromkeys(
        ("Normal", "Title", "Heading 1", "Heading 2", "Heading 3", "Heading 4", "List Bullet"), WD_STYLE_TYPE.PARAGRAPH
    ),
    "Table Grid": WD_STYLE_TYPE.TABLE,
}
"""What a template must have, by the names that Word itself keeps in the file, in whatever language it runs."""
DOCUMENT = "application/vnd.openxmlformats-officedocument.wordprocessingml.document.main+xml"
OLE = b"\xd0\xcf\x11\xe0"
"""How an encrypted document begins, and one in the format before .docx."""
FETCHING = re.compile(
    r"\b(INCLUDEPICTURE|INCLUDETEXT|INCLUDE|IMPORT|LINK|DDE|DDEAUTO|RD|DATABASE|EMBED|HYPERLINK|MACROBUTTON)\b",
    re.IGNORECASE,
)
"""Fields that ask for something outside the file, or run something."""
LINKING = ("src", "href", "{urn:schemas-microsoft-com:office:office}href")
"""Attributes of VML that name a file without a relation of the package."""
PAGE_NUMBER = re.compile(r"\bPAGE\b", re.IGNORECASE)
KEPT_PARTS = {"styles", "settings", "fontTable", "theme", "numbering", "webSettings"}
KEPT_OF_PACKAGE = {"officeDocument", "core-properties"}
DROPPED_SETTINGS = ("footnotePr", "endnotePr", "docVars", "rsids", "trackRevisions", "mailMerge", "documentProtection")
_OF_FIELDS = (qn("w:instrText"), qn("w:fldChar"))
_RELATION = "{http://schemas.openxmlformats.org/officeDocument/2006/relationships}"


@dataclass(frozen=True)
class DocxTemplate:
    """A template that was found good, emptied of its text; `name` is the file's path in the survey, empty for the built-in one."""

    name: str
    content: bytes

    def open(self) -> DocxDocument:
        """A new document that looks like the template and says nothing."""
        return docx.Document(BytesIO(self.content))


@lru_cache(maxsize=1)
def built_in_template() -> DocxTemplate:
    """The template of a survey that has none."""
    return DocxTemplate("", _emptied(docx.Document(BytesIO(built_in_docx()))))


def find_template(survey: Survey, declarations: YearDeclarations) -> DocxTemplate:
    """The survey's template of the year, or of the nearest year that has one; the built-in one where there is none.

    Raises DeclarationError, with the file and what to do, for one that cannot be used.
    """
    path = survey.docx_template(declarations.year)
    if path is None:
        return built_in_template()
    units = tuple(sorted({unit.label.ja for unit in declarations.units.values()} | {"%", "件", "か所"}))
    return _checked(path.relative_to(survey.root).as_posix(), path.read_bytes(), units)


@lru_cache(maxsize=4)
def _checked(name: str, content: bytes, units: tuple[str, ...]) -> DocxTemplate:
    _expect_package(name, content)
    file = docx.Document(BytesIO(content))
    styles = {style.name: style.type for style in file.styles}
    if missing := [style for style, kind in STYLES.items() if styles.get(style) != kind]:
        raise _unusable(
            name, f"no style {', '.join(missing)}", f"the styles {', '.join(STYLES)}",
            "start from `kyogikai template docx --output FILE`, which has them all, and change how they look",
        )  # fmt: skip
    _expect_one_section(name, file)
    emptied = DocxTemplate(name, _emptied(file))
    _expect_words(name, emptied.open(), units)
    return emptied


def _expect_package(name: str, content: bytes) -> None:
    """See that a file is a .docx of a reasonable size, which runs nothing and asks for nothing beyond itself."""
    save = "open it in Word and save it as .docx (Word 文書)"
    if content[:4] == OLE:
        raise _unusable(
            name, "an encrypted or an old document", "a .docx without a password", f"{save}, without a password"
        )
    try:
        with zipfile.ZipFile(BytesIO(content)) as package:
            entries = package.infolist()
            size = sum(entry.file_size for entry in entries)
            if len(content) > MAX_FILE_BYTES or size > MAX_EXPANDED_BYTES or len(entries) > MAX_PARTS:
                raise _unusable(
                    name, f"{len(entries)} parts of {size} bytes", "a smaller file", "take large pictures out of it"
                )
            parts = {e.filename: package.read(e) for e in entries}
        written = {*_xml_parts(parts), *(part for part in parts if part.lower().endswith((".xml", ".rels")))}
        trees = {part: fromstring(text) for part, text in parts.items() if part in written}
    except (
        zipfile.BadZipFile,
        NotImplementedError,
        RuntimeError,
        ParseError,
        DefusedXmlException,
        EOFError,
        OSError,
    ) as error:
        raise _unusable(name, f"no .docx: {type(error).__name__}", "a .docx", save) from error
    types = {str(e.get("ContentType")) for e in trees.get("[Content_Types].xml", ())}
    running = [part for part in parts if re.search(r"vbaProject|vbaData|/activeX/|/embeddings/", part, re.IGNORECASE)]
    if running or any("macroEnabled" in kind for kind in types):
        raise _unusable(name, f"macros or embedded objects: {', '.join(running)}", "a document without them", save)
    if DOCUMENT not in types or "word/styles.xml" not in parts:
        raise _unusable(name, "another kind of document, or one without styles", "a .docx", save)
    for part, tree in trees.items():
        _expect_nothing_outside(name, part, tree)


def _xml_parts(parts: Mapping[str, bytes]) -> set[str]:
    """The parts that the package's own list says to be XML, whatever their names end in."""
    listed = fromstring(parts.get("[Content_Types].xml", b"<Types/>"))
    kinds = {str(e.get("Extension", e.get("PartName", ""))).lower(): str(e.get("ContentType")) for e in listed}
    return {
        part
        for part in parts
        if kinds.get(f"/{part}".lower(), kinds.get(part.rpartition(".")[2].lower(), "")).endswith("xml")
    }


def _expect_nothing_outside(name: str, part: str, tree: Any) -> None:
    """See that a part of the package refers to nothing outside it, and runs nothing. Word joins a field that is parted."""
    elements = list(tree.iter())
    for element in elements:
        links = [text for key, text in element.attrib.items() if str(key) in LINKING]
        if str(element.get("TargetMode", "")).lower() == "external":
            links.append(element.get("Target", ""))
        for link in links:
            raise _unusable(name, f"a link to {link}, in {part}", "nothing outside the file", "remove the link")
    parted = "".join(
        e.text or "" if str(e.tag) == qn("w:instrText") else " " for e in elements if str(e.tag) in _OF_FIELDS
    )
    simple = " ".join(element.get(qn("w:instr"), "") for element in elements)
    if field := FETCHING.search(f"{parted} {simple}"):
        raise _unusable(name, f"a field {field.group()}, in {part}", "nothing outside the file", "remove the field")


def _expect_one_section(name: str, file: DocxDocument) -> None:
    if len(file.sections) != 1:
        raise _unusable(
            name,
            f"{len(file.sections)} sections",
            "one section",
            "remove the section breaks (セクション区切り) in its body",
        )
    columns = file.sections[0]._sectPr.find(qn("w:cols"))  # noqa: SLF001 - python-docx has no property for it
    if columns is not None and columns.get(qn("w:num"), "1") != "1":
        raise _unusable(name, "more than one column of text", "one", "set its columns (段組み) to one")


def _expect_words(name: str, file: DocxDocument, units: tuple[str, ...]) -> None:
    """See that no numeral in the header and footer looks like a figure or hides in an alternative text."""
    like_figure = re.compile(rf"(?<![第\d.,])\d[\d,.]*\s*(?:{'|'.join(map(re.escape, units))})")
    for part in page_parts(file):
        for text in part.texts:
            if found := like_figure.search(unicodedata.normalize("NFKC", text)):
                raise _unusable(
                    name, f"「{found.group()}」 in a header or footer", "no number with the unit of a figure",
                    "leave numbers of the survey to the report's text",
                )  # fmt: skip
        for element in part.element.iter():
            for key, text in element.attrib.items():
                if str(key).rpartition("}")[2] in ALTERNATIVE_TEXTS and any(map(is_numeral, str(text))):
                    raise _unusable(
                        name,
                        f"the alternative text (代替テキスト) 「{text}」",
                        "one without numerals",
                        "write it without numerals",
                    )


def _unusable(name: str, found: str, expected: str, fix: str) -> DeclarationError:
    return DeclarationError(reference="unusable-template", where=name, found=found, expected=expected, fix=fix)


def _emptied(file: DocxDocument) -> bytes:
    """The document without its body's text, and without every part that only this text or the document's history used."""
    body, part = file.element.body, file.part
    for child in list(body):
        if child.tag != qn("w:sectPr"):
            body.remove(child)
    section = file.sections[0]
    if not section.different_first_page_header_footer:
        _unlink(section, "first")
    if not file.settings.odd_and_even_pages_header_footer:
        _unlink(section, "even")
    used = {value for e in file.element.iter() for key, value in e.attrib.items() if str(key).startswith(_RELATION)}
    _drop(part.rels, lambda key, kind: key in used or kind in KEPT_PARTS)
    _drop(part.package.rels, lambda _, kind: kind in KEPT_OF_PACKAGE)
    for word in DROPPED_SETTINGS:
        for element in file.settings.element.findall(qn(f"w:{word}")):
            file.settings.element.remove(element)
    for kind in ("header", "footer"):
        own = [rel.target_part for rel in part.rels.values() if rel.reltype.endswith(f"/{kind}")]
        for number, one in enumerate(own, start=1):
            one.partname = PackURI(f"/word/{kind}{number}.xml")
    for name in ("title", "subject", "author", "keywords", "comments", "category", "last_modified_by", "content_status",
                 "identifier", "version"):  # fmt: skip
        setattr(file.core_properties, name, "")
    buffer = BytesIO()
    file.save(buffer)
    return normalise_zip_bytes(buffer.getvalue())


def _unlink(section: Any, kind: str) -> None:
    properties = section._sectPr  # noqa: SLF001 - python-docx has no property for these
    for word in ("w:headerReference", "w:footerReference"):
        for element in properties.findall(qn(word)):
            if element.get(qn("w:type")) == kind:
                properties.remove(element)


def _drop(relations: Any, keep: Any) -> None:
    for key in [k for k, r in relations.items() if not keep(k, r.reltype.rpartition("/")[2])]:
        del relations[key]


@dataclass(frozen=True)
class PagePart:
    """The header or the footer of a kind of page: of the first, of even ones, of all others."""

    kind: str
    is_first: bool
    holder: Any
    """python-docx's header or footer."""
    element: Any
    """Its XML."""

    @property
    def name(self) -> str:
        """The name of its part in the file."""
        return str(self.holder.part.partname)

    @property
    def texts(self) -> list[str]:
        """The text of each of its paragraphs."""
        return ["".join(t.text or "" for t in p.iter(qn("w:t"))) for p in self.element.iter(qn("w:p"))]

    @property
    def is_empty(self) -> bool:
        """Whether it holds one paragraph with nothing in it."""
        return len(self.element) == 1 and not list(self.element.iter(qn("w:r")))

    @property
    def has_page_number(self) -> bool:
        """Whether it shows the number of the page."""
        simple = [e.get(qn("w:instr"), "") for e in self.element.iter(qn("w:fldSimple"))]
        # A field's code may be parted; what stands around it are marks of where it begins and ends.
        parted = "".join(e.text or " " for e in self.element.iter(qn("w:instrText"), qn("w:fldChar")))
        return any(map(PAGE_NUMBER.search, [*simple, parted]))


def page_parts(file: DocxDocument) -> Iterator[PagePart]:
    """The headers and footers that a document shows; those that it lacks are made."""
    section = file.sections[0]
    shown = [(section.header, section.footer, False)]
    if section.different_first_page_header_footer:
        shown.append((section.first_page_header, section.first_page_footer, True))
    if file.settings.odd_and_even_pages_header_footer:
        shown.append((section.even_page_header, section.even_page_footer, False))
    for header, footer, is_first in shown:
        for kind, holder in (("header", header), ("footer", footer)):
            yield PagePart(kind, is_first, holder, holder._element)  # noqa: SLF001 - python-docx has no fields in a header
