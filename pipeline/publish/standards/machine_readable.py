"""統計表における機械判読可能なデータの表記方法の統一ルール (総務省, December 2020) as items with their numbers there.

The numbers 1-1 to 1-13, 2-1 and 2-2 are those of its チェック項目. The rules are for tables of official statistics on e-Stat.
What is asked is told in our words, and what of it code judges in the docstring of each check.
"""

from __future__ import annotations

from collections.abc import Callable

from pipeline.publish.standards import machine_cells as cells
from pipeline.publish.standards import machine_tables as tables
from pipeline.publish.standards.book import Book
from pipeline.publish.standards.items import Item, Judged, Standard, unverifiable


def _of_readable(check: Callable[[Book], Judged]) -> Callable[[Book], Judged]:
    """The check, for files whose tables can be read; of the others nothing is known."""
    return lambda book: check(book) if book.is_read else unverifiable(book.problem)


_ITEMS: tuple[tuple[str, str, Callable[[Book], Judged]], ...] = (
    ("1-2", "1つのセルに1つのデータだけを入れる", cells.one_datum_a_cell),
    ("1-3", "数値は数値属性とし、文字を含めない", cells.numbers_as_numbers),
    ("1-4", "セルを結合しない", cells.no_merged_cells),
    ("1-5", "空白や改行で体裁を整えない", cells.no_layout_by_blanks),
    ("1-6", "項目名を省略しない", cells.no_item_left_out),
    ("1-7", "数式を残さず、値にする", cells.no_formulas),
    ("1-8", "図形などのオブジェクトを使わない", cells.no_objects),
    ("1-9", "データの単位を書く", tables.units_are_told),
    ("1-10", "機種依存文字を使わない", cells.no_letters_of_machine),
    ("1-11", "時間軸は、時間軸コード、西暦又は西暦を併記した和暦で書く", tables.years_are_western),
    ("1-12", "地域コード又は地域の名称を書く", tables.areas_are_told),
    ("1-13", "数値の列に入れる特殊記号は、決められたものにする", tables.marks_are_the_agreed_ones),
    ("2-1", "データを分断しない", tables.data_are_whole),
    ("2-2", "1つのシートに複数の表を載せない", tables.one_table_a_sheet),
)

MACHINE_READABLE = Standard(
    "machine-readable",
    "統計表における機械判読可能なデータの表記方法の統一ルール（総務省、2020年12月）",
    (
        Item("1-1", "ファイル形式をExcel又はCSVとする", cells.file_format),
        *(Item(number, statement, _of_readable(check)) for number, statement, check in _ITEMS),
    ),
)
