"""The figures as workbooks: one to read and print, one for machines. Text is always written as text."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, date, datetime
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import Any
from unicodedata import east_asian_width

import polars as pl
import xlsxwriter

from pipeline.japanese import FULL_WIDTH, HALF_WIDTH, era_date
from pipeline.publish.containers import normalise_zip
from pipeline.publish.open_data import MARKS_LEGEND, Edition
from schemas.survey import YearDeclarations

AS_TEXT = {"strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}
A4 = 9
WIDTHS = {"番号": 6, "設問": 30, "項目": 52, "数値": 9, "単位": 10, "記号": 6, "基準日・期間": 28, "備考": 36}
LINE_HEIGHT = 18  # points
HEADER_LIMIT = 240  # characters; Excel takes 255, and a font size before them
NUMBER, UNIT = list(WIDTHS).index("数値"), list(WIDTHS).index("単位")
ROUNDING_WORDS = {"half_up": "四捨五入", "half_even": "偶数への丸め", "down": "切捨て"}
READING_LEGEND = (
    "数値は端数処理をした後の値です。処理前の値は tables_for_machines.xlsx にあります。",
    "「無回答等」は、無回答、判読できない回答及び調査票未提出の数です。",
    "「仮定」は、名称や構成市町村を公開資料で確認できず、仮定したものの数です。",
    "順位は値の大きい順です。同じ値のものは調査票での順に並べ、同順位とはしていません。",
    "「－」は、分母が０のため計算できないことを表します。",
    f"記号：{MARKS_LEGEND}",
)


def write_reading_workbook(path: Path, edition: Edition, figures: pl.DataFrame, rankings: pl.DataFrame) -> None:
    """Write the 閲覧用 workbook: one sheet a section and one for the legend, set for A4."""
    path.parent.mkdir(parents=True, exist_ok=True)
    rows = _reading_rows(edition.declarations, figures.to_dicts(), rankings.to_dicts())
    with xlsxwriter.Workbook(str(path), AS_TEXT) as book:
        _set_properties(book, edition)
        formats = _Formats(book)
        for section in edition.declarations.questionnaire.sections:
            if section.id in rows:
                sheet = book.add_worksheet(section.sheet)
                _write_section(sheet, f"{section.number}　{section.label.ja}", rows[section.id], edition, formats)
        sheet = book.add_worksheet("凡例")
        _set_page(sheet, edition)
        sheet.set_column(0, 0, 100)
        lines = ["凡例", edition.title, *edition.notices, "", *READING_LEGEND]
        for line, words in enumerate(lines):
            sheet.write_string(line, 0, words, formats.plain if line else formats.heading)
    normalise_zip(path)


class _Formats:
    """The looks of cells; a number's follows from its digits."""

    def __init__(self, book: Any) -> None:
        font = {"font_name": "游ゴシック", "font_size": 10.5, "valign": "top"}
        cell = {**font, "bottom": 1, "bottom_color": "#BFBFBF"}
        self.heading = book.add_format({**font, "bold": True, "font_size": 14})
        self.plain = book.add_format(font)
        header = {**font, "bold": True, "bottom": 2, "bg_color": "#E8EEF7"}
        self.header = book.add_format(header)
        self.header_right = book.add_format({**header, "align": "right"})
        self.text = book.add_format({**cell, "text_wrap": True})
        self.unit = book.add_format({**cell, "indent": 1})
        self.numbers = {
            digits: book.add_format({**cell, "num_format": "#,##0" + ("." + "0" * digits if digits else "")})
            for digits in range(5)
        }
        self.right = book.add_format({**cell, "align": "right"})


def _reading_rows(
    declarations: YearDeclarations, figures: list[dict[str, Any]], rankings: list[dict[str, Any]]
) -> dict[str, list[dict[str, Any]]]:
    """The lines of each section's table, by section; a ranking has one for each option that it prints."""
    by_id = {figure["figure_id"]: figure for figure in figures}
    sections: dict[str, list[dict[str, Any]]] = {}
    for figure in figures:
        lines = sections.setdefault(figure["section_id"], [])
        if figure["operation"] == "ranking":
            lines += [
                _reading_row(
                    by_id[ranked["candidate_id"]], by_id, declarations, topic=figure["label_ja"],
                    published_id=figure["published_id"],
                    item=f"{str(ranked['position']).translate(FULL_WIDTH)}位　{ranked['candidate_ja']}",
                )
                for ranked in rankings
                if ranked["figure_id"] == figure["figure_id"] and ranked["is_printed"]
            ]  # fmt: skip
        else:
            declared = declarations.figures.get(figure["figure_id"])
            is_option = declared is not None and declared.family != declared.id
            topic = (figure["question_ja"] or "") if is_option else ""
            lines.append(_reading_row(figure, by_id, declarations, topic=topic, item=figure["label_ja"]))
    return sections


def _reading_row(
    figure: dict[str, Any], by_id: Mapping[str, dict[str, Any]], declarations: YearDeclarations, **words: str | None
) -> dict[str, Any]:
    periods = {f"{p.start}/{p.end}": p.label.ja for p in declarations.questionnaire.periods}
    reference = figure["reference"]
    period = periods.get(reference) or _days(reference)
    return {**figure, **words, "period": period.translate(HALF_WIDTH), "note": _note(figure, by_id)}


