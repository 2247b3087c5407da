"""Items 1 to 13 of the checklist for accessible spreadsheets: tables, and notes to them."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from itertools import pairwise

from pipeline.publish.standards.book import Book, Column, Sheet, Table, address
from pipeline.publish.standards.items import Fault, Judged, by_faults, not_applicable
from pipeline.publish.standards.machine_tables import tells_blanks
from pipeline.publish.standards.texts import width_of

NO_TABLE = "表がない。"
_USUAL_TABLE = re.compile(r"(?:Table|テーブル|表|List|Tabelle)_?\d*", re.IGNORECASE)
_USUAL_COLUMN = re.compile(r"(?:Column|列)\s?\d+", re.IGNORECASE)
_SIGN_OF_NOTE = re.compile(r"(?<=[^\s*])(?:\*{1,3}|[†‡§¹²³⁰⁴-⁹]+|※\s*\d*)$")
_MARKER = re.compile(
    r"[\[［(（]\s*(?:note|notes|注記?)\s*\d+(?:\s*[,、]\s*\d+)*\s*[\])）］]|(?<!\w)注\s*\d+", re.IGNORECASE
)
_BARE_MARKER = re.compile(r"(?<=[^\s\d])\s?\[\d+\]$|(?<=[^\s\d(（])\d{1,2}[)）]$")
_NOTES_SHEET = re.compile(r"notes?|注|注記|注釈|凡例", re.IGNORECASE)
_NUMBER_IN = re.compile(r"\d+")


def tables_are_marked(book: Book) -> Judged:
    """1. Every area that looks like a table is marked as one."""
    if not any(sheet.tables for sheet in book.sheets):
        return not_applicable(NO_TABLE)
    return by_faults(
        Fault("テーブルになっていない表", "「テーブルとして書式設定」で表を指定する", sheet.name, _area(table))
        for sheet, table in book.tables()
        if table.marked is None
    )


def tables_have_names(book: Book) -> Judged:
    """2. A table's name is not the one that a program gives."""
    marked = [(sheet, table.marked) for sheet, table in book.tables() if table.marked]
    if not marked:
        return not_applicable("テーブルとして指定された表がない。")
    return by_faults(
        Fault(f"「{part.name}」", "内容の分かる名前を付ける", sheet.name)
        for sheet, part in marked
        if not part.name or _USUAL_TABLE.fullmatch(part.name)
    )


def nothing_is_merged(book: Book) -> Judged:
    """3. No merged cells, and no table within another."""
    merged = [
        Fault("結合したセル", "結合を解除する", sheet.name, area) for sheet in book.sheets for area in sheet.merged
    ]
    nested = [
        Fault(f"「{one.name}」と重なる表「{other.name}」", "表を分けて置く", sheet.name)
        for sheet in book.sheets
        for number, one in enumerate(sheet.marked)
        for other in sheet.marked[number + 1 :]
        if one.area[0] <= other.area[2] and other.area[0] <= one.area[2] and one.area[1] <= other.area[3] and other.area[1] <= one.area[3]
    ]  # fmt: skip
    return by_faults([*merged, *nested])


def tables_are_without_gaps(book: Book) -> Judged:
    """4. No empty rows or columns within tables; an empty row that cuts one into two areas counts."""
    if not any(sheet.tables for sheet in book.sheets):
        return not_applicable(NO_TABLE)
    return by_faults(_gaps(book))


def _gaps(book: Book) -> Iterator[Fault]:
    for sheet in book.sheets:
        for table in sheet.tables:
            blank = (row for row in range(table.top + 1, table.area[2] + 1) if not _is_filled(sheet, table, row))
            if any(any(value is not None for value in column.values) for column in table.columns):
                yield from (
                    Fault("表の中の空の行", "空の行を除く", sheet.name, address(row, table.area[1])) for row in blank
                )
            for column in table.columns:
                if column.values and not column.title and all(value is None for value in column.values):
                    yield Fault("表の中の空の列", "空の列を除く", sheet.name, address(table.top, column.number))
        loose = [table for table in sheet.tables if table.marked is None]
        for before, after in pairwise(loose):
            if [column.title for column in before.columns] != [column.title for column in after.columns]:
                continue
            yield Fault("空の行で分かれた表", "空の行を除く", sheet.name, address(after.top, after.area[1]))


