"""Decisions of named authorities that change what a run makes of the returns: what waivers and corrections share."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Sequence
from datetime import date
from pathlib import Path

from pydantic import Field

from schemas.errors import DeclarationError, raise_all
from schemas.labels import Day, Declared, Written
from schemas.yaml_source import YamlDocument


class Decision(Declared):
    """Something that was decided, by whom, why, and from when until when it holds."""

    id: str = Field(pattern=r"^[a-z0-9][a-z0-9-]*$", description="stable id, shown wherever the decision shows")
    reason: Written = Field(description="why")
    authority: Written = Field(description="who decided")
    granted: Day = Field(description="first day in force")
    expires: Day = Field(description="last day in force")


def has_decisions(path: Path) -> bool:
    """Whether there is the year's file of decisions.

    Raises DeclarationError for a file or folder whose name is nearly right, as 2024.yml, R6.yaml or the folder correction,
    which would be passed over.
    """
    near = [
        other for other in (sorted(path.parent.iterdir()) if path.parent.is_dir() else ()) if _is_nearly_named(other)
    ]
    near += [folder for folder in [path.parent.with_name(path.parent.name.removesuffix("s"))] if folder.exists()]
    raise_all([
        DeclarationError(
            reference="nearly-named", where=str(other), found=other.name,
            expected=f"{path.parent.name}/{path.name}", fix="rename it, or move it away",
        )
        for other in near
    ])  # fmt: skip
    return path.exists() or path.is_symlink()


def _is_nearly_named(path: Path) -> bool:
    """Whether a file looks like decisions and is not named as they are: a year in four digits, .yaml."""
    if re.fullmatch(r"[0-9]{4}\.yaml", path.name) or path.name.startswith("."):
        return False
    is_yaml = path.suffix.lower() in (".yaml", ".yml")
    return is_yaml or bool(re.fullmatch(r"[0-9]{4}.*\.(?:txt|json|csv|xlsx)", unicodedata.normalize("NFKC", path.name)))


def decision_faults(
    document: YamlDocument, kind: str, decisions: Sequence[Decision], *, year: int, on: date | None
) -> Iterator[DeclarationError]:
    """What is wrong with a file of decisions, whatever they are about.

    `kind` is their word, as waiver: the file's list is named by its plural. Yields a fault for a file of another year,
    an id given twice, and, unless `on` is None, a decision that is not in force on that day.
    """
    if document.data["year"] != year:
        yield DeclarationError(
            reference=f"{kind}s-of-another-year", where=document.where(("year",)), found=repr(document.data["year"]),
            expected=str(year), fix="correct the year, or move the file",
        )  # fmt: skip
    ids = [decision.id for decision in decisions]
    for number, decision in enumerate(decisions):
        where = document.where((f"{kind}s", number))
        if decision.id in ids[:number]:
            yield DeclarationError(
                reference=f"duplicate-{kind}", where=where, found=decision.id, expected="an id of its own",
                fix="change the id",
            )  # fmt: skip
        if decision.expires < decision.granted:
            yield DeclarationError(
                reference="expires-before-granted", where=f"{where}, '{decision.id}'",
                found=f"granted {decision.granted}, expires {decision.expires}", expected="a last day that is not before the first",
                fix="correct the days",
            )  # fmt: skip
        elif on is not None and not decision.granted <= on <= decision.expires:
            yield DeclarationError(
                reference=f"{kind}-not-in-force", where=f"{where}, '{decision.id}'",
                found=f"in force {decision.granted} to {decision.expires}", expected=f"in force on {on}",
                fix=f"renew the {kind}, or remove it",
            )  # fmt: skip