def _days(reference: str) -> str:
    return "～".join(era_date(date.fromisoformat(day)) for day in reference.split("/"))


def _note(figure: dict[str, Any], by_id: Mapping[str, dict[str, Any]]) -> str:
    """What a reader must know beside the number: the terms of a ratio and its rounding, and what is not certain."""
    terms = [by_id[figure[key]] for key in ("numerator_id", "denominator_id") if figure[key]]
    words = []
    if terms:
        words.append(" ÷ ".join(f"{term['label_ja']}{term['display']}" for term in terms))
        words.append(
            f"小数第{figure['rounding_digits'] + 1}位を{ROUNDING_WORDS[figure['rounding_mode']]}".translate(FULL_WIDTH)
        )
    for place, source in zip(("分子に", "分母に"), terms, strict=True) if terms else [("", figure)]:
        words += [
            f"{place}{word} {source[key]}"
            for word, key in (("無回答等", "unknown_count"), ("仮定", "assumed_count"))
            if source[key]
        ]
    return "、".join(words)


def _write_section(sheet: Any, heading: str, rows: list[dict[str, Any]], edition: Edition, formats: _Formats) -> None:
    _set_page(sheet, edition)
    sheet.set_landscape()
    sheet.write_string(0, 0, heading, formats.heading)
    for line, words in enumerate((edition.title, *edition.notices), start=1):
        sheet.write_string(line, 0, words, formats.plain)
    top = 2 + len(edition.notices)
    for column, (word, width) in enumerate(WIDTHS.items()):
        sheet.set_column(column, column, width)
        sheet.write_string(top, column, word, formats.header_right if column == NUMBER else formats.header)
    sheet.repeat_rows(top)
    sheet.freeze_panes(top + 1, 0)
    for line, row in enumerate(rows, start=top + 1):
        keys = ("published_id", "topic", "item", "", "unit", "marks", "period", "note")
        cells = [row.get(key) or "" for key in keys]
        sheet.set_row(line, LINE_HEIGHT * max(map(_line_count, cells, WIDTHS.values())))
        for column, cell in enumerate(cells):
            look = formats.unit if column == UNIT else formats.text
            if cell:
                sheet.write_string(line, column, cell, look)
            else:
                sheet.write_blank(line, column, None, look)
        _write_displayed(sheet, line, row, formats)


def _line_count(words: str, width: int) -> int:
    """Lines that a text takes in a column, where a Japanese character is two wide."""
    taken = sum(2 if east_asian_width(letter) in "FWA" else 1 for letter in words)
    return max(1, -(-taken // width))


def _write_displayed(sheet: Any, line: int, row: dict[str, Any], formats: _Formats) -> None:
    """The displayed value as a number that shows as many digits; what is no number, as － , stays text."""
    try:
        sheet.write_number(line, NUMBER, float(Decimal(row["display"])), formats.numbers[row["rounding_digits"]])
    except (InvalidOperation, TypeError):
        sheet.write_string(line, NUMBER, row["display"] or "", formats.right)


def _set_page(sheet: Any, edition: Edition) -> None:
    sheet.set_paper(A4)
    sheet.fit_to_pages(1, 0)
    sheet.set_margins(left=0.5, right=0.5, top=0.7, bottom=0.7)
    sheet.set_header(f"&R&9{edition.title.replace('&', '&&')[:HEADER_LIMIT]}")
    sheet.set_footer("&C&P / &N")


def write_machine_workbook(path: Path, edition: Edition, tables: Mapping[str, pl.DataFrame]) -> None:
    """Write the machine-readable workbook: one table a sheet from A1, one header row, no merged cells."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with xlsxwriter.Workbook(str(path), AS_TEXT) as book:
        _set_properties(book, edition)
        day = book.add_format({"num_format": "yyyy-mm-dd"})
        for name, table in tables.items():
            sheet = book.add_worksheet(name[:31])
            sheet.set_header(f"&R&9{edition.title.replace('&', '&&')[:HEADER_LIMIT]}")
            for column, title in enumerate(table.columns):
                sheet.write_string(0, column, title)
            for line, row in enumerate(table.iter_rows(), start=1):
                for column, value in enumerate(row):
                    _write(sheet, line, column, value, day)
    normalise_zip(path)


def _set_properties(book: Any, edition: Edition) -> None:
    """The time of creation is written as UTC."""
    created: datetime = edition.as_of.astimezone(UTC).replace(tzinfo=None)
    book.set_properties({"title": edition.title, "comments": "\n".join(edition.notices), "created": created})


def _write(sheet: Any, line: int, column: int, value: Any, day: Any) -> None:
    if value is None:
        return
    if isinstance(value, bool):
        sheet.write_boolean(line, column, value)
    elif isinstance(value, int | float):
        sheet.write_number(line, column, value)
    elif isinstance(value, date) and not isinstance(value, datetime):
        sheet.write_datetime(line, column, value, day)
    else:
        sheet.write_string(line, column, str(value))