def _is_filled(sheet: Sheet, table: Table, row: int) -> bool:
    span = sheet.spans[row - 1] if row <= len(sheet.spans) else None
    return span is not None and (span[2] > 0 and span[0] <= table.area[3] and span[1] >= table.area[1])


def tables_have_one_head(book: Book) -> Judged:
    """5. One row of titles that is marked as such; every title is there, is no program's own, and stands once."""
    if not any(sheet.tables for sheet in book.sheets):
        return not_applicable(NO_TABLE)
    return by_faults(fault for sheet, table in book.tables() for fault in _head_faults(sheet, table))


def _head_faults(sheet: Sheet, table: Table) -> Iterator[Fault]:
    if table.marked is None or table.marked.head_rows != 1:
        yield Fault(
            "見出し行の指定がない表", "見出し行を1行にし、テーブルの見出し行に指定する", sheet.name, _area(table)
        )
    seen: set[str] = set()
    for column in table.columns:
        place = address(table.top, column.number)
        if not column.title.strip() or _USUAL_COLUMN.fullmatch(column.title):
            yield Fault(f"見出し「{column.title}」", "内容の分かる見出しを書く", sheet.name, place)
        elif column.title in seen:
            yield Fault(f"重なる見出し「{column.title}」", "列ごとに異なる見出しにする", sheet.name, place)
        seen.add(column.title)


def texts_are_wrapped(book: Book) -> Judged:
    """6. A text that is wider than its column is wrapped. Letters are taken to be as wide as in print of one size, Japanese ones
    twice as wide; a text outside tables may run over the empty cells to its right.
    """
    return by_faults(fault for sheet in book.sheets for fault in _unwrapped(book, sheet))


def _unwrapped(book: Book, sheet: Sheet) -> Iterator[Fault]:
    fix = "セルの書式で「折り返して全体を表示する」にするか、列を広げる"
    for table in sheet.tables:
        for column in table.columns:
            room = sheet.widths.get(column.number, sheet.usual_width)
            for text, row in ((column.title, table.top), *_shown_wide(column, room)):
                if width_of(text) > room and not book.look(sheet, row, column.number).wraps:
                    yield Fault(f"「{text[:20]}…」", fix, sheet.name, address(row, column.number))
    for (row, number), text in sheet.loose_texts.items():
        room = sheet.widths.get(number, sheet.usual_width)
        if width_of(text) > room and sheet.at(row, number + 1) is not None and not book.look(sheet, row, number).wraps:
            yield Fault(f"「{text[:20]}…」", fix, sheet.name, address(row, number))


def _shown_wide(column: Column, room: float) -> Iterable[tuple[str, int]]:
    """The texts of a column that are wider than it; a letter takes two characters at most."""
    wide = {text for text in column.texts if len(text) * 2 > room and width_of(text) > room}
    return (
        ((value, row) for row, value in column.cells(lambda value: isinstance(value, str) and value in wide))
        if wide
        else ()
    )


def no_filters_or_panes(book: Book) -> Judged:
    """7. Neither filters nor frozen panes."""
    return by_faults(
        Fault(kind, "解除する", sheet.name, place)
        for sheet in book.sheets
        for kind, place, is_there in (
            ("フィルター", "", sheet.has_filter or any(part.has_filter for part in sheet.marked)),
            ("ウィンドウ枠の固定", "", sheet.has_panes),
        )
        if is_there
    )


def blanks_are_told(book: Book) -> Judged:
    """8. Where cells of a table are empty, a text of the workbook says what an empty cell means."""
    blank = [(sheet, table, column) for sheet, table, column in book.columns() if column.has_blank]
    if not blank or tells_blanks(book):
        return Judged("pass")
    fix = "空欄の意味を書くか、[x] などの記号を入れて説明する"
    return by_faults(Fault("空欄", fix, sheet.name, f"列「{column.title}」") for sheet, _, column in blank)


