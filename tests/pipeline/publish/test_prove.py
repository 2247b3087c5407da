"""No numeral without a source, and none that is another's: finished files are read again and compared place by place."""

from __future__ import annotations

import json
import re
import shutil
import zipfile
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path

import duckdb
import openpyxl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.check.gate import read_gate
from pipeline.home import Home
from pipeline.publish.document import Run, Source, constant, figure_field, words
from pipeline.publish.files import Making, write_files
from pipeline.publish.finished import read_shown_cells
from pipeline.publish.prove import Shown, has_numeral, prove_release, untraced
from pipeline.publish.release import release_year
from pipeline.run import open_run, run_year
from schemas.errors import GateRefusedError
from schemas.survey import Survey, YearDeclarations
from schemas.visible import fit_for_documents
from tests.conftest import SECOND_YEAR as YEAR
from tests.support.corrections import correction, put_corrections

AS_OF = datetime.fromisoformat("2025-06-20T09:00:00+09:00")
CODE, PLACE = "332020", ("plan_count", 1, None)


@dataclass(frozen=True)
class Unsealed:
    """The files of a revising release before it is sealed, what they must show, and the release that it follows."""

    folder: Path
    shown: Shown
    previous: Path
    declarations: YearDeclarations

    def prove(self) -> None:
        """Prove the files."""
        releases = {f"{YEAR}/r2": self.folder, f"{YEAR}/r1": self.previous}
        prove_release(self.folder, self.shown, self.declarations, releases=releases)


@pytest.fixture(scope="module")
def made(
    finished_home: Home, second_survey: Survey, second_declarations: YearDeclarations,
    tmp_path_factory: pytest.TempPathFactory,
) -> Unsealed:  # fmt: skip
    home = Home(tmp_path_factory.mktemp("proved") / "home")
    shutil.copytree(finished_home.root, home.root)
    previous = release_year(home, second_survey, YEAR, by="試験")
    put_corrections(home, YEAR, correction(second_declarations, CODE, PLACE, expect=12, to=15))
    run_year(open_run(home, second_survey, YEAR))
    gate = read_gate(home, YEAR)
    assert gate
    folder = home.root / "made"
    making = Making(home, second_survey, second_declarations, gate, "r2", "試験", AS_OF, previous)
    return Unsealed(folder, write_files(making, folder), previous, second_declarations)


@pytest.fixture
def unsealed(made: Unsealed, tmp_path: Path) -> Unsealed:
    # What is wrong with a page of the site is tried in site/test_proof.py.
    shutil.copytree(made.folder, tmp_path / "files", ignore=shutil.ignore_patterns("site"))
    return replace(made, folder=tmp_path / "files", shown=replace(made.shown, documents=dict(made.shown.documents)))


def refused(unsealed: Unsealed, reference: str, *told: str) -> None:
    with pytest.raises(GateRefusedError) as raised:
        unsealed.prove()
    assert raised.value.reference == reference
    message = raised.value.render()
    for word in told:
        assert word in message


def test_files_as_they_were_written_are_proven(made: Unsealed) -> None:
    made.prove()
    kinds = ("docx", "html", "pdf", "txt")
    documents = {"README.txt", *(f"{stem}.{kind}" for stem in ("report", "errata") for kind in kinds)}
    books = {"tables_for_reading.xlsx", "tables_for_machines.xlsx"}
    assert {f"public/{name}" for name in documents | books} | {"internal/quality.html"} == set(made.shown.documents)


def other_number(text: str) -> str:
    """The text with its first number replaced by another, as another figure's value would."""
    return re.sub(r"\d+(?=[^<>]*(?:<|$))", lambda match: "26" if match.group() != "26" else "37", text, count=1)


def edit_text(path: Path, find: str) -> str:
    """Change the number in the last line that holds these words; returns what stood there."""
    lines = path.read_text(encoding="utf-8").split("\n")
    number = max(n for n, line in enumerate(lines) if find in line and re.search(r"\d", line))
    before = re.sub(r"<[^>]+>", "", lines[number]).strip()
    at = lines[number].index(find)
    lines[number] = lines[number][:at] + other_number(lines[number][at:])
    path.write_text("\n".join(lines), encoding="utf-8")
    return before


def edit_part(path: Path, part: str, change: Callable[[str], str], *, new: bool = False) -> None:
    """Change one part of a package as somebody would who unpacks it."""
    aside = path.with_suffix(".old")
    path.rename(aside)
    with zipfile.ZipFile(aside) as source, zipfile.ZipFile(path, "w") as target:
        for entry in source.infolist():
            text = source.read(entry)
            if entry.filename == part:
                changed = change(text.decode())
                assert changed != text.decode()
                text = changed.encode()
            target.writestr(entry, text)
        if new:
            target.writestr(part, change(""))
    aside.unlink()


