"""Items 1-1 to 1-8 and 1-10 of 統計表における機械判読可能なデータの表記方法の統一ルール: what files and single cells are like."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from pipeline.publish.standards.book import Book, Column, Sheet, Table, address
from pipeline.publish.standards.items import Fault, Judged, by_faults, not_applicable, unverifiable
from pipeline.publish.standards.reading import OTHER_FORMATS
from pipeline.publish.standards.texts import (
    DITTO,
    holds_several,
    is_dressed_number,
    is_number_text,
    is_spaced_out,
    letters_of_machine,
)

TOLERANCE = 1e-9


def file_format(book: Book) -> Judged:
    """1-1. Excel or CSV, or another open format; what is in the file must be what its name says."""
    suffix = f".{book.name.rpartition('.')[2].lower()}"
    if book.is_read or (book.kind == "other" and suffix in OTHER_FORMATS):
        return Judged("pass")
    if book.kind == "too_large":
        return unverifiable(book.problem)
    return by_faults([Fault(book.problem, "Excel（.xlsx）又はCSVで保存する")])


def one_datum_a_cell(book: Book) -> Judged:
    """1-2. Numbers side by side, with one in brackets, or a list in notation are more than one datum."""
    return by_faults(
        Fault(f"「{_short(text)}」", "1つのデータごとに列を分ける", sheet.name, address(row, column.number))
        for sheet, _, column in book.columns()
        for text, row in column.texts.items()
        if holds_several(text)
    )


def numbers_as_numbers(book: Book) -> Judged:
    """1-3. No commas, units or signs within numbers, and in a workbook no number kept as text.

    A column that repeats, as it is printed, a number of another column of its row is text: the number is there.
    """
    return by_faults(
        Fault(f"「{_short(text)}」", fix, sheet.name, address(row, column.number))
        for sheet, table, column in book.columns()
        for text, row, fix in _undressed(table, column)
    )


def _undressed(table: Table, column: Column) -> Iterator[tuple[str, int, str]]:
    if column.is_code:
        return
    dressed = {text: row for text, row in column.texts.items() if is_dressed_number(text)}
    plain = {} if column.is_of_texts else {text: column.texts[text] for text in column.numbers}
    looking = column.count_texts({*dressed, *plain})
    if not (column.is_numeric or looking * 2 >= column.filled_count) or repeats_a_number(table, column):
        return
    for text, row in dressed.items():
        yield text, row, "桁区切り、単位、記号や全角の数字を除き、数値だけにする"
    for text, row in plain.items():
        yield text, row, "文字列でなく数値として入力する"


def repeats_a_number(table: Table, column: Column) -> bool:
    """Whether every number of a column of texts is the number, rounded, of one and the same other column in its row."""
    count = column.count_texts(column.numbers)
    if not count or (count == column.filled_count and column.is_of_texts):
        return False
    texts = column.cells(lambda value: isinstance(value, str) and value in column.numbers)
    own = {row: column.numbers[text] for row, text in texts}
    digits = {row: len(str(column.values[row - column.top - 1]).partition(".")[2]) for row in own}
    others = (other for other in table.columns if other is not column)
    return any(
        all(_is_near(other.values[row - column.top - 1], value, digits[row]) for row, value in own.items())
        for other in others
    )


def _is_near(other: Any, value: float, digits: int) -> bool:
    """Whether a value is the number that is printed, in as many digits, however it was rounded."""
    if isinstance(other, str) and is_number_text(other):
        other = float(other)
    if isinstance(other, bool) or not isinstance(other, int | float):
        return False
    return bool(abs(other - value) <= 0.1**digits * (1 - TOLERANCE))


def no_merged_cells(book: Book) -> Judged:
    """1-4. Merged cells; CSV has none."""
    if book.kind == "csv":
        return not_applicable("CSVにはセルの結合がない。")
    return by_faults(
        Fault("結合したセル", "結合を解除し、それぞれのセルに値を入れる", sheet.name, area)
        for sheet in book.sheets
        for area in sheet.merged
    )


def no_layout_by_blanks(book: Book) -> Judged:
    """1-5. Line breaks, blanks at an end, several in a row, or between single letters."""
    return by_faults(
        Fault(f"「{_short(text)}」", "体裁のための空白や改行を除く", sheet.name, place)
        for sheet, text, place in _texts(book)
        if is_spaced_out(text)
    )


def _texts(book: Book) -> Iterator[tuple[Sheet, str, str]]:
    """Every different text of every column and outside tables, with its sheet and first place."""
    for sheet in book.sheets:
        for (row, column), text in sheet.loose_texts.items():
            yield sheet, text, address(row, column)
        for table in sheet.tables:
            for part in table.columns:
                if part.title:
                    yield sheet, part.title, address(table.top, part.number)
                for text, row in part.texts.items():
                    yield sheet, text, address(row, part.number)


def no_item_left_out(book: Book) -> Judged:
    """1-6. Titles of columns and rows that are empty or ditto marks.

    An empty cell of the first column is taken for an item left out where the cell above it is filled and is a text.
    """
    return by_faults(
        Fault(found, "省略せず、項目名をすべての行と列に書く", sheet.name, address(row, column.number))
        for sheet, table, column in book.columns()
        for row, found in _left_out(table, column)
    )


def _left_out(table: Table, column: Column) -> Iterator[tuple[int, str]]:
    if not column.title and any(value is not None for value in column.values):
        yield table.top, "項目名のない列"
    if column.title in DITTO:
        yield table.top, f"「{column.title}」"
    for mark in DITTO & column.texts.keys():
        yield column.texts[mark], f"「{mark}」"
    if column is table.columns[0] and column.texts and not column.is_numeric:
        yield from (
            (row, "空欄の項目名") for row, value in enumerate(column.values, start=table.top + 1) if value is None
        )


def no_formulas(book: Book) -> Judged:
    """1-7. Formulas; in CSV a text that becomes one when a spreadsheet opens it."""
    if book.kind == "csv":
        return by_faults(
            Fault(f"「{_short(text)}」", "計算した結果の値にする", sheet.name, place)
            for sheet, text, place in _texts(book)
            if text.startswith("=")
        )
    return by_faults(
        Fault("数式", "計算した結果の値に置き換える", sheet.name, address(*place))
        for sheet in book.sheets
        for place in sheet.formulas
    )


def no_objects(book: Book) -> Judged:
    """1-8. Pictures, charts, shapes and comments; CSV has none."""
    if book.kind == "csv":
        return not_applicable("CSVには図形などのオブジェクトがない。")
    return by_faults(
        Fault(kind, "オブジェクトを除き、内容はセルに書く", sheet.name, place)
        for sheet in book.sheets
        for kind, place in sheet.objects
    )


def no_letters_of_machine(book: Book) -> Judged:
    """1-10. Letters that differ from machine to machine."""
    names = [Fault(f"シート名の「{letter}」", "どの機種でも同じ文字に改める", sheet.name)
             for sheet in book.sheets for letter in letters_of_machine(sheet.name, book.encoding)]  # fmt: skip
    return by_faults([*names, *(
        Fault(f"「{letter}」", "どの機種でも同じ文字に改める", sheet.name, place)
        for sheet, text, place in _texts(book)
        for letter in letters_of_machine(text, book.encoding)
    )])  # fmt: skip


def _short(text: str) -> str:
    shown = text.replace("\n", "⏎")
    return shown if len(shown) <= 40 else f"{shown[:39]}…"
