"""Opening files that strangers sent."""

from __future__ import annotations

import time
import zipfile
from contextlib import suppress
from io import BytesIO

import openpyxl
import pytest
import xlsxwriter
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.workbooks.limits import UnreadableWorkbookError
from pipeline.workbooks.opening import open_workbook
from schemas.survey import YearDeclarations
from tests.support.raw_xlsx import raw_workbook
from tests.support.workbooks import write_workbook


def workbook_bytes(**cells: object) -> bytes:
    book = openpyxl.Workbook()
    for address, value in cells.items():
        book.active[address] = value
    buffer = BytesIO()
    book.save(buffer)
    return buffer.getvalue()


def rewritten(content: bytes, part: str, old: bytes, new: bytes) -> bytes:
    """The package with one part's XML changed by hand, as no library would write it."""
    buffer = BytesIO()
    with zipfile.ZipFile(BytesIO(content)) as source, zipfile.ZipFile(buffer, "w") as target:
        for entry in source.infolist():
            data = source.read(entry)
            if entry.filename == part:
                assert old in data
                data = data.replace(old, new)
            target.writestr(entry, data)
    return buffer.getvalue()


SHEET = "xl/worksheets/sheet1.xml"
NAMESPACE = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"


def test_cells_keep_their_places_behind_empty_rows_and_columns() -> None:
    book = open_workbook(workbook_bytes(C4="あ", D9=3))
    assert book.at("Sheet", "C4").text == "あ"
    assert book.at("Sheet", "D9").value == 3
    assert book.at("Sheet", "A1").kind == "blank"


@pytest.mark.parametrize("kind", [b't="e"', b"t='e'", b't = "e"', b't\n=\t"e"'])
def test_an_error_cell_is_an_error(kind: bytes) -> None:
    content = rewritten(
        workbook_bytes(B2=7), SHEET, b'<c r="B2" t="n"><v>7</v></c>', b'<c r="B2" ' + kind + b"><v>#N/A</v></c>"
    )
    found = open_workbook(content).at("Sheet", "B2")
    assert (found.kind, found.text) == ("error", "#N/A")


def test_a_formula_without_a_saved_value_is_no_blank() -> None:
    found = open_workbook(workbook_bytes(B2="=1+1")).at("Sheet", "B2")
    assert (found.kind, found.text) == ("uncached_formula", "=1+1")


def test_a_formula_is_read_by_its_saved_value_and_told() -> None:
    content = workbook_bytes(B2="=SUM(F1:F2)", C3=4)
    saved = open_workbook(rewritten(content, SHEET, b"<f>SUM(F1:F2)</f><v></v>", b"<f>SUM(F1:F2)</f><v>55</v>"))
    assert (saved.at("Sheet", "B2").kind, saved.at("Sheet", "B2").value) == ("number", 55)
    assert [(remark.where, remark.text) for remark in saved.remarks] == [("B2の数式", "=SUM(F1:F2)")]
    assert list(open_workbook(content).remarks) == []


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"", "empty-file"),
        (b"hello", "not-excel"),
        (b"\xd0\xcf\x11\xe0" + b"\0" * 600, "damaged"),
    ],
)
def test_what_is_no_workbook_says_why(content: bytes, reason: str) -> None:
    with pytest.raises(UnreadableWorkbookError) as raised:
        open_workbook(content)
    assert raised.value.reason == reason


TYPES = "[Content_Types].xml"
PLAIN = b"application/vnd.openxmlformats-officedocument.spreadsheetml.sheet.main+xml"


@pytest.mark.parametrize(
    ("kind", "file_format"),
    [
        (PLAIN, "xlsx"),
        (b"application/vnd.ms-excel.sheet.macroEnabled.main+xml", "xlsm"),
        (b"application/vnd.openxmlformats-officedocument.spreadsheetml.template.main+xml", "xltx"),
        (b"application/vnd.ms-excel.template.macroEnabled.main+xml", "xltm"),
    ],
)
def test_workbooks_with_macros_and_templates_are_read_and_known(kind: bytes, file_format: str) -> None:
    book = open_workbook(rewritten(workbook_bytes(B2="あ"), TYPES, PLAIN, kind))
    assert (book.at("Sheet", "B2").text, book.format, list(book.notes)) == ("あ", file_format, [])


