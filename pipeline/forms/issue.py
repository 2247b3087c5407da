"""Writing the blank forms of a year: one workbook for each municipality, or one table for all."""

from __future__ import annotations

from pathlib import Path

from pipeline.file_titles import file_title
from pipeline.forms.previous import load_previous
from pipeline.forms.write import write_form
from pipeline.forms.write_table import write_table_csv, write_table_workbook
from pipeline.home import Home, write_atomically
from pipeline.tables import load
from schemas.answer_table import TABLE_SHEET
from schemas.survey import YearDeclarations


def issue_forms(home: Home, declarations: YearDeclarations) -> list[Path]:
    """Write a form for every surveyed municipality into the home's forms; return the paths, by code."""
    previous = load_previous(home, declarations)
    is_invented = bool(load(home, declarations.year - 1, "returns")["is_synthetic"].any())
    paths: list[Path] = []
    for municipality in declarations.municipalities:
        path = (
            home.forms(declarations.year)
            / f"{declarations.year}_{municipality.code}_{file_title(municipality.name)}.xlsx"
        )
        answers = previous.get(municipality.code)
        is_marked = is_invented and answers is not None
        content = write_form(declarations, municipality, previous=answers, is_previous_synthetic=is_marked)
        write_atomically(path, content)
        paths.append(path)
    return paths


def issue_table(home: Home, declarations: YearDeclarations) -> list[Path]:
    """Write the table of answers, a row for every surveyed municipality, as .xlsx and .csv; return the paths."""
    stem = home.forms(declarations.year) / f"{declarations.year}_{TABLE_SHEET}"
    written = {".xlsx": write_table_workbook(declarations), ".csv": write_table_csv(declarations)}
    paths = [stem.with_name(stem.name + ending) for ending in written]
    for path, content in zip(paths, written.values(), strict=True):
        write_atomically(path, content)
    return paths
