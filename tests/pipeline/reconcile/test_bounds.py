"""What a document may ask of the machine that reads it: as much as its bounds say, and not a byte, page or moment more."""

from __future__ import annotations

import resource
import signal
import zipfile
from dataclasses import replace
from pathlib import Path

import docx
import pytest
import typst
from docx.oxml import OxmlElement
from docx.oxml.ns import qn

from pipeline.reconcile.bounds import Bounds
from pipeline.reconcile.passages import read_passages
from pipeline.workbooks.limits import MAX_EXPANDED_BYTES
from schemas.errors import InputError

WIDEST = 200_000_000


def refused(path: Path, bounds: Bounds) -> str:
    """What is told of a document that is refused for what it asks for."""
    limit = resource.getrlimit(resource.RLIMIT_AS)
    with pytest.raises(InputError) as raised:
        read_passages(path, bounds)
    assert (raised.value.reference, raised.value.where) == ("document-too-large", str(path))
    assert resource.getrlimit(resource.RLIMIT_AS) == limit
    assert signal.getitimer(signal.ITIMER_REAL) == (0, 0)
    return raised.value.found


@pytest.fixture
def pages(tmp_path: Path) -> Path:
    """A PDF of three pages."""
    path = tmp_path / "report.pdf"
    typst.compile(b"one 1 #pagebreak() two 2 #pagebreak() three 3", output=str(path))
    return path


@pytest.fixture
def wide(tmp_path: Path) -> Path:
    """A document with one cell that claims to be as wide as very many."""
    file = docx.Document()
    cell = file.add_table(1, 1).cell(0, 0)
    cell.text = "設置数 63"
    span = OxmlElement("w:gridSpan")
    span.set(qn("w:val"), str(WIDEST))
    cell._tc.get_or_add_tcPr().append(span)
    file.save(str(tmp_path / "wide.docx"))
    return tmp_path / "wide.docx"


def test_a_document_of_as_many_bytes_and_pages_as_are_allowed_is_read_and_one_more_is_not(pages: Path) -> None:
    bounds = Bounds(file_bytes=pages.stat().st_size, pages=3)
    assert [passage.text for passage in read_passages(pages, bounds)] == ["one 1\ntwo 2\nthree 3"]
    assert refused(pages, replace(bounds, pages=2)) == "more than 2 pages"
    assert refused(pages, replace(bounds, file_bytes=bounds.file_bytes - 1)) == f"a file of {bounds.file_bytes:,} bytes"


def test_a_document_that_asks_for_all_memory_is_refused(wide: Path) -> None:
    assert refused(wide, Bounds(memory=200_000_000)) == "more than 200,000,000 bytes of memory to read it"


def test_a_document_that_takes_too_long_is_refused(wide: Path, pages: Path) -> None:
    assert refused(wide, Bounds(seconds=0.05)) == "more than 0.05 seconds to read it"
    assert read_passages(pages, Bounds(seconds=60))


def test_a_file_that_expands_too_far_is_refused_before_it_is_expanded(tmp_path: Path) -> None:
    path = tmp_path / "bomb.docx"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for number in range(MAX_EXPANDED_BYTES // 100_000_000 + 1):
            archive.writestr(f"word/{number}.xml", b"0" * 100_000_000)
    assert refused(path, Bounds(memory=100_000_000)).endswith("parts in it")
