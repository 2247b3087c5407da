"""Reading files that strangers made: damaged, too large, in another encoding, or written by another program."""

from __future__ import annotations

import zipfile
from pathlib import Path

import openpyxl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.publish.standards import texts
from pipeline.publish.standards.accessible import ACCESSIBLE
from pipeline.publish.standards.machine_readable import MACHINE_READABLE
from pipeline.publish.standards.reading import read_book
from pipeline.publish.standards.workbook import read_workbook
from tests.pipeline.publish.standards.making import accessible, csv_of, machine, places, xlsx_of

ROWS = [["年", "人口（人）"], [2024, 5], [2025, 6]]


def packed(path: Path, *, sheet: str) -> bytes:
    """The workbook with the XML of its first sheet replaced."""
    out = path.with_suffix(".new")
    with zipfile.ZipFile(path) as old, zipfile.ZipFile(out, "w") as new:
        for name in old.namelist():
            new.writestr(name, sheet if name == "xl/worksheets/sheet1.xml" else old.read(name))
    return out.read_bytes()


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp932"])
def test_csv_in_the_encodings_of_japan(tmp_path: Path, encoding: str) -> None:
    book = csv_of(tmp_path, "年,人口（人）\n2024,5\n", encoding=encoding)
    assert [column.title for _, _, column in book.columns()] == ["年", "人口（人）"]


@pytest.mark.parametrize("content", [b"", b"\xff\xfe\x00", b'a,"b\r\n1,2', b"a,b\x00\r\n"])
def test_what_is_no_csv_crashes_nothing(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "t.csv").write_bytes(content)
    book = read_book(tmp_path / "t.csv")
    verdicts = {item.check(book).verdict for item in (*MACHINE_READABLE.items, *ACCESSIBLE.items)}
    assert book.problem or verdicts <= {"pass", "not_applicable"}


@pytest.mark.parametrize(("count", "is_read"), [(16_384, True), (16_385, False)])
def test_more_columns_than_a_sheet_has_are_not_examined(tmp_path: Path, count: int, is_read: bool) -> None:
    book = csv_of(tmp_path, ",".join(f"c{number}" for number in range(count)) + "\n")
    assert bool(book.problem) is not is_read


def test_a_file_of_our_own_may_be_larger_than_one_of_a_stranger(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    xlsx_of(tmp_path, ROWS)
    path = tmp_path / "table.xlsx"
    monkeypatch.setattr("pipeline.publish.standards.workbook.MAX_CELLS", 3)
    assert "セル" in read_book(path).problem
    assert read_book(path, is_own=True).problem == ""


def test_metadata_that_are_damaged_tell_nothing(tmp_path: Path) -> None:
    for content in (
        "{",
        "[]",
        '{"resources": [1, {"path": "table.csv"}]}',
        '{"tables": [{"url": "table.csv", "tableSchema": 1}]}',
    ):
        for name in ("datapackage.json", "csv-metadata.json"):
            (tmp_path / name).write_text(content, encoding="utf-8")
        assert places(machine("1-9", csv_of(tmp_path, "年,人口\n2024,5\n"))) == ["B1"]


def test_csv_on_the_web_tells_units_and_blanks_too(tmp_path: Path) -> None:
    told = '{"tables": [{"url": "table.csv", "tableSchema": {"columns": [{"name": "人口", "schema:unitText": "人", "null": ""}]}}]}'
    (tmp_path / "csv-metadata.json").write_text(told, encoding="utf-8")
    book = csv_of(tmp_path, "年,人口\n2024,5\n2025,\n")
    assert machine("1-9", book).verdict == machine("1-13", book).verdict == "pass"


def test_a_workbook_of_another_program_with_prefixes_and_without_places_is_read(tmp_path: Path) -> None:
    xlsx_of(tmp_path, ROWS)
    sheet = (
        '<x:worksheet xmlns:x="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><x:sheetData><x:row><x:c t="inlineStr"><x:is>'
        '<x:t>年</x:t></x:is></x:c><x:c t="inlineStr"><x:is><x:t>計</x:t></x:is></x:c></x:row><x:row><x:c><x:v>2024</x:v></x:c>'
        "<x:c><x:f>1+2</x:f><x:v>3</x:v></x:c></x:row></x:sheetData></x:worksheet>"
    )
    book = read_workbook("t.xlsx", packed(tmp_path / "table.xlsx", sheet=sheet))
    assert (book.problem, places(machine("1-7", book))) == ("", ["人口!B2"])


FAR = (
    '<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><sheetData><row r="1"><c r="A1"><v>1</v></c></row>'
    '<row r="1048576"><c r="XFD1048576"><v>1</v></c></row></sheetData></worksheet>'
)


@pytest.mark.parametrize("sheet", ["<worksheet/>", "no xml", '<!DOCTYPE w [<!ENTITY a "b">]><worksheet/>', FAR])
def test_a_sheet_that_cannot_be_read_says_why(tmp_path: Path, sheet: str) -> None:
    xlsx_of(tmp_path, ROWS)
    book = read_workbook("t.xlsx", packed(tmp_path / "table.xlsx", sheet=sheet))
    assert not book.is_read or not book.sheets[0].rows
    assert bool(book.problem) == (not book.is_read)
    # Its format may be right: it is only too much to look at.
    assert (book.kind == "too_large") == (sheet == FAR)


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    folder = tmp_path_factory.mktemp("whole")
    xlsx_of(folder, ROWS)
    return (folder / "table.xlsx").read_bytes()


@given(at=st.floats(0, 1, exclude_max=True), by=st.integers(1, 255))
def test_damaged_bytes_never_crash(whole: bytes, at: float, by: int) -> None:
    content = bytearray(whole)
    content[int(at * len(content))] ^= by
    book = read_workbook("t.xlsx", bytes(content))
    for item in (*MACHINE_READABLE.items, *ACCESSIBLE.items):
        assert item.check(book).verdict in ("pass", "fail", "not_applicable", "unverifiable")


@given(st.text(max_size=30))
def test_every_text_is_judged_by_every_item(text: str) -> None:
    for judge in (
        texts.holds_several,
        texts.is_dressed_number,
        texts.is_spaced_out,
        texts.is_symbol,
        texts.is_area_code,
    ):
        assert judge(text) in (True, False)
    assert set(texts.letters_of_machine(text, "cp932")) <= set(text)
    assert set(texts.letters_of_machine(text, "utf-8")) <= set(texts.letters_of_machine(text, "cp932"))


@given(st.integers(-(10**9), 10**9) | st.floats(allow_nan=False, allow_infinity=False, width=32))
def test_a_number_is_a_number_and_nothing_else(value: float) -> None:
    text = str(value)
    assert texts.is_number_text(text)
    assert not texts.is_dressed_number(text)
    assert not texts.holds_several(text)
    assert texts.is_dressed_number(f"{abs(int(value)) % 1000}人")


def test_looks_of_cells_are_those_of_the_workbook(tmp_path: Path) -> None:
    made = openpyxl.Workbook()
    for row in range(1, 40):
        made.worksheets[0].cell(row, 1, f"k{row}").font = openpyxl.styles.Font(size=row + 5)
    made.create_sheet("次")["B2"] = "k"
    made.save(tmp_path / "t.xlsx")
    book = read_book(tmp_path / "t.xlsx")
    assert [book.look(book.sheets[0], row, 1).size for row in range(1, 40)] == [row + 5 for row in range(1, 40)]
    assert len(places(accessible(16, book))) == 7