@pytest.mark.parametrize(
    ("part", "kind", "note"),
    [
        (b"/xl/vbaProject.bin", b"application/vnd.ms-office.vbaProject", "macros"),
        (b"/xl/macrosheets/sheet1.xml", b"application/vnd.ms-excel.macrosheet+xml", "macros"),
        (b"/xl/externalLinks/externalLink1.xml",
         b"application/vnd.openxmlformats-officedocument.spreadsheetml.externalLink+xml", "external-links"),
        (b"/xl/connections.xml",
         b"application/vnd.openxmlformats-officedocument.spreadsheetml.connections+xml", "external-links"),
    ],
)  # fmt: skip
def test_programs_and_links_to_other_files_are_told(part: bytes, kind: bytes, note: str) -> None:
    named = b'<Override PartName="' + part + b'" ContentType="' + kind + b'"/></Types>'
    book = open_workbook(rewritten(workbook_bytes(B2=5), TYPES, b"</Types>", named))
    assert (book.at("Sheet", "B2").value, list(book.notes)) == (5, [note])


def test_a_binary_workbook_is_refused_with_what_to_send_instead() -> None:
    buffer = BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr("xl/workbook.bin", b"x")
    with pytest.raises(UnreadableWorkbookError, match=r"binary-workbook.*\.xlsx形式で保存し直して"):
        open_workbook(buffer.getvalue())


def test_xml_entities_are_refused() -> None:
    content = rewritten(
        workbook_bytes(A1="a"), "xl/workbook.xml", b"<workbook", b'<!DOCTYPE x [<!ENTITY y "z">]><workbook'
    )
    with pytest.raises(UnreadableWorkbookError) as raised:
        open_workbook(content)
    assert raised.value.reason == "xml-entities"


def test_a_file_that_expands_too_far_is_refused_before_it_is_expanded() -> None:
    buffer = BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("xl/workbook.xml", b"")
        archive.writestr("xl/bomb.xml", b"0" * 201_000_000)
    with pytest.raises(UnreadableWorkbookError) as raised:
        open_workbook(buffer.getvalue())
    assert raised.value.reason == "expands-too-far"


def reason_of(content: bytes) -> str:
    with pytest.raises(UnreadableWorkbookError) as raised:
        open_workbook(content)
    return raised.value.reason


def far(cell: bytes, row: bytes = b'<row r="1048576">') -> bytes:
    """A workbook with one cell more at the end of its sheet, written by hand."""
    return rewritten(workbook_bytes(A1=1), SHEET, b"</sheetData>", row + cell + b"</row></sheetData>")


@pytest.mark.parametrize(
    "cell",
    [
        b'<c r="XFD1048576"><v>1</v></c>',
        b"<c r='XFD1048576'><v>1</v></c>",
        b'<c a=">" r="XFD1048576"><v>1</v></c>',
        b'<c r="&#88;FD1048576"><v>1</v></c>',
        b'<c r="AAA20000"><v>1</v></c>',
        b'<c r="ZZZZ99999999"><v>1</v></c>',
        b"<c/>" * 20 + b"<c><v>1</v></c>",
    ],
)
def test_one_far_cell_does_not_ask_for_all_memory(cell: bytes) -> None:
    assert reason_of(far(cell)) in ("too-many-cells", "damaged")


def test_an_empty_cell_far_away_is_only_formatted() -> None:
    assert open_workbook(far(b'<c r="XFD1048576" s="0"/>')).at("Sheet", "A1").value == 1


def test_a_cell_in_the_last_row_of_a_narrow_sheet_is_read() -> None:
    assert open_workbook(far(b'<c r="B1048576"><v>7</v></c>')).at("Sheet", "B1048576").value == 7


