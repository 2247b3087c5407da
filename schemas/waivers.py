"""Waivers: findings that a named authority lets pass, until a day, for a reason."""

from __future__ import annotations

from datetime import date
from pathlib import Path

from pydantic import Field

from schemas.errors import DeclarationError, raise_all
from schemas.labels import Declared
from schemas.yaml_source import parse_model, read_yaml


class Waiver(Declared):
    """A waiver of the findings it names, valid through `expires`."""

    id: str = Field(pattern=r"^[a-z0-9][a-z0-9-]*$", description="stable id, shown beside what it waives")
    findings: tuple[str, ...] = Field(min_length=1, description="finding ids, as `kyogikai findings` prints them")
    reason: str = Field(pattern=r"\S", description="why")
    authority: str = Field(pattern=r"\S", description="who decided")
    granted: date = Field(description="first day in force")
    expires: date = Field(description="last day in force")


class WaiverFile(Declared):
    """`waivers/<year>.yaml`."""

    year: int = Field(description="survey year, as in the file name")
    waivers: tuple[Waiver, ...] = Field(description="each a decision")


def load_waivers(path: Path, *, year: int, on: date) -> dict[str, str]:
    """Return the waiver id of every waived finding id; an absent file waives nothing.

    Raises DeclarationError for an expired waiver or one not granted yet, a finding waived twice, an id given twice, and
    a file of another year.
    """
    if not path.exists():
        return {}
    document = read_yaml(path)
    file = parse_model(document, WaiverFile)
    faults: list[DeclarationError] = []
    waived: dict[str, str] = {}
    if file.year != year:
        faults.append(DeclarationError(
            reference="waivers-of-another-year", where=document.where(("year",)), found=str(file.year),
            expected=str(year), fix="correct the year, or move the file",
        ))  # fmt: skip
    ids = [waiver.id for waiver in file.waivers]
    for number, waiver in enumerate(file.waivers):
        where = document.where(("waivers", number))
        if waiver.id in ids[:number]:
            faults.append(DeclarationError(
                reference="duplicate-waiver", where=where, found=waiver.id, expected="an id of its own", fix="change the id"
            ))  # fmt: skip
        if not waiver.granted <= on <= waiver.expires:
            faults.append(DeclarationError(
                reference="waiver-not-in-force", where=f"{where}, '{waiver.id}'",
                found=f"in force {waiver.granted} to {waiver.expires}", expected=f"in force on {on}",
                fix="renew the waiver, or remove it",
            ))  # fmt: skip
        for finding in waiver.findings:
            if finding in waived:
                faults.append(DeclarationError(
                    reference="waived-twice", where=f"{where}, '{waiver.id}'", found=finding, fix="name it once"
                ))  # fmt: skip
            waived[finding] = waiver.id
    raise_all(faults)
    return waived
