"""What the product itself publishes is read to the last number, also as office programs and browsers print it."""

from __future__ import annotations

import json
import re
import subprocess
from datetime import datetime
from pathlib import Path

import pytest

from pipeline.audit.listing import list_figures
from pipeline.home import PROJECT_ROOT, Home
from pipeline.publish.compilations import write_compilations
from pipeline.publish.report import compose_report, write_report
from pipeline.publish.tables import write_tables
from pipeline.reconcile.reconcile import Ours, Reconciliation, reconcile_document
from schemas.errors import InputError
from schemas.survey import Survey, YearDeclarations
from tests.support.printing import print_office

AS_OF = datetime.fromisoformat("2025-06-20T09:00:00+09:00")


@pytest.fixture(scope="module")
def declarations() -> YearDeclarations:
    return Survey(PROJECT_ROOT).load_year(2024)


@pytest.fixture(scope="module")
def told(demo_home: Home, declarations: YearDeclarations) -> Ours:
    rows = list_figures(demo_home, declarations.year)
    return {row["figure_id"]: (row["value"], row["display"], row["unit"] or "") for row in rows}


@pytest.fixture(scope="module")
def public(demo_home: Home, declarations: YearDeclarations, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The report and the tables of 2024, written as a release has them."""
    folder, survey = tmp_path_factory.mktemp("release"), Survey(PROJECT_ROOT)
    gate = json.loads((demo_home.gate(declarations.year) / "gate.json").read_text(encoding="utf-8"))
    document = compose_report(demo_home.warehouse, survey, declarations, gate, released=AS_OF)
    tables = write_tables(demo_home.warehouse, survey, declarations, folder, as_of=AS_OF)
    write_compilations(tables, folder / "public")
    write_report(document, folder / "public", created=AS_OF)
    return folder / "public"


def expect_clean(found: Reconciliation) -> None:
    assert {figure.verdict for figure in found.figures} == {"equal"}
    assert {r.published_relation for r in found.relations if r.verdict in ("violated", "warning")} == {"R32"}


@pytest.mark.parametrize("ending", ["txt", "docx", "html"])
def test_the_report_is_read_as_it_is(public: Path, declarations: YearDeclarations, told: Ours, ending: str) -> None:
    expect_clean(reconcile_document(public / f"report.{ending}", declarations, told))


def test_the_report_is_read_as_an_office_program_prints_it(
    public: Path, declarations: YearDeclarations, told: Ours, tmp_path: Path
) -> None:
    expect_clean(reconcile_document(print_office(public / "report.docx", tmp_path), declarations, told))


def test_the_report_is_read_as_a_browser_prints_it(
    public: Path, declarations: YearDeclarations, told: Ours, tmp_path: Path
) -> None:
    page, pdf = public / "report.html", tmp_path / "report.pdf"
    subprocess.run(
        ["chromium", "--headless", "--no-sandbox", f"--print-to-pdf={pdf}", page.as_uri()],  # noqa: S607
        check=True, capture_output=True, timeout=120,
    )  # fmt: skip
    expect_clean(reconcile_document(pdf, declarations, told))


def test_the_report_is_read_as_plain_text_of_what_is_printed(
    public: Path, declarations: YearDeclarations, told: Ours, tmp_path: Path
) -> None:
    pdf = print_office(public / "report.docx", tmp_path)
    text = tmp_path / "report.txt"
    subprocess.run(["pdftotext", str(pdf), str(text)], check=True, timeout=120)  # noqa: S607
    expect_clean(reconcile_document(text, declarations, told))


@pytest.mark.parametrize("is_printed", [False, True])
def test_the_tables_for_reading_are_read_as_they_are(
    public: Path, declarations: YearDeclarations, told: Ours, tmp_path: Path, *, is_printed: bool
) -> None:
    book = public / "tables_for_reading.xlsx"
    found = reconcile_document(print_office(book, tmp_path) if is_printed else book, declarations, told)
    expect_clean(found)
    expected = [f for f in declarations.figures.values() if f.operation != "ranking" and f.question]
    assert len(found.figures) >= len(expected)


def test_the_tables_for_machines_are_no_report(public: Path, declarations: YearDeclarations, told: Ours) -> None:
    with pytest.raises(InputError, match="no-report"):
        reconcile_document(public / "tables_for_machines.xlsx", declarations, told)


def test_last_years_numbers_beside_this_years_are_none_of_this_year(
    public: Path, declarations: YearDeclarations, told: Ours, tmp_path: Path
) -> None:
    text = (public / "report.txt").read_text(encoding="utf-8")
    beside, count = re.subn(r"（(\d+)市町(村?)）", r"（\1市町\2（前回57市町村））", text)
    assert count > 20
    (tmp_path / "beside.txt").write_text(beside, encoding="utf-8")
    expect_clean(reconcile_document(tmp_path / "beside.txt", declarations, told))


@pytest.mark.parametrize(
    ("old", "new"),
    [("63市町村で設置済", "63 市町村で設置済"), ("37協議会（単独", "37 協議会（単独"), ("52市町）", "52 市町）")],
)
def test_a_number_apart_from_its_unit_is_no_number_of_a_heading(
    public: Path, declarations: YearDeclarations, told: Ours, tmp_path: Path, old: str, new: str
) -> None:
    text = (public / "report.txt").read_text(encoding="utf-8")
    assert text.count(old) == 1
    (tmp_path / "apart.txt").write_text(text.replace(old, new), encoding="utf-8")
    expect_clean(reconcile_document(tmp_path / "apart.txt", declarations, told))