def test_more_cells_than_the_limit_are_refused_and_as_many_are_read(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("pipeline.workbooks.package.MAX_CELLS", 3)
    assert open_workbook(workbook_bytes(A1=1, A2=2, A3=3)).at("Sheet", "A3").value == 3
    assert reason_of(workbook_bytes(A1=1, A2=2, A3=3, A4=4)) == "too-many-cells"


def test_an_area_beyond_the_limit_is_refused_and_one_of_its_size_is_read(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("pipeline.workbooks.package.MAX_AREA", 2 * 1_048_576)
    assert open_workbook(far(b'<c r="B1048576"><v>7</v></c>')).at("Sheet", "B1048576").value == 7
    assert reason_of(far(b'<c r="C1048576"><v>7</v></c>')) == "too-many-cells"


def test_the_areas_of_all_sheets_are_judged_together(monkeypatch: pytest.MonkeyPatch) -> None:
    buffer = BytesIO()
    with xlsxwriter.Workbook(buffer) as book:
        for name in ("一", "二"):
            book.add_worksheet(name).write("B5000", 1)
    monkeypatch.setattr("pipeline.workbooks.package.MAX_AREA", 19_999)
    assert reason_of(buffer.getvalue()) == "too-many-cells"
    monkeypatch.setattr("pipeline.workbooks.package.MAX_AREA", 20_000)
    assert open_workbook(buffer.getvalue()).at("二", "B5000").value == 1


def test_a_cell_stands_where_it_stands_whatever_is_empty_before_it() -> None:
    book = open_workbook(workbook_bytes(C5=1, E9=0, D9=False, D11="x"))
    assert {cell.address: cell.text for cell in book} == {"C5": "1", "D9": "FALSE", "E9": "0", "D11": "x"}
    assert list(open_workbook(workbook_bytes())) == []


def test_a_cell_in_the_last_row_costs_little_time() -> None:
    content = far(b'<c r="I1048576"><v>7</v></c>')
    start = time.process_time()
    assert open_workbook(content).at("Sheet", "I1048576").value == 7
    assert time.process_time() - start < 2.5


def test_a_string_that_many_cells_repeat_is_refused_before_it_is_repeated() -> None:
    buffer = BytesIO()
    with xlsxwriter.Workbook(buffer) as book:
        book.add_worksheet("Sheet").write("A1", "長" * 32_000)
    content = buffer.getvalue()
    cells = b"".join(b'<row r="%d"><c r="A%d" t="s"><v>0</v></c></row>' % (n, n) for n in range(2, 8_000))
    assert reason_of(rewritten(content, SHEET, b"</sheetData>", cells + b"</sheetData>")) == "expands-too-far"
    few = b"".join(b'<row r="%d"><c r="A%d" t="s"><v>0</v></c></row>' % (n, n) for n in range(2, 4_000))
    assert open_workbook(rewritten(content, SHEET, b"</sheetData>", few + b"</sheetData>")).at("Sheet", "A9").text


def test_entities_behind_a_long_comment_or_in_another_encoding_are_refused() -> None:
    entity = b'<!DOCTYPE x [<!ENTITY y "z">]>'
    content = workbook_bytes(A1="a")
    late = rewritten(content, "xl/workbook.xml", b"<workbook", b"<!--" + b"x" * 9_000 + b"-->" + entity + b"<workbook")
    assert reason_of(late) == "xml-entities"
    buffer = BytesIO()
    with zipfile.ZipFile(BytesIO(content)) as source, zipfile.ZipFile(buffer, "w") as target:
        for entry in source.infolist():
            text = source.read(entry)
            is_book = entry.filename == "xl/workbook.xml"
            target.writestr(entry, (entity.decode() + text.decode()).encode("utf-16") if is_book else text)
    assert reason_of(buffer.getvalue()) == "damaged"


def test_xml_in_an_encoding_that_there_is_not_is_refused() -> None:
    content = workbook_bytes(A1=1)
    with zipfile.ZipFile(BytesIO(content)) as package:
        parts = {name: package.read(name) for name in package.namelist()}
    for name, text in parts.items():
        if name.startswith("xl/w"):
            declared = (
                b"<?xml version='1.0' encoding='x-none'?>"
                + text[text.find(b"?>") + 2 if text.startswith(b"<?") else 0 :]
            )
            assert reason_of(rewritten(content, name, text, declared)) == "damaged"


def test_every_worksheet_that_is_read_was_judged() -> None:
    strict = b"http://purl.oclc.org/ooxml/spreadsheetml/main"
    loose = b"http://schemas.openxmlformats.org/spreadsheetml/2006/main"
    content = far(b'<c r="XFD1048576"><v>1</v></c>')
    for part in ("xl/workbook.xml", SHEET):
        content = rewritten(content, part, loose, strict)
    assert reason_of(content) in ("too-many-cells", "damaged")


@pytest.mark.parametrize(
    "second",
    [b'<c r="A1"><v>2</v></c>', b'<c  r="A1"><v>2</v></c>', b'</row><row r="1"><c r="A1"><v>2</v></c>'],
    ids=["beside", "irregular", "row"],
)
def test_two_cells_in_one_place_are_no_answer(second: bytes) -> None:
    content = workbook_bytes(A1=1, B2=3)
    first = b'<c r="A1" t="n"><v>1</v></c>'
    assert reason_of(rewritten(content, SHEET, first, first + second)) == "damaged"
    other = second.replace(b"A1", b"C1")
    assert open_workbook(rewritten(content, SHEET, first, first + other)).at("Sheet", "C1").value == 2


@pytest.mark.parametrize("index", ["1?", "-1", " 1 ", "+1", "1.0", "１", "01", "1e0", "18446744073709551617", "7"])
def test_a_number_of_no_shared_string_is_never_the_first_one(index: str) -> None:
    strings = "<si><t>零</t></si><si><t>一</t></si>"
    assert open_workbook(raw_workbook('<c r="A1" t="s"><v>1</v></c>', strings=strings)).at("s", "A1").text == "一"
    assert open_workbook(raw_workbook("<c t='s' r='A1'><v>1</v></c>", strings=strings)).at("s", "A1").text == "一"
    assert open_workbook(raw_workbook('<c r="A1" t="s"/><c r="B1"><v>2</v></c>')).at("s", "A1").text == ""
    for cell in (
        f'<c r="A1" t="s"><v>{index}</v></c>',
        f'<x:c xmlns:x="{NAMESPACE}" r="A1" t="s"><x:v>{index}</x:v></x:c>',
    ):
        assert reason_of(raw_workbook(cell, strings=strings)) == "damaged"


@pytest.mark.parametrize(
    "cell",
    [
        '<c r="A1"><v>5<!-- x -->6</v></c>', '<c r="A1"><v>5<?x y?>6</v></c>',
        '<c r="A1" t="inlineStr"><is><t>a<row r="7"><c r="A7" t="inlineStr"><is><t>b</t></is></c></row></t></is></c>',
        '<c r="A1" t="str"><v>a<![CDATA[b]]>c</v></c>',
        '<c r="A1"><v ><x>5</x>6</v></c>', '<c r="A1"><v>5</v><v>6</v></c>', '<c r="A1"><v>5</v> <f/><v>6</v></c>',
        '<c r="A1" t="inlineStr"><is><t>a</t></is><v>9</v></c>', '<c r="A1" r="B1"><v>6</v></c>', '<c r="A1" t="s" t="n"><v>6</v></c>',
        '<c r="A1" t="str"><v>\x01</v></c>', '<c r="A1"><v>5</v></c><c r="a1"><v>6</v></c>',
        '<c r="A1"><v>5</v></c><c r="A01"><v>6</v></c>',
        '<c r="A1"><v>5</v></c></row></sheetData><sheetData><row r="2"><c r="A2"><v>6</v></c>',
    ],
)  # fmt: skip
def test_a_value_that_two_readers_may_read_otherwise_is_no_answer(cell: str) -> None:
    assert reason_of(raw_workbook(cell)) == "damaged"


@pytest.mark.parametrize(
    "cell",
    [
        '<!-- x --><c r="A1"><!-- y --><v>56</v><!-- z --></c>', '<c r="A1"> <v>56</v>\n</c>', '<c r="a1"><v>56</v></c>',
        '<c r="A1" t="str"><v>&#53;6</v></c>', '<c t="n" r="A1"><v>56</v></c>',
    ],
)  # fmt: skip
def test_a_value_that_is_certain_is_read_however_it_is_written(cell: str) -> None:
    assert open_workbook(raw_workbook(cell)).at("s", "A1").text == "56"


@pytest.mark.parametrize("name", [SHEET, SHEET.upper(), SHEET.replace("/", "\\"), f"/{SHEET}"])
@pytest.mark.filterwarnings("ignore:Duplicate name")
def test_a_part_that_is_there_twice_is_no_workbook(name: str) -> None:
    content = workbook_bytes(A1=1)
    buffer = BytesIO(content)
    with zipfile.ZipFile(buffer, "a") as package:
        package.writestr(name, zipfile.ZipFile(BytesIO(content)).read(SHEET).replace(b"<v>1<", b"<v>2<"))
    assert reason_of(buffer.getvalue()) == "damaged"


VALID = workbook_bytes(A1="a", B2=3, C3="=A1")


@settings(max_examples=400)
@given(st.data())
def test_damaged_bytes_are_refused_or_read_but_never_crash(data: st.DataObject) -> None:
    content = bytearray(VALID)
    for _ in range(data.draw(st.integers(1, 8))):
        content[data.draw(st.integers(0, len(content) - 1))] = data.draw(st.integers(0, 255))
    with suppress(UnreadableWorkbookError):
        open_workbook(bytes(content))


def test_a_form_is_opened_once_and_what_is_larger_than_any_form_each_time(
    second_declarations: YearDeclarations,
) -> None:
    content = write_workbook(second_declarations, "331007", {})
    again = bytes(bytearray(content))
    assert open_workbook(content) is open_workbook(again)
    large = "団体コード,値\n" + "331007,1\n" * 2_500
    assert open_workbook(large.encode()) is not open_workbook(large.encode())
    small = "団体コード,値\n" + "331007,1\n" * 2_499
    assert open_workbook(small.encode()) is open_workbook(small.encode())


def test_of_many_workbooks_the_last_ones_are_kept() -> None:
    first = open_workbook(b"a,0\n")
    for number in range(1, 200):
        open_workbook(f"a,{number}\n".encode())
    assert open_workbook(b"a,0\n") is first
    open_workbook(b"a,200\n")
    assert open_workbook(b"a,0\n") is not first
    assert [cell.text for cell in open_workbook(b"a,0\n")] == ["a", "0"]
