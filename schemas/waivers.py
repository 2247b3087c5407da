"""Waivers: findings that a named authority lets pass, until a day, for a reason."""

from __future__ import annotations

from datetime import date
from pathlib import Path

from pydantic import Field

from schemas.decisions import Decision, decision_faults
from schemas.errors import DeclarationError, raise_all
from schemas.labels import Declared
from schemas.yaml_source import parse_model, read_yaml


class Waiver(Decision):
    """A waiver of the findings it names, valid through `expires`."""

    findings: tuple[str, ...] = Field(min_length=1, description="keys of findings, as `kyogikai findings` prints them")


class WaiverFile(Declared):
    """`waivers/<year>.yaml`."""

    year: int = Field(description="survey year, as in the file name")
    waivers: tuple[Waiver, ...] = Field(description="each a decision")


def read_waivers(path: Path) -> tuple[Waiver, ...]:
    """The waivers of a file as they are declared, in force or not; none where there is no file."""
    return parse_model(read_yaml(path), WaiverFile).waivers if path.exists() else ()


def load_waivers(path: Path, *, year: int, on: date) -> dict[str, str]:
    """Return the waiver id of every waived finding id; an absent file waives nothing.

    Raises DeclarationError for an expired waiver or one not granted yet, a finding waived twice, an id given twice, and
    a file of another year.
    """
    if not path.exists():
        return {}
    document = read_yaml(path)
    file = parse_model(document, WaiverFile)
    faults = list(decision_faults(document, "waiver", file.waivers, year=year, on=on))
    waived: dict[str, str] = {}
    for number, waiver in enumerate(file.waivers):
        for finding in waiver.findings:
            if finding in waived:
                faults.append(DeclarationError(
                    reference="waived-twice", where=f"{document.where(('waivers', number))}, '{waiver.id}'",
                    found=finding, fix="name it once",
                ))  # fmt: skip
            waived[finding] = waiver.id
    raise_all(faults)
    return waived
