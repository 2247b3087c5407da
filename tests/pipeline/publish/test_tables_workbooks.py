"""The two workbooks as an office program opens them."""

from __future__ import annotations

import subprocess
import sys
from datetime import datetime
from pathlib import Path

import openpyxl
import pytest
from openpyxl.workbook import Workbook

from pipeline.home import PROJECT_ROOT
from pipeline.publish import tables
from pipeline.publish.compilations import write_compilations
from pipeline.publish.reading_sheets import WIDTHS
from pipeline.publish.tables import write_tables
from pipeline.ranking import ranks
from schemas.survey import Survey, YearDeclarations
from tests.pipeline.publish.tiny_warehouse import FORMULA, MARTS, write_tiny_warehouse

AS_OF = datetime.fromisoformat("2025-06-20T09:00:00+09:00")
WRITE_TWICE = """
import sys
from datetime import datetime
from pathlib import Path

from pipeline.publish.document import words
from pipeline.publish.open_data import Edition
from pipeline.publish.reading_sheets import ReadingCell, ReadingSheet
from pipeline.publish.workbooks import write_reading_workbook
from schemas.survey import Survey

survey, folder, as_of = Survey(Path(sys.argv[1])), Path(sys.argv[2]), datetime.fromisoformat(sys.argv[3])
sheet = ReadingSheet("凡例", {(0, 0): ReadingCell(words("見出し"), "heading")}, None)
for name in ("first", "again"):
    write_reading_workbook(folder / f"{name}.xlsx", Edition(survey.load_year(2025), "表", (), as_of), [sheet])
"""
HEADER = ("番号", "設問", "項目", "数値", "単位", "記号", "基準日・期間", "備考")


@pytest.fixture
def public(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, second_survey: Survey, second_declarations: YearDeclarations
) -> Path:
    """The public folder of the tiny warehouse."""
    monkeypatch.setattr(tables, "list_marts", lambda survey: MARTS)
    warehouse = write_tiny_warehouse(tmp_path / "tiny.duckdb")
    written = write_tables(warehouse, second_survey, second_declarations, tmp_path / "out", as_of=AS_OF)
    write_compilations(written, tmp_path / "out" / "public")
    return tmp_path / "out" / "public"


@pytest.fixture
def reading(public: Path) -> Workbook:
    return openpyxl.load_workbook(public / "tables_for_reading.xlsx")


@pytest.fixture
def machines(public: Path) -> Workbook:
    return openpyxl.load_workbook(public / "tables_for_machines.xlsx")


def table_of(book: Workbook, sheet: str) -> dict[str, tuple[object, ...]]:
    """The lines below the header, by item."""
    rows = list(book[sheet].iter_rows(values_only=True))
    return {str(row[2]): row for row in rows[rows.index(HEADER) + 1 :]}


def test_reading_has_a_sheet_for_each_section(reading: Workbook, second_declarations: YearDeclarations) -> None:
    sections = [section.sheet for section in second_declarations.questionnaire.sections]
    assert reading.sheetnames == [*sections, "凡例"]
    assert all("デモ用の架空データ" in str(sheet["A2"].value) for sheet in reading)


