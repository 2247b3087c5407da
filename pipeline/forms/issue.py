"""Writing the blank forms of a year, one workbook for each municipality."""

from __future__ import annotations

import re
from pathlib import Path

from pipeline.forms.previous import load_previous
from pipeline.forms.write import write_form
from pipeline.home import Home, write_atomically
from schemas.survey import YearDeclarations

_NOT_IN_A_FILE_NAME = re.compile(r'[\\/:*?"<>|\x00-\x1f]')


def issue_forms(home: Home, declarations: YearDeclarations) -> list[Path]:
    """Write a form for every surveyed municipality into the home's forms; return the paths, by code."""
    previous = load_previous(home, declarations)
    paths: list[Path] = []
    for municipality in declarations.municipalities:
        name = _NOT_IN_A_FILE_NAME.sub("_", municipality.name)
        path = home.forms(declarations.year) / f"{declarations.year}_{municipality.code}_{name}.xlsx"
        write_atomically(path, write_form(declarations, municipality, previous=previous.get(municipality.code)))
        paths.append(path)
    return paths
