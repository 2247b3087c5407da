"""Reading an .xlsx file whose package was judged: every cell as it stands.

Values come from python-calamine. What it hides, error cells, formulas saved without a value, and letters that are struck
out or raised, is found in the XML, so that an error is never taken for a blank, nor 見え消し for a number.
"""

from __future__ import annotations

import re
import zipfile
from io import BytesIO

from python_calamine import CalamineWorkbook

from pipeline.workbooks.formatting import merged_areas, struck_cells, unseen_cells
from pipeline.workbooks.package import Package, cells_of, open_package
from pipeline.workbooks.remarks import Remark, formula_remark
from pipeline.workbooks.workbook import Cell, Workbook, strike, typed_cell
from pipeline.workbooks.xml_names import child

_ERRORS = (b'"e"', b"'e'")
# Two patterns, each beginning with its literal, are found much faster than one with a choice in front.
_FORMULAS = (re.compile(rb"<f[\s/>]"), re.compile(rb":f[\s/>]"))


def read_xlsx(content: bytes, archive: zipfile.ZipFile) -> Workbook:
    """The workbook in the bytes of an .xlsx file, of which `archive` is the zip.

    Raises UnreadableWorkbookError for XML entities, or a file beyond the limits; and what the zip, XML and workbook
    readers raise on damaged bytes.
    """
    package = open_package(archive)
    workbook = CalamineWorkbook.from_filelike(BytesIO(content))
    if not package.sheets.keys() >= set(workbook.sheet_names):
        raise ValueError("a sheet whose part was not judged")
    sheets = {name: _cells(workbook, name) for name in workbook.sheet_names}
    hidden, formulas = _hidden_cells(package)
    for name, cells in hidden.items():
        sheets.setdefault(name, {}).update(cells)
    strike(sheets, struck_cells(package))
    merges = {name: merged_areas(sheet.rest) for name, sheet in package.sheets.items()}
    remarks = [*package.remarks, *formulas, *_unseen(package, sheets)]
    return Workbook(sheets, merges, remarks, package.drawn, package.format, package.notes)


def _cells(workbook: CalamineWorkbook, name: str) -> dict[tuple[int, int], Cell]:
    """The filled cells; rows without any, of which a far cell brings a million, are passed over as a whole."""
    sheet = workbook.get_sheet_by_name(name)
    # Every row from the first one of the sheet is given, but no column ahead of the first filled one.
    first = sheet.start[1] + 1 if sheet.start else 1
    return {
        (r, c): Cell(name, r, c, "text", value, value) if type(value) is str else typed_cell(name, r, c, value)
        for r, row in enumerate(sheet.iter_rows(), start=1)
        if row.count("") < len(row)
        for c, value in enumerate(row, start=first)
        if value != ""
    }


def _unseen(package: Package, sheets: dict[str, dict[tuple[int, int], Cell]]) -> list[Remark]:
    """Remarks on cells whose text is read but not shown."""
    return [
        Remark(name, f"{cell.address}の見えない文字", cell.text)
        for name, places in unseen_cells(package).items()
        for place in sorted(places)
        if (cell := sheets.get(name, {}).get(place)) and cell.text.strip()
    ]


def _hidden_cells(package: Package) -> tuple[dict[str, dict[tuple[int, int], Cell]], list[Remark]]:
    """Find error cells and formulas without a cached value; and remarks on formulas whose saved value is read."""
    formulas: list[Remark] = []
    found: dict[str, dict[tuple[int, int], Cell]] = {}
    for sheet, text in package.sheets.items():
        if text.is_plain:
            continue
        if not any(sign in text.rest for sign in _ERRORS) and not any(sign.search(text.rest) for sign in _FORMULAS):
            continue
        for row, column, element in cells_of(text.all):
            saved, formula = child(element, "v"), child(element, "f")
            value = saved.text if saved is not None else None
            if element.get("t") == "e":
                cell = Cell(sheet, row, column, "error", value or "#ERROR", None)
            elif formula is not None and not value:
                cell = Cell(sheet, row, column, "uncached_formula", f"={formula.text or ''}", None)
            else:
                if formula is not None:
                    formulas.append(formula_remark(sheet, row, column, f"={formula.text or ''}"))
                continue
            found.setdefault(sheet, {})[row, column] = cell
    return found, formulas