def test_the_legend_is_read_whole_on_a_page(reading: Workbook) -> None:
    legend = reading["凡例"]
    width = legend.column_dimensions["A"].width
    tables = [sheet for sheet in reading.worksheets if sheet is not legend]
    assert {sheet.page_setup.orientation for sheet in reading.worksheets} == {"landscape"}
    assert all(abs(width - sum(c.width for c in sheet.column_dimensions.values())) < len(WIDTHS) for sheet in tables)
    for (cell,) in legend.iter_rows(min_row=2, max_col=1):
        if cell.value:
            lines = -(-2 * len(str(cell.value)) // int(width))
            assert cell.alignment.wrap_text
            assert legend.row_dimensions[cell.row].height >= 15 * (lines - 1)


def test_reading_shows_the_rounded_value_as_a_number(reading: Workbook, second_declarations: YearDeclarations) -> None:
    plans, networks = (section.sheet for section in second_declarations.questionnaire.sections)
    rows = table_of(reading, plans)
    assert rows["調査対象"][:7] == ("A01", None, "調査対象", 2, "市町村", None, "令和7年4月1日")
    assert rows[FORMULA][1] == "個別避難計画の作成"
    assert rows[FORMULA][7] == "無回答等 1件"
    assert rows["計画数"][5:] == ("pc", "令和7年4月1日", "仮定 1件")
    assert rows["1市町村当たり計画数"][3] == 22.5
    assert rows["1市町村当たり計画数"][7] == "計画数45 ÷ 調査対象2、小数第3位を四捨五入、分子に仮定 1件"
    cell = next(c for row in reading[plans].iter_rows() for c in row if c.value == 22.5)
    assert cell.number_format == "#,##0.00"
    undefined = table_of(reading, networks)["1連携当たり訓練"]
    assert undefined[3] == "－"


def test_reading_names_a_declared_period(reading: Workbook, second_declarations: YearDeclarations) -> None:
    sheet = second_declarations.questionnaire.sections[1].sheet
    assert table_of(reading, sheet)["1連携当たり訓練"][6] == "令和6年度"


def test_reading_prints_a_ranking_line_by_line(reading: Workbook, second_declarations: YearDeclarations) -> None:
    rows = table_of(reading, second_declarations.questionnaire.sections[0].sheet)
    assert rows["1位　計画数"][1:5] == ("多い取組", "1位　計画数", 45, "件")
    assert not any(item.startswith("2位") for item in rows)


@pytest.mark.parametrize(
    ("values", "expected"),
    [([], []), ([59], [1]), ([59, 51], [1, 2]), ([59, 59, 59, 51], [1, 1, 1, 4]), ([58, 54, 54, 53], [1, 2, 2, 4])],
)
def test_equal_values_share_a_rank(values: list[float], expected: list[int]) -> None:
    assert ranks(values) == expected


def test_reading_prints_on_a4(reading: Workbook) -> None:
    for sheet in reading:
        assert str(sheet.page_setup.paperSize) == "9"
        assert sheet.sheet_properties.pageSetUpPr.fitToPage
        assert sheet.page_setup.fitToWidth in (None, 1)
        assert str(sheet.page_setup.fitToHeight) == "0"
    assert reading.worksheets[0].print_title_rows


def test_machines_have_one_table_a_sheet_from_the_first_cell(machines: Workbook) -> None:
    assert machines.sheetnames == ["figures", "rankings", "mart_open", "codes", "contents", "columns", "legend"]
    for sheet in machines:
        assert not sheet.merged_cells.ranges
        header = [cell.value for cell in sheet[1]]
        assert header[0] == "year"
        assert all(isinstance(name, str) and name.isascii() for name in header)
        assert all(row[0] == 2025 for row in sheet.iter_rows(min_row=2, values_only=True))


def test_machines_keep_numbers_numbers_and_codes_text(machines: Workbook) -> None:
    rows = list(machines["figures"].iter_rows(values_only=True))
    figures = [dict(zip(rows[0], row, strict=True)) for row in rows[1:]]
    assert figures[0]["counted_count"] == 2
    assert isinstance(figures[0]["display"], str)
    assert figures[3]["value"] == 22.5
    marts = list(machines["mart_open"].iter_rows(min_row=2, values_only=True))
    assert marts[0][1] == "331007"
    assert marts[1][4] == datetime(2026, 4, 1)  # noqa: DTZ001 - a day in a workbook has no zone


@pytest.mark.parametrize("name", ["tables_for_reading.xlsx", "tables_for_machines.xlsx"])
def test_text_is_text_and_the_time_is_as_of(public: Path, name: str) -> None:
    book = openpyxl.load_workbook(public / name)
    cells = [cell for sheet in book for row in sheet.iter_rows() for cell in row]
    assert not [cell.coordinate for cell in cells if cell.data_type == "f" or cell.hyperlink]
    assert any(cell.value == FORMULA and cell.data_type == "s" for cell in cells)
    assert book.properties.created == datetime(2025, 6, 20, 0, 0)  # noqa: DTZ001 - openpyxl gives UTC without a zone
    assert "デモ用の架空データ" in str(book.properties.title)


def test_what_a_process_writes_first_it_writes_again_to_the_last_byte(tmp_path: Path, second_survey: Survey) -> None:
    subprocess.run(
        [sys.executable, "-c", WRITE_TWICE, second_survey.root, tmp_path, AS_OF.isoformat()],
        cwd=PROJECT_ROOT,
        check=True,
    )
    assert (tmp_path / "first.xlsx").read_bytes() == (tmp_path / "again.xlsx").read_bytes()