@pytest.mark.parametrize(
    ("name", "find", "place"),
    [
        ("public/report.txt", "計画数", "line "),
        ("public/report.html", "計画数", "<"),
        ("public/errata.txt", "計画数　誤：", "line "),
        ("public/errata.html", "計画数", "<td>"),
        ("public/README.txt", "調査の基準日：", "line "),
        ("public/report.html", "第1版", "<p>"),
        ("internal/quality.html", "<td>", "<td>"),
    ],
)
def test_a_replaced_numeral_in_a_document_is_named_with_file_and_place(
    unsealed: Unsealed, name: str, find: str, place: str
) -> None:
    edit_text(unsealed.folder / name, find)
    refused(unsealed, "unproven-numeral", f"{name}, {place}")


def test_a_replaced_numeral_in_a_word_document_is_named(unsealed: Unsealed) -> None:
    path = unsealed.folder / "public" / "report.docx"
    numbers = re.compile(r"(<w:t[^>]*>)(\d+)(</w:t>)")
    edit_part(path, "word/document.xml", lambda xml: numbers.sub(r"\g<1>9999\3", xml, count=1))
    refused(unsealed, "unproven-numeral", "public/report.docx, word/document.xml, paragraph", "9999")


@pytest.mark.parametrize(
    ("part", "change", "is_new"),
    [
        (
            "word/document.xml",
            lambda xml: xml.replace("<w:p>", '<w:p><w:r><w:drawing descr="37市町村"/></w:r>', 1),
            False,
        ),
        (
            "word/footnotes.xml",
            lambda _: (
                '<w:footnotes xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main">'
                "<w:footnote><w:p><w:r><w:t>約37</w:t></w:r></w:p></w:footnote></w:footnotes>"
            ),
            True,
        ),
    ],
    ids=["alternative text", "footnote"],
)
def test_a_numeral_where_a_word_document_has_no_text_is_untraced(
    unsealed: Unsealed, part: str, change: Callable[[str], str], is_new: bool
) -> None:
    edit_part(unsealed.folder / "public" / "report.docx", part, change, new=is_new)
    refused(unsealed, "untraced-numeral", "public/report.docx", "37")


@pytest.mark.parametrize(
    ("added", "reference"),
    [
        ('<meta name="description" content="37市町村">', "untraced-numeral"),
        ('<style>h1::after { content: "37市町村" }</style>', "untraced-numeral"), ('<style>h1 { margin: 37px }</style>', None),
        ('<img alt="37市町村">', "untraced-numeral"), ("<p>37市町村</p>", "untraced-numeral"), ("37市町村", "untraced-numeral"),
        ("<p>すべての市町村</p>", "unproven-numeral"), ('<section aria-label="表"></section>', None),
    ],
)  # fmt: skip
def test_what_is_added_to_a_page_is_found(unsealed: Unsealed, added: str, reference: str | None) -> None:
    path = unsealed.folder / "public" / "report.html"
    path.write_text(path.read_text(encoding="utf-8").replace("</main>", f"{added}</main>"), encoding="utf-8")
    if reference is None:
        unsealed.prove()
    else:
        refused(unsealed, reference, "public/report.html")


@pytest.mark.parametrize(
    "name", ["public/figures.csv", "public/mart_plans.csv", "internal/findings.csv", "public/errata.csv"]
)
def test_a_replaced_cell_of_a_csv_is_named_with_row_and_column(unsealed: Unsealed, name: str) -> None:
    path = unsealed.folder / name
    if name.endswith("findings.csv"):
        path.write_bytes(path.read_bytes() + b"2025,x\r\n")
        refused(unsealed, "unproven-numeral", name, "row ", "column year")
        return
    lines = path.read_text(encoding="utf-8-sig").splitlines()
    lines[1] = re.sub(r"\d+(?=[^\d]*$)", "26", lines[1])
    path.write_text("\ufeff" + "\r\n".join(lines) + "\r\n", encoding="utf-8", newline="")
    refused(unsealed, "unproven-numeral", name, "row 2, column ")


