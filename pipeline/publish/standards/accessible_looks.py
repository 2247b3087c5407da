"""Items 14 to 25 of the checklist for accessible spreadsheets: how texts and cells look."""

from __future__ import annotations

import re
from collections.abc import Iterator

from pipeline.publish.standards.accessible_tables import texts_of
from pipeline.publish.standards.book import Book, Look, Sheet, Table, address
from pipeline.publish.standards.items import Fault, Judged, by_faults, not_applicable, unverifiable
from pipeline.publish.standards.texts import is_symbol

SMALLEST = 12.0
"""Points, as the guidance that the checklist belongs to asks for."""
CONTRAST, CONTRAST_OF_LARGE = 4.5, 3.0
"""WCAG 2.1, 1.4.3: of usual text, and of text from 18 points, or 14 where it is bold."""
PAPER = "FFFFFF"
_SERIF = re.compile(
    r"明朝|mincho|(?<!sans )(?<!sans-)serif|times|georgia|garamond|cambria|century|song|ming|batang", re.IGNORECASE
)
_URL = re.compile(r"(?:https?|ftp)://\S+|www\.\S+", re.IGNORECASE)
_SAYS_NOTHING = re.compile(r"(?:click )?here|link|more|ここ|こちら|リンク|詳細", re.IGNORECASE)
_HEADING = re.compile(r"(?:Heading|Headline|見出し)\s*1?|Title|タイトル", re.IGNORECASE)
_FILLED_STYLE = re.compile(r"TableStyle(?:Medium|Dark)")
_QUOTED = "「{0}」", "“{0}”", '"{0}"', "『{0}』", "[{0}]"


def writing_is_accessible(_: Book) -> Judged:
    """14. Whether texts are plain and clear, only people can say."""
    return unverifiable("文章の分かりやすさは、プログラムでは判断できない。")


def links_say_where(book: Book) -> Judged:
    """15. The text of a link says where it leads, and no address stands as a text."""
    links = [(sheet, place, sheet.at(*_spot(place))) for sheet in book.sheets for place in sorted(sheet.links)]
    bare = [(sheet, text, place) for sheet, text, place, _ in texts_of(book) if _URL.search(text)]
    if not links and not bare:
        return not_applicable("リンクがない。")
    return by_faults([
        *(Fault(f"「{text}」", "リンク先の内容が分かる文字にする", sheet.name, place)
          for sheet, place, text in links if text is None or _SAYS_NOTHING.fullmatch(str(text).strip())),
        *(Fault(f"「{text[:40]}」", "リンク先の内容が分かる文字にリンクを付ける", sheet.name, place) for sheet, text, place in bare),
    ])  # fmt: skip


def _spot(place: str) -> tuple[int, int]:
    from openpyxl.utils import range_boundaries

    left, top, _, _ = range_boundaries(place)
    return int(top or 1), int(left or 1)


def texts_are_legible(book: Book) -> Judged:
    """16. Letters of 12 points or more, without serifs, italics or underlines; links may be underlined."""
    return by_faults(
        Fault(found, fix, sheet.name, place)
        for sheet, look, place in _looks_used(book)
        for found, fix in _hard_to_read(look, is_link=place in sheet.links)
    )


def _hard_to_read(look: Look, *, is_link: bool) -> Iterator[tuple[str, str]]:
    if look.size < SMALLEST:
        yield f"{look.size:g}ポイントの文字", f"{SMALLEST:g}ポイント以上にする"
    if _SERIF.search(look.font):
        yield f"書体「{look.font}」", "ゴシック体などの飾りのない書体にする"
    if look.is_italic:
        yield "斜体", "斜体をやめる"
    if look.is_underlined and not is_link:
        yield "下線", "リンク以外の下線をやめる"


