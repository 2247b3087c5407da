"""The figures as workbooks: one to read and print, one for machines."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import Any

import polars as pl
import xlsxwriter

from pipeline.publish.containers import normalise_zip
from schemas.survey import YearDeclarations

AS_TEXT = {"strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}
READING_HEADER = ["番号", "項目", "数値", "単位", "基準日・期間"]


def write_reading_workbook(
    path: Path, title: str, declarations: YearDeclarations, figures: pl.DataFrame, as_of: datetime
) -> None:
    """Write the 閲覧用 workbook: one sheet a section, set for A4."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with xlsxwriter.Workbook(str(path), AS_TEXT) as book:
        book.set_properties({"title": title, "created": as_of.replace(tzinfo=None)})
        font = {"font_name": "游ゴシック", "font_size": 10.5}
        heading = book.add_format({**font, "bold": True, "font_size": 14})
        header = book.add_format({**font, "bold": True, "bottom": 2, "bg_color": "#E8EEF7"})
        text = book.add_format({**font, "text_wrap": True, "valign": "top", "bottom": 4})
        number = book.add_format({**font, "align": "right", "valign": "top", "bottom": 4})
        for section in declarations.questionnaire.sections:
            rows = figures.filter(pl.col("section_id") == section.id).to_dicts()
            if not rows:
                continue
            sheet = book.add_worksheet(section.sheet)
            sheet.set_paper(9)
            sheet.fit_to_pages(1, 0)
            sheet.repeat_rows(2)
            sheet.set_footer("&C&P / &N")
            sheet.set_column("A:A", 8)
            sheet.set_column("B:B", 52)
            sheet.set_column("C:E", 22)
            sheet.write_string(0, 0, f"{section.number} {section.label.ja}", heading)
            sheet.write_string(1, 0, title, text)
            for column, word in enumerate(READING_HEADER):
                sheet.write_string(2, column, word, header)
            for line, row in enumerate(rows, start=3):
                sheet.write_string(line, 0, row["published_id"] or "", text)
                sheet.write_string(line, 1, row["label_ja"], text)
                sheet.write_string(line, 2, row["display"], text if row["operation"] == "ranking" else number)
                sheet.write_string(line, 3, row["unit"], text)
                sheet.write_string(line, 4, row["reference"], text)
    normalise_zip(path)


def write_machine_workbook(path: Path, tables: dict[str, pl.DataFrame], as_of: datetime) -> None:
    """Write the machine-readable workbook: one table a sheet from A1, one header row, no merged cells."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with xlsxwriter.Workbook(str(path), AS_TEXT) as book:
        book.set_properties({"created": as_of.replace(tzinfo=None)})
        for name, table in tables.items():
            sheet = book.add_worksheet(name[:31])
            for column, title in enumerate(table.columns):
                sheet.write_string(0, column, title)
            for line, row in enumerate(table.iter_rows(), start=1):
                for column, value in enumerate(row):
                    _write(sheet, line, column, value)
    normalise_zip(path)


def _write(sheet: Any, line: int, column: int, value: Any) -> None:
    if value is None:
        return
    if isinstance(value, bool):
        sheet.write_boolean(line, column, value)
    elif isinstance(value, int | float):
        sheet.write_number(line, column, value)
    else:
        sheet.write_string(line, column, str(value))