@pytest.mark.parametrize("name", ["public/tables_for_reading.xlsx", "public/tables_for_machines.xlsx"])
def test_a_replaced_cell_of_a_workbook_is_named_with_sheet_and_cell(unsealed: Unsealed, name: str) -> None:
    path = unsealed.folder / name
    book = openpyxl.load_workbook(path)
    sheet = book.worksheets[0]
    cell = next(
        c for row in sheet.iter_rows(min_row=3) for c in row if isinstance(c.value, int | float) and c.column > 1
    )
    cell.value += 1
    book.save(path)
    refused(unsealed, "unproven-numeral", f"{name}, {sheet.title}!{cell.coordinate}")


def test_a_number_whose_format_shows_it_otherwise_is_named(unsealed: Unsealed) -> None:
    path = unsealed.folder / "public" / "tables_for_reading.xlsx"
    book = openpyxl.load_workbook(path)
    sheet = book.worksheets[0]
    cell = next(c for row in sheet.iter_rows() for c in row if c.number_format == "#,##0.00")
    cell.number_format = "#,##0"
    book.save(path)
    refused(unsealed, "unproven-numeral", f"{sheet.title}!{cell.coordinate}")


@pytest.mark.parametrize("number_format", ['"99"', '0"9"', ';;;"99"'])
def test_a_format_that_can_show_anything_is_named(unsealed: Unsealed, number_format: str) -> None:
    path = unsealed.folder / "public" / "tables_for_reading.xlsx"
    book = openpyxl.load_workbook(path)
    cell = next(c for row in book.worksheets[0].iter_rows() for c in row if c.number_format == "#,##0")
    cell.number_format = number_format
    book.save(path)
    refused(unsealed, "unproven-numeral", f"{book.worksheets[0].title}!{cell.coordinate}")


MARGIN = "<headerFooter><oddHeader>&amp;R37</oddHeader></headerFooter>"


@pytest.mark.parametrize(
    ("name", "part", "old", "new", "reference"),
    [
        ("report.docx", "docProps/core.xml", "</dc:title>", "37</dc:title>", "unproven-numeral"),
        ("report.docx", "docProps/core.xml", "<cp:keywords/>", "<cp:keywords>37</cp:keywords>", "untraced-numeral"),
        (
            "errata.docx",
            "docProps/core.xml",
            "<dc:description/>",
            "<dc:description>37</dc:description>",
            "untraced-numeral",
        ),
        ("tables_for_reading.xlsx", "docProps/core.xml", "</dc:title>", "37</dc:title>", "unproven-numeral"),
        ("tables_for_machines.xlsx", "docProps/core.xml", "</dc:creator>", "37</dc:creator>", "untraced-numeral"),
        (
            "tables_for_reading.xlsx",
            "xl/worksheets/sheet1.xml",
            "<tableParts ",
            f"{MARGIN}<tableParts ",
            "unproven-numeral",
        ),
        (
            "tables_for_machines.xlsx",
            "xl/worksheets/sheet2.xml",
            "<tableParts ",
            f"{MARGIN}<tableParts ",
            "untraced-numeral",
        ),
    ],
)
def test_a_numeral_beside_the_text_of_a_file_is_named(
    unsealed: Unsealed, name: str, part: str, old: str, new: str, reference: str
) -> None:
    edit_part(unsealed.folder / "public" / name, part, lambda xml: xml.replace(old, new, 1))
    refused(unsealed, reference, f"public/{name}, {part}")


def test_a_replaced_value_in_the_database_is_named_with_its_table(unsealed: Unsealed) -> None:
    (path,) = (unsealed.folder / "public").glob("*.duckdb")
    with duckdb.connect(str(path)) as database:
        database.execute("update figures set display = '9999' where figure_id = 'plans.total'")
    refused(unsealed, "unproven-numeral", f"public/{path.name}, figures", "plans.total")


def test_a_table_that_was_added_to_the_database_is_named(unsealed: Unsealed) -> None:
    (path,) = (unsealed.folder / "public").glob("*.duckdb")
    with duckdb.connect(str(path)) as database:
        database.execute("create table added as select 37 as value")
    refused(unsealed, "untraced-numeral", f"public/{path.name}, added")


@pytest.mark.parametrize("key", ["title", "resources.0.title"])
def test_a_replaced_word_of_the_data_package_is_named_with_its_key(unsealed: Unsealed, key: str) -> None:
    path = unsealed.folder / "public" / "datapackage.json"
    package = json.loads(path.read_text(encoding="utf-8"))
    (package if key == "title" else package["resources"][0])["title"] += "（37市町村）"
    path.write_text(json.dumps(package, ensure_ascii=False), encoding="utf-8")
    refused(unsealed, "unproven-numeral", f"public/datapackage.json, {key}", "37")