def _looks_used(book: Book) -> Iterator[tuple[Sheet, Look, str]]:
    """Every look that a cell with a value has, with its first place on each sheet."""
    for sheet in book.sheets:
        seen: dict[int, tuple[int, int]] = {}
        for place, number in sheet.styles.items():
            if number not in seen and sheet.at(*place) is not None:
                seen[number] = place
        for number, place in seen.items():
            yield sheet, book.looks[number] if number < len(book.looks) else book.looks[0], address(*place)


def sheets_have_titles(book: Book) -> Judged:
    """17. In A1 of each sheet stands a title with the style of a heading.

    A sheet that is nothing but one table from A1 has its title in a table of contents that names the sheet.
    """
    listed = _listed_titles(book)
    return by_faults(
        fault for sheet in book.sheets if sheet.rows for fault in _title_faults(book, sheet, listed.get(sheet.name, ""))
    )


def _title_faults(book: Book, sheet: Sheet, listed: str) -> Iterator[Fault]:
    if is_table_alone(sheet):
        if len(listed) < 2 or listed == sheet.name:
            yield Fault("標題のないシート", "A1に標題を書くか、目次のシートに標題を書く", sheet.name, "A1")
        return
    title = sheet.at(1, 1)
    if not isinstance(title, str) or len(title.strip()) < 2:
        yield Fault("A1に標題がない", "シートの内容が分かる標題をA1に書く", sheet.name, "A1")
    elif not _HEADING.fullmatch(book.look(sheet, 1, 1).style):
        yield Fault(
            f"見出しのスタイルでない標題「{title[:20]}」", "セルのスタイル「見出し 1」を付ける", sheet.name, "A1"
        )


def is_table_alone(sheet: Sheet) -> bool:
    """Whether a sheet is one table that begins in A1, and nothing else."""
    return len(sheet.tables) == 1 and sheet.tables[0].area[:2] == (1, 1) and not sheet.loose_texts


def _listed_titles(book: Book) -> dict[str, str]:
    """Titles by the sheet's name, from tables with a column of sheets and one of titles."""
    found: dict[str, str] = {}
    for _, table in book.tables():
        heads = {column.title.lower(): column for column in table.columns}
        sheets = next((heads[word] for word in ("sheet", "シート", "シート名") if word in heads), None)
        titles = next((heads[word] for word in ("title", "標題", "表題", "内容") if word in heads), None)
        if sheets and titles and not {"column", "列", "項目"} & heads.keys():
            found |= {str(name): str(title or "") for name, title in zip(sheets.values, titles.values, strict=True)}
    return found


def signs_are_told(book: Book) -> Judged:
    """18. A cell that holds nothing but a sign, as －, is avoided unless a text of the workbook tells what the sign means."""
    told = [text for text in book.texts if len(text) > 3]
    return by_faults(
        Fault(f"記号「{text}」", "言葉で書くか、記号の意味を凡例に書く", sheet.name, place)
        for sheet, text, place, _ in texts_of(book)
        if is_symbol(text) and not any(form.format(text) in line for form in _QUOTED for line in told)
    )


def nothing_floats(book: Book) -> Judged:
    """19. No headers and footers of printed pages, and no text boxes."""
    margins = [
        Fault(f"ヘッダー又はフッター「{text}」", "内容をセルに書く", sheet.name)
        for sheet in book.sheets
        for text in sheet.margins
    ]
    boxes = [
        Fault("図形又はテキストボックス", "内容をセルに書く", sheet.name, place)
        for sheet in book.sheets
        for kind, place in sheet.objects
        if kind == "図形"
    ]
    return by_faults([*margins, *boxes])


def data_are_not_divided_by_looks(book: Book) -> Judged:
    """20. Within the rows of a table borders are alike from row to row, and no cell has a pattern."""
    patterns = [
        Fault("網かけ", "網かけをやめる", sheet.name, place)
        for sheet, look, place in _looks_used(book)
        if look.has_pattern
    ]
    lines = (Fault("ほかの行と異なる罫線", "罫線で区切らず、列や表を分ける", sheet.name, place)
             for sheet, table in book.tables() for place in _dividing_lines(book, sheet, table))  # fmt: skip
    return by_faults([*patterns, *lines])