def nothing_is_hidden(book: Book) -> Judged:
    """9. No hidden sheets, rows or columns."""
    return by_faults(
        Fault("非表示", "表示するか、削除する", sheet.name, "" if what == "シート" else what)
        for sheet in book.sheets
        for what in sheet.hidden
    )


def notes_are_not_signs(book: Book) -> Judged:
    """10. No raised letters, and no sign such as * or † behind a text, lead to a note."""
    raised = [
        Fault("上付き又は下付きの文字", "[注1] のように書く", sheet.name, place)
        for sheet in book.sheets
        for place in _raised(book, sheet)
    ]
    return by_faults([*raised, *(
        Fault(f"「{text[-20:]}」", "記号の代わりに [注1] のように書く", sheet.name, place)
        for sheet, text, place, _ in texts_of(book)
        if _SIGN_OF_NOTE.search(text)
    )])  # fmt: skip


def _raised(book: Book, sheet: Sheet) -> Iterator[str]:
    yield from sorted(sheet.raised)
    styles = {number for number, look in enumerate(book.looks) if look.is_raised}
    yield from (
        address(*place) for place, style in sheet.styles.items() if style in styles and sheet.at(*place) is not None
    )


def notes_are_called_notes(book: Book) -> Judged:
    """11. What leads to a note says that it does: [note 1] or 注1, not a number alone."""
    marked = list(texts_of(book))
    if not any(_MARKER.search(text) or _BARE_MARKER.search(text) for _, text, _, _ in marked):
        return not_applicable("注への参照がない。")
    return by_faults(
        Fault(f"「{text[-20:]}」", "[注1] のように「注」と番号を書く", sheet.name, place)
        for sheet, text, place, _ in marked
        if _BARE_MARKER.search(text) and not _MARKER.search(text)
    )


def notes_stand_in_titles(book: Book) -> Judged:
    """12. What leads to a note stands in titles or in a column of its own, not beside a datum."""
    found = [
        (sheet, text, place, column)
        for sheet, text, place, column in texts_of(book)
        if _MARKER.search(text) and sheet.name
    ]
    within = [part for part in found if part[3] is not None and not _is_of_notes(part[3])]
    if not found:
        return not_applicable("注への参照がない。")
    return by_faults(
        Fault(f"「{text[-20:]}」", "見出し、標題又は注の列に移す", sheet.name, place)
        for sheet, text, place, _ in within
        if not _NOTES_SHEET.fullmatch(sheet.name)
    )


def notes_have_a_sheet(book: Book) -> Judged:
    """13. Notes stand in a table on a sheet of notes that has every number that is referred to."""
    numbers = {
        number
        for sheet, text, _, _ in texts_of(book)
        if not _NOTES_SHEET.fullmatch(sheet.name)
        for marker in _MARKER.findall(text)
        for number in _NUMBER_IN.findall(marker)
    }
    if not numbers:
        return not_applicable("注への参照がない。")
    sheets = [sheet for sheet in book.sheets if _NOTES_SHEET.fullmatch(sheet.name)]
    told = {
        number
        for sheet in sheets
        for table in sheet.tables
        for _, value in table.columns[0].firsts
        for number in _NUMBER_IN.findall(str(value))
    }
    return by_faults(
        Fault(f"注{number}の本文がない", "注のシートの表に、番号と本文を書く", sheets[0].name if sheets else "")
        for number in sorted(numbers - told, key=int)
    )


def texts_of(book: Book) -> Iterator[tuple[Sheet, str, str, Column | None]]:
    """(sheet, text, first place, column) of every different text; the column is None for titles and outside tables."""
    for sheet in book.sheets:
        for (row, number), text in sheet.loose_texts.items():
            yield sheet, text, address(row, number), None
        for table in sheet.tables:
            for column in table.columns:
                yield sheet, column.title, address(table.top, column.number), None
                for text, row in column.texts.items():
                    yield sheet, text, address(row, column.number), column


def _is_of_notes(column: Column) -> bool:
    return re.fullmatch(r"notes?|注|注記|備考", column.title.strip(), re.IGNORECASE) is not None


def _area(table: Table) -> str:
    top, left, bottom, right = table.area
    return f"{address(top, left)}:{address(bottom, right)}"