@pytest.mark.parametrize(
    ("value", "number_format", "shown"),
    [(1741, "#,##0", "1741"), (4.9, "#,##0.0", "4.9"), (4.86, "#,##0.0", "4.9"), ("－", "General", "－")],
)
def test_a_cell_is_read_as_its_format_shows_it(tmp_path: Path, value: object, number_format: str, shown: str) -> None:
    book = openpyxl.Workbook()
    cell = book.active["B3"]
    cell.value, cell.number_format = value, number_format
    book.save(tmp_path / "book.xlsx")
    assert read_shown_cells(tmp_path / "book.xlsx") == {"Sheet": {(2, 1): shown}}


def test_a_replaced_word_of_the_csv_metadata_is_named_with_its_key(unsealed: Unsealed) -> None:
    path = unsealed.folder / "public" / "csv-metadata.json"
    group = json.loads(path.read_text(encoding="utf-8"))
    group["tables"][0]["dc:title"] += "（37市町村）"
    path.write_text(json.dumps(group, ensure_ascii=False), encoding="utf-8")
    refused(unsealed, "unproven-numeral", "public/csv-metadata.json, tables.0.dc:title", "37")


@pytest.mark.parametrize(("sheet", "cell"), [("contents", "C2"), ("columns", "D3"), ("legend", "B2")])
def test_a_replaced_word_of_a_describing_sheet_is_named(unsealed: Unsealed, sheet: str, cell: str) -> None:
    path = unsealed.folder / "public" / "tables_for_machines.xlsx"
    book = openpyxl.load_workbook(path)
    book[sheet][cell] = "37市町村"
    book.save(path)
    refused(unsealed, "unproven-numeral", f"{sheet}!{cell}", "37市町村")


def test_a_sheet_that_was_added_is_named(unsealed: Unsealed) -> None:
    path = unsealed.folder / "public" / "tables_for_machines.xlsx"
    book = openpyxl.load_workbook(path)
    book.create_sheet("追加")["A1"] = 37
    book.save(path)
    refused(unsealed, "untraced-numeral", "追加")


def shown_with(unsealed: Unsealed, run: Run) -> Unsealed:
    """The same files and model, but for a line that both have: what the model says of it is to be judged."""
    path, name = unsealed.folder / "public" / "README.txt", "public/README.txt"
    path.write_text(path.read_text(encoding="utf-8") + f"{run.text}\n", encoding="utf-8")
    lines = [*unsealed.shown.documents[name]["line"], words(run)]
    unsealed.shown.documents[name] = {"line": lines}
    return unsealed


@pytest.mark.parametrize(
    ("run", "reference"),
    [
        (Run("市町村"), None),
        (Run("〇を付ける"), None),
        (constant("37", "a constant"), None),
        (Run("37市町村"), "untraced-numeral"),
        (Run("③"), "untraced-numeral"),
        (Run("３７"), "untraced-numeral"),
        (figure_field("999", "plans.total", "display"), "unproven-numeral"),
        (figure_field("999", "plans.nowhere", "display"), "unproven-numeral"),
        (figure_field("計画数", "plans.total", "unit"), "unproven-numeral"),
        (figure_field("10", f"plans.total@{YEAR}/r1", "shown"), "unproven-numeral"),
        (Run("計画10号", Source("figure", "plans.total", "members")), None),
    ],
)
def test_what_the_model_says_of_a_line_is_judged_too(unsealed: Unsealed, run: Run, reference: str | None) -> None:
    if reference is None:
        shown_with(unsealed, run).prove()
    else:
        refused(shown_with(unsealed, run), reference, "public/README.txt, line ")


def test_a_release_with_a_numeral_that_is_not_proven_is_refused_and_leaves_nothing(
    ready: Home, second_survey: Survey, monkeypatch: pytest.MonkeyPatch
) -> None:
    def careless(folder: Path, lines: object) -> None:
        del lines
        (folder / "README.txt").write_text("37市町村\n", encoding="utf-8")

    monkeypatch.setattr("pipeline.publish.compilations.write_readme", careless)
    with pytest.raises(GateRefusedError, match=r"unproven-numeral(.|\n)*README.txt"):
        release_year(ready, second_survey, YEAR, by="甲")
    assert not list(ready.releases(YEAR).iterdir())


@given(st.text(), st.characters(categories=["Nd", "Nl", "No"], exclude_characters="〇"), st.text())
def test_a_digit_of_any_script_is_a_numeral(before: str, digit: str, after: str) -> None:
    shown = fit_for_documents(before)
    assert has_numeral(before + digit + after)
    assert untraced(words(before, constant(digit, "c"), "の")) == (shown if has_numeral(shown) else None)
