"""The fullest return goes on one page of A4, in the built-in look and in another, as an office program prints it."""

from __future__ import annotations

import json
import shutil
from dataclasses import replace
from io import BytesIO
from pathlib import Path

import polars as pl
import pytest
from docx.document import Document as DocxDocument
from docx.shared import Mm
from pdfminer.high_level import extract_text

from pipeline.home import PROJECT_ROOT
from pipeline.publish.compact import height_of, room_of
from pipeline.publish.document import Document, constant, words
from pipeline.publish.docx_template import DocxTemplate, built_in_template, find_template
from pipeline.publish.feedback.sheet import Edition, SheetWriter
from pipeline.publish.finished_pdf import count_pages
from pipeline.publish.render_docx import render_docx
from pipeline.publish.report import report_notices
from pipeline.publish.site.book import SiteBook
from schemas.errors import DeclarationError
from schemas.survey import Survey
from tests.conftest import DEMO_YEAR
from tests.pipeline.publish.test_docx_template import CREATED
from tests.support.office import saved_as
from tests.support.templates import edited, official, put_template

CODE = "111007"


def answered(folder: Path, place: Path, *, option_share: int) -> Path:
    """A copy of a release's tables in which the municipality chose every option, or every second one, and counts are large."""
    shutil.copytree(folder / "public", place / "public", ignore=shutil.ignore_patterns("site"))
    shutil.copytree(folder / "internal", place / "internal", ignore=shutil.ignore_patterns("site"))
    path = place / "internal" / "answers.parquet"
    own = pl.col("municipality_code") == CODE
    chosen = own & (pl.col("option_code") != "") & (pl.int_range(pl.len()) % option_share == 0)
    counted = own & pl.col("value_number").is_not_null()
    pl.read_parquet(path).with_columns(
        pl.when(chosen).then(pl.lit("answered")).otherwise("status").alias("status"),
        pl.when(chosen).then("option_code").otherwise("value_code").alias("value_code"),
        pl.when(counted).then(pl.lit(99999)).otherwise("value_number").cast(pl.Int64).alias("value_number"),
    ).write_parquet(path)
    return place


@pytest.fixture(scope="module")
def survey(tmp_path_factory: pytest.TempPathFactory) -> Survey:
    """The product's own survey, in a place where a template may be put."""
    root = tmp_path_factory.mktemp("one-page") / "survey"
    for name in ("schemas", "data/reference", "data/prose", "dbt_project/models"):
        shutil.copytree(PROJECT_ROOT / name, root / name, ignore=shutil.ignore_patterns("__pycache__"))
    return Survey(root)


@pytest.fixture(scope="module")
def fullest(demo_release: Path, survey: Survey, tmp_path_factory: pytest.TempPathFactory) -> Edition:
    """A release in which the municipality answered all there is otherwise than last year, with many corrections and warnings."""
    place = tmp_path_factory.mktemp("fullest")
    declarations = survey.load_year(DEMO_YEAR)
    now, before = (answered(demo_release, place / name, option_share=n) for name, n in (("now", 1), ("before", 2)))
    gate = json.loads((now / "internal" / "gate.json").read_bytes()) | {
        "returns_received": 62,
        "corrections_applied": 12,
    }
    correction = {"sheet": "④相談支援・拠点", "address": "C12", "correction_id": "by-telephone", "found_text": "12", "corrected_text": "15",
                  "reason": "担当者に電話で確かめた", "authority": "障害福祉課長"}  # fmt: skip
    warning = {"finding_id": "x", "message": "前回の回答から大きく変わっています。" * 8}
    return Edition(
        SiteBook(declarations, now, {DEMO_YEAR - 1: before}),
        tuple(report_notices(declarations, gate)),
        (words(constant("令和7年6月20日公表", "day")), words("照合番号")),
        {CODE: [correction] * 12},
        {CODE: [warning] * 12},
    )


def page_of(edition: Edition, template: DocxTemplate, code: str = CODE) -> Document:
    """The page of a municipality."""
    (municipality,) = (m for m in edition.book.declarations.municipalities if m.code == code)
    return SheetWriter(edition, template).sheet(municipality)


def printed(document: Document, template: DocxTemplate) -> tuple[int, str]:
    """How many pages an office program prints, and what stands on them."""
    pdf = saved_as(render_docx(document, CREATED, template, compact=True), "pdf", source_suffix="docx")
    return count_pages(pdf), "".join(extract_text(BytesIO(pdf)).split())


def narrow(file: DocxDocument) -> None:
    official(file)
    file.sections[0].top_margin = file.sections[0].bottom_margin = Mm(35)


def too_narrow(file: DocxDocument) -> None:
    file.sections[0].top_margin = Mm(200)


def template_of(survey: Survey, content: bytes) -> DocxTemplate:
    put_template(survey.root, DEMO_YEAR, content)
    return find_template(survey, survey.load_year(DEMO_YEAR))


@pytest.mark.parametrize("look", ["built-in", "official", "narrow"])
def test_the_fullest_return_is_one_page(fullest: Edition, survey: Survey, look: str) -> None:
    changes = {"official": official, "narrow": narrow}
    template = template_of(survey, edited(changes[look])) if look in changes else built_in_template()
    document = page_of(fullest, template)
    pages, text = printed(document, template)
    assert pages == 1
    assert "までお願いします。" in text
    assert "照合番号" in text


def test_what_is_longest_is_shortened_first_and_only_as_far_as_needed(fullest: Edition) -> None:
    template = built_in_template()
    (table,) = (block.table for block in page_of(fullest, template).blocks if block.table)
    cells = {row[0].text: row[1].text for row in table.rows}
    shortened = [label for label, said in cells.items() if "項目のうち" in said]
    assert "広域又は県全域で対応する方が良いと考える課題" in shortened
    quiet = page_of(replace(fullest, corrections={}, warnings={}, notices=()), template)
    (wider,) = (block.table for block in quiet.blocks if block.table)
    assert sum("項目のうち" in row[1].text for row in wider.rows) < len(shortened)
    room = room_of(template, 0)
    assert height_of(quiet, room.width) <= room.height


def test_a_municipality_without_a_return_has_a_page_too(fullest: Edition, tmp_path: Path) -> None:
    release = answered(fullest.book.folder, tmp_path / "without", option_share=1)
    for name in ("answers", "returns"):
        path = release / "internal" / f"{name}.parquet"
        pl.read_parquet(path).filter(pl.col("municipality_code") != CODE).write_parquet(path)
    document = page_of(replace(fullest, book=replace(fullest.book, folder=release)), built_in_template())
    assert "貴団体からは回答をいただいていません。" in [block.text for block in document.blocks]
    assert not any(block.table for block in document.blocks)


def test_of_questions_that_are_not_published_nothing_is_said(fullest: Edition) -> None:
    questions = fullest.book.declarations.questionnaire.questions
    shown = {found.question.id for found in fullest.main_questions()}
    assert {"agenda_topic", "plenary_vitality"} <= shown
    assert {questions[name].disclosure for name in shown} == {"public", "aggregate"}
    assert not any(questions[name].type == "text" for name in shown)


def test_a_template_without_room_for_any_page_is_refused(fullest: Edition, survey: Survey) -> None:
    with pytest.raises(DeclarationError) as raised:
        page_of(fullest, template_of(survey, edited(too_narrow)))
    assert f"schemas/reports/{DEMO_YEAR}.docx" in raised.value.render()
