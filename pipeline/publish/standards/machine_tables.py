"""Items 1-9, 1-11 to 1-13, 2-1 and 2-2 of the same rules: what a column and a table as a whole must tell."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from itertools import pairwise
from typing import Any

from pipeline.publish.standards.book import Book, Column, Sheet, Table, address, is_day
from pipeline.publish.standards.items import Fault, Judged, by_faults, not_applicable
from pipeline.publish.standards.machine_cells import repeats_a_number
from pipeline.publish.standards.texts import (
    CONCEALED_MARKS,
    SHORT_PREFECTURES,
    is_area_code,
    is_dressed_number,
    is_number_text,
    is_time_title,
    names_era_alone,
    names_western_year,
)

_UNIT_TITLES = frozenset(("unit", "units", "単位"))
_UNIT_END = re.compile(r"(?:^|_)units?$|単位$", re.IGNORECASE)
_SHEET_TITLES, _COLUMN_TITLES = (
    frozenset(("sheet", "table", "シート", "表")),
    frozenset(("column", "field", "列", "項目")),
)
_IN_TITLE = re.compile(r"[(（\[［]\s*(?:単位\s*[:：])?\s*[^()（）\[\]［］\d]{1,12}[)）\]］]\s*$|[%％‰]|単位\s*[:：]")
_ORDINAL = re.compile(r"順位|順番|での順|^順$|^No\.?$|ランク|(?:^|_)(?:order|rank|position|number|no)$", re.IGNORECASE)
_BLANK_TOLD = re.compile(r"空欄|空白のセル|空のセル|blank|empty (?:cell|field)", re.IGNORECASE)
_AREA_TITLE = re.compile(r"municipality|prefecture|(?:^|_)area(?:$|_)|都道府県|市区?町村|地域|圏域|団体", re.IGNORECASE)
_CODE_END = re.compile(r"code|コード|番号", re.IGNORECASE)
_NO_PLACE = re.compile(r"count|kind|type|数|種類|区分|割合|率", re.IGNORECASE)
_TOTALS = frozenset(("全国", "計", "合計", "総計", "総数", "県計", "都道府県計", "不明", "その他"))
_WHOLE_NAME = re.compile(r".+[都道府県市区町村]")
_MUNICIPAL = re.compile(r"municipality|市区?町村", re.IGNORECASE)
_END_NUMBER = re.compile(r"[\s_\-（(]*\d+[)）]?$")


def units_are_told(book: Book) -> Judged:
    """1-9. A column of numbers has its unit in its title, in a column of units beside it, above the table, on a sheet that
    describes columns, or in the metadata beside a CSV. Years, codes and ranks have none.
    """
    told = _described(book)
    measured = [
        (sheet, table, column)
        for sheet, table, column in book.columns()
        if column.is_numeric and not _is_without_unit(column)
    ]
    if not measured:
        return not_applicable("単位のある数値の列がない。")
    return by_faults(
        Fault(
            f"列「{column.title}」の単位がない", "項目名に（人）のように書くか、単位の列又は項目の説明に書く", sheet.name,
            address(table.top, column.number),
        )
        for sheet, table, column in measured
        if not (_has_unit(sheet, table, column) or told.get((sheet.name, column.title)))
    )  # fmt: skip


def _is_without_unit(column: Column) -> bool:
    return is_time_title(column.title) or column.is_code or _ORDINAL.search(column.title) is not None


def _has_unit(sheet: Sheet, table: Table, column: Column) -> bool:
    if _IN_TITLE.search(column.title) or any(_UNIT_END.search(part.title) for part in table.columns):
        return True
    return any("単位" in text for (row, _), text in sheet.loose_texts.items() if row < table.top)


def _described(book: Book) -> Mapping[tuple[str, str], str]:
    """Units by sheet and column, from a sheet that describes columns and from metadata beside the file."""
    found: dict[tuple[str, str], str] = {("", name): unit for name, unit in book.told.units.items()}
    for _, table in book.tables():
        heads = {column.title.lower(): column for column in table.columns}
        parts = [
            next((heads[t] for t in titles if t in heads), None)
            for titles in (_SHEET_TITLES, _COLUMN_TITLES, _UNIT_TITLES)
        ]
        if parts[0] and parts[1] and parts[2]:
            rows = zip(parts[0].values, parts[1].values, parts[2].values, strict=True)
            found |= {(str(sheet), str(name)): str(unit) for sheet, name, unit in rows if unit is not None}
    return found


def years_are_western(book: Book) -> Judged:
    """1-11. Where a title or a column tells the time, it does so by the western year or a time code of e-Stat, if need be beside
    the era, in the same cell or in another column of its row.
    """
    found = [
        *((sheet.name, address(*place), text) for sheet in book.sheets for place, text in sheet.loose_texts.items()
          if _tells_time(text)),
        *((sheet.name, address(table.top, column.number), column.title)
          for sheet, table, column in book.columns() if _tells_time(column.title)),
    ]  # fmt: skip
    timed = [(sheet, table, column) for sheet, table, column in book.columns() if _is_of_time(column)]
    if not found and not timed:
        return not_applicable("時間を表す項目がない。")
    return by_faults([
        *(Fault(f"「{text}」", "西暦を併記する", sheet, place) for sheet, place, text in found if names_era_alone(text)),
        *(
            Fault(f"「{value}」", "西暦で書くか、西暦の列を並べる", sheet.name, address(row, column.number))
            for sheet, table, column in timed
            for value, row in column.texts.items()
            if names_era_alone(value, is_time=True) and not _is_western_beside(table, column, row)
        ),
    ])  # fmt: skip


def _tells_time(text: str) -> bool:
    return names_era_alone(text) or (names_western_year(text) and "年" in text)


def _is_of_time(column: Column) -> bool:
    if column.counts and any(is_day(value) for _, value in column.firsts):
        return True
    values = [value for _, value in column.firsts]
    is_told = is_time_title(column.title) and any(
        names_western_year(value) or names_era_alone(str(value), is_time=True) for value in values
    )
    return is_told or (bool(column.texts) and all(names_era_alone(text) for text in column.texts))


def _is_western_beside(table: Table, column: Column, row: int) -> bool:
    others = (part for part in table.columns if part is not column and _is_of_time(part))
    return any(names_western_year(part.values[row - table.top - 1]) for part in others)


def areas_are_told(book: Book) -> Judged:
    """1-12. A column of places has codes, or names with 都, 道, 府, 県, 市, 区, 町 or 村. Only prefectures and municipalities are
    known here: another area, as a region, passes by any name.
    """
    placed = [
        (sheet, table, column) for sheet, table, column in book.columns()
        if _AREA_TITLE.search(column.title) and not _NO_PLACE.search(column.title) and column.firsts
    ]  # fmt: skip
    if not placed:
        return not_applicable("地域を表す項目がない。")
    coded = {
        (sheet.name, table.area) for sheet, table, column in placed if _CODE_END.search(column.title) and not any(_bad_codes(column))
    }  # fmt: skip
    return by_faults(
        Fault(f"「{value}」", fix, sheet.name, address(row, column.number))
        for sheet, table, column in placed
        for value, row, fix in _place_faults(column, has_codes=(sheet.name, table.area) in coded)
    )


def _bad_codes(column: Column) -> Iterator[tuple[Any, int]]:
    return ((value, row) for (_, value), row in column.firsts.items() if not is_area_code(str(value)))


def _place_faults(column: Column, *, has_codes: bool) -> Iterator[tuple[Any, int, str]]:
    if _CODE_END.search(column.title):
        yield from (
            (value, row, "地域コード（都道府県2桁、市区町村5桁又は検査数字を含む6桁）にする")
            for value, row in _bad_codes(column)
        )
    elif not has_codes:
        is_municipal = _MUNICIPAL.search(column.title) is not None
        for text, row in column.texts.items():
            is_short = text in SHORT_PREFECTURES or (is_municipal and not _WHOLE_NAME.fullmatch(text))
            if is_short and text not in _TOTALS and not is_number_text(text):
                yield text, row, "都道府県・市区町村まで含む名称にするか、地域コードの列を並べる"


def marks_are_the_agreed_ones(book: Book) -> Judged:
    """1-13. Among numbers only *** and X stand for what is no number; an empty cell, where the file, or the metadata beside it, says
    what it means.
    """
    numeric = [
        (sheet, table, column) for sheet, table, column in book.columns() if column.is_numeric and not repeats_a_number(table, column)
    ]  # fmt: skip
    if not numeric:
        return not_applicable("数値の列がない。")
    explains = tells_blanks(book)
    faults = [
        Fault(
            f"「{text}」", "該当する数値がないものは「***」、秘匿は「X」とする", sheet.name, address(row, column.number)
        )
        for sheet, _, column in numeric
        for text, row in column.texts.items()
        if text not in CONCEALED_MARKS and not is_number_text(text) and not is_dressed_number(text)
    ]
    blank = [
        Fault(
            "空欄",
            "「***」などの記号を入れるか、空欄の意味を凡例に書く",
            sheet.name,
            address(_first_blank(column), column.number),
        )
        for sheet, _, column in numeric
        if column.has_blank and not explains
    ]
    return by_faults([*faults, *blank])


def tells_blanks(book: Book) -> bool:
    """Whether the file, or the metadata beside it, says what an empty cell means."""
    return book.told.tells_blanks or any(_BLANK_TOLD.search(text) for text in book.texts)


def _first_blank(column: Column) -> int:
    return next(row for row, value in enumerate(column.values, start=column.top + 1) if value is None)


def data_are_whole(book: Book) -> Judged:
    """2-1. No empty rows or columns within a table, no table cut into sheets that differ in a number at the end of their names
    alone; in CSV no row with fewer fields, and none outside of its table, which begins in the first row.
    """
    return by_faults([*_cuts(book), *_cut_sheets(book), *_outside(book)])


def _outside(book: Book) -> Iterator[Fault]:
    """The rows of a CSV above its first table and below its last one: a program takes the first row for the titles."""
    for sheet in book.sheets if book.kind == "csv" else ():
        first, last = (sheet.tables[0].top, sheet.tables[-1].area[2]) if sheet.tables else (1, len(sheet.rows))
        for row in (*range(1, first), *range(last + 1, len(sheet.rows) + 1)):
            yield Fault(
                "表の外の行", "1行目を項目名とし、表題や注は別のファイルか説明の欄に書く", sheet.name, f"{row}行"
            )


def _cuts(book: Book) -> Iterator[Fault]:
    for sheet in book.sheets:
        for table in sheet.tables:
            yield from (
                Fault("表の中の空の列", "空の列を除く", sheet.name, address(table.top, column.number))
                for column in table.columns
                if not column.title and not any(value is not None for value in column.values)
            )
            blank = (row for row in range(table.top + 1, table.area[2]) if sheet.spans[row - 1] is None)
            yield from (
                Fault("表の中の空の行", "空の行を除く", sheet.name, address(row, table.area[1])) for row in blank
            )
            if book.kind == "csv":
                width = len(sheet.rows[table.top - 1])
                odd = (row for row in range(table.top, table.area[2] + 1) if len(sheet.rows[row - 1]) not in (0, width))
                yield from (
                    Fault("列の数が異なる行", f"項目と同じ{width}列にする", sheet.name, f"{row}行") for row in odd
                )
        for before, after in pairwise(sheet.tables):
            if not _begins_anew(before, after):
                yield Fault(
                    "空の行で分かれた表", "空の行を除き、1つの表にする", sheet.name, address(after.top, after.area[1])
                )


def _cut_sheets(book: Book) -> Iterator[Fault]:
    seen: dict[tuple[str, tuple[str, ...]], str] = {}
    for sheet, table in book.tables():
        stem = _END_NUMBER.sub("", sheet.name)
        heads = tuple(column.title for column in table.columns)
        if stem and stem != sheet.name and len(sheet.tables) == 1:
            before = seen.setdefault((stem, heads), sheet.name)
            if before != sheet.name:
                yield Fault(
                    f"「{before}」と同じ項目の表", "1つの表に続ける", sheet.name, address(table.top, table.area[1])
                )


def one_table_a_sheet(book: Book) -> Judged:
    """2-2. No sheet, and no CSV file, with more than one table."""
    return by_faults(
        Fault("同じシートの別の表", "表ごとにシートを分ける", sheet.name, address(after.top, after.area[1]))
        for sheet in book.sheets
        for before, after in pairwise(sheet.tables)
        if _begins_anew(before, after)
    )


def _begins_anew(before: Table, after: Table) -> bool:
    """Whether a table has titles of its own: it is marked, stands beside, repeats the titles, or has texts above numbers alone."""
    heads = [[column.title for column in table.columns] for table in (before, after)]
    if before.marked or after.marked or heads[0] == heads[1]:
        return True
    return (
        bool(heads[1])
        and all(head and not is_number_text(head) for head in heads[1])
        and len(after.columns[0].values) > 0
    )
