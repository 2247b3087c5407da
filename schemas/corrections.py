"""Corrections: what is read in a cell instead of what was sent, as a named authority decided, for a reason."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from datetime import date
from pathlib import Path

from pydantic import Field

from schemas.decisions import Decision, decision_faults, has_decisions
from schemas.errors import DeclarationError, raise_all
from schemas.labels import Declared, Written, Year
from schemas.parsing import parse_model
from schemas.survey import YearDeclarations
from schemas.yaml_source import YamlDocument, read_yaml


class Correction(Decision):
    """A cell of a municipality's return in which another text is read than was sent; the sent one stays on record."""

    municipality: str = Field(pattern=r"^\d{6}$", description="six-digit code, with check digit and quotation marks")
    sheet: Written = Field(description="name of the sheet on the form")
    cell: str = Field(pattern=r"^[A-Z]{1,3}[1-9]\d*$", description="address of an answer cell, as C7")
    expect: str = Field(description="what the cell holds as it was sent, in quotation marks; '' where it is blank")
    to: str = Field(description="what is read instead, in quotation marks; '' to read it as blank")


class CorrectionFile(Declared):
    """`corrections/<year>.yaml`."""

    year: Year = Field(description="survey year, as in the file name")
    corrections: tuple[Correction, ...] = Field(description="each a decision")


def load_corrections(path: Path, declarations: YearDeclarations, *, on: date | None) -> tuple[Correction, ...]:
    """Return the reviewed corrections of a year; an absent file corrects nothing.

    `on` is the day on which they have to be in force; None where that was judged when the year was released. Raises
    DeclarationError for one that is not, an id given twice, a cell corrected twice, a municipality that is not asked, a
    correction that changes nothing, and a file of another year. Whether there is such a cell the return tells: see
    `expect_placed`.
    """
    if not has_decisions(path):
        return ()
    document = read_yaml(path)
    corrections = parse_model(document, CorrectionFile).corrections
    raise_all([
        *decision_faults(document, "correction", corrections, year=declarations.year, on=on),
        *_place_faults(document, corrections, declarations),
    ])  # fmt: skip
    return corrections


def expect_placed(path: Path, declarations: YearDeclarations, without_cell: Collection[str]) -> None:
    """Raise DeclarationError for the corrections with these ids, of which neither a return nor the form has the cell.

    A cell of the form that a return lacks is another matter, for the municipality to mend: that is a finding.
    """
    if not without_cell:
        return
    document = read_yaml(path)
    places = {(slot.sheet, slot.address) for slot in declarations.layout.slots}
    raise_all([
        DeclarationError(
            reference="correction-matches-nothing", where=f"{document.where(('corrections', number))}, '{correction.id}'",
            found=f"{correction.sheet}!{correction.cell}", expected="an answer cell of the return",
            fix="name sheet and cell as `kyogikai findings` and `kyogikai trace` print them",
        )
        for number, correction in enumerate(parse_model(document, CorrectionFile).corrections)
        if correction.id in without_cell and (correction.sheet, correction.cell) not in places
    ])  # fmt: skip


def _place_faults(
    document: YamlDocument, corrections: tuple[Correction, ...], declarations: YearDeclarations
) -> Iterator[DeclarationError]:
    codes = {municipality.code for municipality in declarations.municipalities}
    seen: set[tuple[str, str, str]] = set()
    for number, correction in enumerate(corrections):
        where = f"{document.where(('corrections', number))}, '{correction.id}'"
        place = (correction.municipality, correction.sheet, correction.cell)
        if correction.municipality not in codes:
            yield DeclarationError(
                reference="correction-matches-nothing", where=where, found=f"municipality {correction.municipality}",
                expected=f"a municipality that is asked in {declarations.year}", fix="correct the code",
            )  # fmt: skip
        if place in seen:
            yield DeclarationError(
                reference="corrected-twice", where=where, found=f"{correction.sheet}!{correction.cell}",
                fix="keep one correction of the cell",
            )  # fmt: skip
        if correction.expect == correction.to:
            yield DeclarationError(
                reference="correction-changes-nothing", where=where, found=f"'{correction.to}' for '{correction.expect}'",
                fix="write what is to be read, or remove the correction",
            )  # fmt: skip
        seen.add(place)