def _dividing_lines(book: Book, sheet: Sheet, table: Table) -> Iterator[str]:
    """The first cell of each column whose borders differ from those of the cell above; the last row may close the table."""
    edged = {number for number, look in enumerate(book.looks) if any(look.edges)}
    if not edged.intersection(sheet.styles.values()):
        return
    for column in table.columns:
        rows = range(table.top + 1, table.area[2])
        looks = [book.look(sheet, row, column.number).edges for row in rows]
        odd = next((row for row, edges in zip(rows, looks, strict=True) if edges != looks[0]), None)
        if odd is not None:
            yield address(odd, column.number)


def no_fill(book: Book) -> Judged:
    """21. No cell with a value and no table is filled with a colour; white counts as none."""
    cells = [
        Fault("背景の色", "塗りつぶしをやめる", sheet.name, place)
        for sheet, look, place in _looks_used(book)
        if look.fill not in (None, PAPER)
    ]
    tables = [
        Fault(
            f"色の付くテーブルのスタイル「{part.look}」", "スタイル「なし」にする", sheet.name, address(*part.area[:2])
        )
        for sheet in book.sheets
        for part in sheet.marked
        if _FILLED_STYLE.match(part.look) or (part.look and part.has_stripes)
    ]
    return by_faults([*cells, *tables])


def colour_is_not_alone(book: Book) -> Judged:
    """22. Where there is no colour, it says nothing alone; what a colour means code cannot say."""
    coloured = any(look.colour or look.fill not in (None, PAPER) for _, look, _ in _looks_used(book))
    if coloured or any(sheet.has_rules_of_colour for sheet in book.sheets):
        return unverifiable("色だけで伝えている内容があるかどうかは、プログラムでは判断できない。")
    return Judged("pass")


def contrast_is_enough(book: Book) -> Judged:
    """23. Letters and their ground differ by 4.5 to 1, large ones by 3 to 1."""
    coloured = [
        (sheet, look, place)
        for sheet, look, place in _looks_used(book)
        if look.colour or look.fill not in (None, PAPER)
    ]
    if not coloured:
        return not_applicable("色を使っていない。")
    if any("?" in (look.colour, look.fill) for _, look, _ in coloured):
        return unverifiable("テーマの色は、開くプログラムによって異なる。")
    return by_faults(
        Fault(f"コントラスト比 {ratio:.2f}", f"{needed:g}以上にする", sheet.name, place)
        for sheet, look, place in coloured
        if (ratio := contrast(look.colour or "000000", look.fill or PAPER)) < (needed := _needed(look))
    )


def _needed(look: Look) -> float:
    is_large = look.size >= 18 or (look.is_bold and look.size >= 14)
    return CONTRAST_OF_LARGE if is_large else CONTRAST


def contrast(one: str, other: str) -> float:
    """The contrast ratio of two RGB colours, from 1 to 21 (WCAG 2.1)."""
    light, dark = sorted((_luminance(one), _luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


def _luminance(colour: str) -> float:
    parts = [int(colour[at : at + 2], 16) / 255 for at in (0, 2, 4)]
    linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
    return sum(weight * part for weight, part in zip((0.2126, 0.7152, 0.0722), linear, strict=True))


def no_pictures(book: Book) -> Judged:
    """24. No pictures; charts are drawn from cells, and count too."""
    return by_faults(
        Fault(kind, "別のページに置き、シートから除く", sheet.name, place)
        for sheet in book.sheets
        for kind, place in sheet.objects
        if kind in ("図", "グラフ", "手書き")
    )


def no_macros(book: Book) -> Judged:
    """25. No macros."""
    return by_faults([Fault("マクロ", "マクロのない.xlsxで保存する")] if book.has_macros else [])
