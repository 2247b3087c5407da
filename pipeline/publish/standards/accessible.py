"""«Making spreadsheets accessible: a brief checklist of the basics» (Government Analysis Function, United Kingdom, July 2021).

It sums up «Releasing statistics in spreadsheets». Items bear numbers by their order in the list, over all of its five sections:
tables 1 to 9, footnotes 10 to 13, formatting 14 to 25, structure 26 to 31, before publishing 32 to 35. The list calls some
items essential for passing the accessibility regulations. What is asked is told in our words, and what of it code judges in the
docstring of each check.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

from pipeline.publish.standards import accessible_looks as looks
from pipeline.publish.standards import accessible_tables as tables
from pipeline.publish.standards.book import Book, Sheet, address
from pipeline.publish.standards.items import Fault, Item, Judged, Standard, by_faults, not_applicable, unverifiable

ESSENTIAL = frozenset((1, 3, 4, 5, 6, 8, 10, 14, 15, 17, 19, 22, 23, 26, 27, 28, 29, 32, 34, 35))
"""Items that the list marks with (E)."""
_USUAL_SHEET = re.compile(r"(?:Sheet|シート|Worksheet)\s*\d*", re.IGNORECASE)


def sheets_have_own_names(book: Book) -> Judged:
    """26. Every sheet has a name of its own, and not the one that a program gives."""
    names = [sheet.name.casefold() for sheet in book.sheets]
    return by_faults(
        Fault(f"シート名「{sheet.name}」", "内容の分かる、ほかと異なる名前を付ける", sheet.name)
        for number, sheet in enumerate(book.sheets)
        if _USUAL_SHEET.fullmatch(sheet.name) or names.index(sheet.name.casefold()) != number
    )


def no_empty_sheets(book: Book) -> Judged:
    """27. No sheet without a value."""
    return by_faults(
        Fault("空のシート", "削除する", sheet.name) for sheet in book.sheets if not any(span for span in sheet.spans)
    )


def column_a_leads(book: Book) -> Judged:
    """28. Whoever reads down column A finds everything: A1 is filled, no row between there and the tables is empty, and none begins
    farther right.
    """
    return by_faults(fault for sheet in book.sheets if any(sheet.spans) for fault in _gaps_in_a(sheet))


def _gaps_in_a(sheet: Sheet) -> Iterator[Fault]:
    last = min((table.top for table in sheet.tables), default=len(sheet.rows))
    for row in range(1, last + 1):
        span = sheet.spans[row - 1] if row <= len(sheet.spans) else None
        if span is None:
            yield Fault("空の行", "空の行を除き、行の高さで間を空ける", sheet.name, address(row, 1))
        elif span[0] > 1:
            yield Fault("A列が空の行", "A列から書く", sheet.name, address(row, 1))


def tables_begin_at_the_edge(book: Book) -> Judged:
    """29. Every table begins in column A."""
    if not any(sheet.tables for sheet in book.sheets):
        return not_applicable(tables.NO_TABLE)
    return by_faults(
        Fault("A列から始まらない表", "表をA列から始める", sheet.name, address(table.top, table.area[1]))
        for sheet, table in book.tables()
        if table.area[1] > 1
    )


def nothing_stands_below(book: Book) -> Judged:
    """30. No text below a table."""
    if not any(sheet.tables for sheet in book.sheets):
        return not_applicable(tables.NO_TABLE)
    return by_faults(
        Fault(f"表の下の「{text[:20]}」", "表の上か、注のシートに移す", sheet.name, address(row, column))
        for sheet in book.sheets
        if sheet.tables
        for (row, column), text in sheet.loose_texts.items()
        if row > min(table.area[2] for table in sheet.tables)
    )


def one_table_a_sheet(book: Book) -> Judged:
    """31. No sheet with more than one table."""
    return by_faults(
        Fault(f"{len(sheet.tables)}つの表", "表ごとにシートを分ける", sheet.name, address(*sheet.tables[1].area[:2]))
        for sheet in book.sheets
        if len(sheet.tables) > 1
    )


def spelling_is_right(_: Book) -> Judged:
    """32. Spelling and grammar: names and terms of a survey stand in no list of words."""
    return unverifiable("誤字や文法の誤りの有無は、プログラムでは判断できない。")


def checker_was_used(_: Book) -> Judged:
    """33. The accessibility checker belongs to the office program."""
    return unverifiable("表計算ソフトのアクセシビリティチェックの結果は、ファイルに残らない。")


def document_is_described(book: Book) -> Judged:
    """34. The properties of the document tell its title and its language."""
    missing = [
        Fault(f"文書の{word}がない", f"文書のプロパティに{word}を書く")
        for word, text in (("タイトル", book.title), ("言語", book.language))
        if not text.strip()
    ]
    return by_faults(missing)


def begins_in_a1(book: Book) -> Judged:
    """35. The workbook opens on its first sheet, there in A1."""
    first = book.sheets[0] if book.sheets else None
    faults = []
    if book.active_sheet:
        faults.append(
            Fault("先頭でないシートが開く", "先頭のシートを選んで保存する", book.sheets[book.active_sheet].name)
        )
    if first and first.active_cell != "A1":
        faults.append(Fault(f"選択されたセル {first.active_cell}", "A1を選んで保存する", first.name, first.active_cell))
    return by_faults(faults)


_ITEMS: tuple[tuple[str, Callable[[Book], Judged]], ...] = (
    ("表をテーブルとして指定する", tables.tables_are_marked),
    ("テーブルに内容の分かる名前を付ける", tables.tables_have_names),
    ("セルの結合や表の入れ子をしない", tables.nothing_is_merged),
    ("表の中に空の行や列を置かない", tables.tables_are_without_gaps),
    ("表の見出しを1行とし、見出し行として指定する", tables.tables_have_one_head),
    ("セルの文字を折り返して全体を表示する", tables.texts_are_wrapped),
    ("フィルターやウィンドウ枠の固定を避ける", tables.no_filters_or_panes),
    ("値のないセルを説明なしに空欄としない", tables.blanks_are_told),
    ("行や列を隠さない", tables.nothing_is_hidden),
    ("注を記号や上付き文字で示さない", tables.notes_are_not_signs),
    ("注を示すときは「注」と書く", tables.notes_are_called_notes),
    ("注の印をデータのセルに入れない", tables.notes_stand_in_titles),
    ("注の本文を注のシートの表に置く", tables.notes_have_a_sheet),
    ("文章を分かりやすく書く", looks.writing_is_accessible),
    ("リンクの文字でリンク先が分かるようにする", looks.links_say_where),
    ("文字を読みやすい書式にする", looks.texts_are_legible),
    ("すべてのシートに見出しの書式の標題を付ける", looks.sheets_have_titles),
    ("記号だけの表記を避ける", looks.signs_are_told),
    ("ヘッダー、フッター、テキストボックスを使わない", looks.nothing_floats),
    ("見た目だけでデータを区切らない", looks.data_are_not_divided_by_looks),
    ("背景に色を付けない", looks.no_fill),
    ("色だけで内容を伝えない", looks.colour_is_not_alone),
    ("色を使うときは明るさの差を確かめる", looks.contrast_is_enough),
    ("画像を避ける", looks.no_pictures),
    ("マクロを除く", looks.no_macros),
    ("シートにほかと異なる名前を付ける", sheets_have_own_names),
    ("空のシートを除く", no_empty_sheets),
    ("A列のセルを順に読めるようにする", column_a_leads),
    ("表をシートの左端から始める", tables_begin_at_the_edge),
    ("表の下に何も置かない", nothing_stands_below),
    ("1つのシートに複数の表を置かない", one_table_a_sheet),
    ("誤字や文法を確かめる", spelling_is_right),
    ("アクセシビリティチェックを使う", checker_was_used),
    ("文書の情報を書く", document_is_described),
    ("先頭のシートのA1を選んで保存する", begins_in_a1),
)


def _of_workbooks(check: Callable[[Book], Judged]) -> Callable[[Book], Judged]:
    """The check, for workbooks; CSV has no looks, and of what cannot be read nothing is known."""

    def judge(book: Book) -> Judged:
        if book.kind == "csv":
            return not_applicable("表計算ソフトのファイルではない。")
        return check(book) if book.kind == "xlsx" else unverifiable(book.problem)

    return judge


ACCESSIBLE = Standard(
    "accessible",
    "Making spreadsheets accessible: a brief checklist of the basics（英国政府 Analysis Function、2021年7月）",
    tuple(
        Item(str(number), text, _of_workbooks(check), is_essential=number in ESSENTIAL)
        for number, (text, check) in enumerate(_ITEMS, start=1)
    ),
)
