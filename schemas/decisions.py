"""Decisions of named authorities that change what a run makes of the returns: what waivers and corrections share."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date
from pathlib import Path

from pydantic import Field

from schemas.errors import DeclarationError, raise_all
from schemas.labels import Day, Declared, Written
from schemas.yaml_source import YamlDocument

NEARLY = (".yml", ".yaml", ".txt", ".json")


class Decision(Declared):
    """Something that was decided, by whom, why, and from when until when it holds."""

    id: str = Field(pattern=r"^[a-z0-9][a-z0-9-]*$", description="stable id, shown wherever the decision shows")
    reason: Written = Field(description="why")
    authority: Written = Field(description="who decided")
    granted: Day = Field(description="first day in force")
    expires: Day = Field(description="last day in force")


def has_decisions(path: Path) -> bool:
    """Whether there is the year's file of decisions.

    Raises DeclarationError for one whose name is nearly that, as 2024.yml, which would be passed over.
    """
    raise_all([
        DeclarationError(
            reference="nearly-named", where=str(other), found=other.name, expected=path.name, fix="rename the file, or remove it"
        )
        for other in (sorted(path.parent.iterdir()) if path.parent.is_dir() else ())
        if other.name != path.name and other.stem.startswith(path.stem) and other.suffix.lower() in NEARLY
    ])  # fmt: skip
    return path.exists() or path.is_symlink()


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
        if on is not None and not decision.granted <= on <= decision.expires:
            yield DeclarationError(
                reference=f"{kind}-not-in-force", where=f"{where}, '{decision.id}'",
                found=f"in force {decision.granted} to {decision.expires}", expected=f"in force on {on}",
                fix=f"renew the {kind}, or remove it",
            )  # fmt: skip
