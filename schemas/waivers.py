"""Waivers: findings that a named authority lets pass, until a day, for a reason."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import NamedTuple

from pydantic import Field

from schemas.decisions import Decision, decision_faults, has_decisions
from schemas.errors import DeclarationError, raise_all
from schemas.labels import Declared, Written, Year
from schemas.parsing import parse_model
from schemas.yaml_source import read_yaml


class Waiver(Decision):
    """A waiver of the findings it names, valid through `expires`."""

    findings: tuple[Written, ...] = Field(
        min_length=1, description="keys of findings, as `kyogikai findings` prints them"
    )


class WaiverFile(Declared):
    """`waivers/<year>.yaml`."""

    year: Year = Field(description="survey year, as in the file name")
    waivers: tuple[Waiver, ...] = Field(description="each a decision")


def read_waivers(path: Path) -> tuple[Waiver, ...]:
    """The waivers of a file as they are declared, in force or not; none where there is no file."""
    return parse_model(read_yaml(path), WaiverFile).waivers if path.exists() else ()


class Waived(NamedTuple):
    """By which waiver a finding is waived, and the file and line where that says so."""

    waiver: str
    where: str


def load_waivers(path: Path, *, year: int, on: date) -> dict[str, Waived]:
    """Return what waives every waived finding, by the key of the finding; an absent file waives nothing.

    Raises DeclarationError for an expired waiver or one not granted yet, a finding waived twice, an id given twice, and
    a file of another year.
    """
    if not has_decisions(path):
        return {}
    document = read_yaml(path)
    file = parse_model(document, WaiverFile)
    faults = list(decision_faults(document, "waiver", file.waivers, year=year, on=on))
    waived: dict[str, Waived] = {}
    for number, waiver in enumerate(file.waivers):
        for place, finding in enumerate(waiver.findings):
            where = f"{document.where(('waivers', number, 'findings', place))}, '{waiver.id}'"
            if finding in waived:
                faults.append(
                    DeclarationError(reference="waived-twice", where=where, found=finding, fix="name it once")
                )
            waived[finding] = Waived(waiver.id, where)
    raise_all(faults)
    return waived
