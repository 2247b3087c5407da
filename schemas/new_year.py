"""Declaring a next year: its overlays and texts written into the survey, and taken back where they cannot be loaded."""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from pathlib import Path

from schemas.errors import KyogikaiError, UsageError
from schemas.next_year import Moved, next_year_overlay, overlay_text, unmoved_years
from schemas.survey import KINDS, Survey
from schemas.yaml_source import read_year

HEADS = {
    "questionnaires": "What is asked in {target}, where it differs from {source}; `changes` says what the two cannot tell.",
    "figures": "Figures of {target}, where they differ from {source}.",
    "rules": "Rules of {target}, where they differ from {source}.",
    "relations": "Relations between figures of {target}, where they differ from {source}.",
}


@dataclass(frozen=True)
class NewYear:
    """What was written; what moved on with the years; and what names a year and stayed, as (path, text)."""

    paths: tuple[Path, ...]
    moved: tuple[Moved, ...]
    kept: tuple[tuple[str, str], ...]


def declare_next_year(survey: Survey, source: int, target: int) -> NewYear:
    """Declare `target` after `source`: questionnaire, rules, figures and relations as overlays, and a copy of the prose.

    Raises UsageError for a year that is declared already, or in part, and for a source that is not declared or not earlier;
    DeclarationError, with nothing left behind, where the new year cannot be loaded.
    """
    survey.expect_year(source)
    if target <= source:
        raise UsageError(
            reference="not-a-later-year", where="YEAR", found=str(target), expected=f"a year after {source}",
            fix="name the new year first, and with --from the one that it follows",
        )  # fmt: skip
    files = {kind: survey.declarations / kind / f"{target}.yaml" for kind in KINDS}
    prose = survey.prose_folder(target)
    for path in (*files.values(), prose):
        if path.exists():
            raise UsageError(
                reference="year-is-declared", where=str(path), found="a declaration of that year", expected="a year without any",
                fix="edit what is there, or move it away first",
            )  # fmt: skip
    moved: list[Moved] = []
    kept: list[tuple[str, str]] = []
    try:
        for kind, path in files.items():
            data = read_year(survey.declarations / kind, source).data
            overlay, told = next_year_overlay(data, source, target)
            path.write_text(overlay_text(overlay, HEADS[kind].format(source=source, target=target)), encoding="utf-8")
            moved += told
            kept += unmoved_years(data, told)
            if policy := data.get("disclosure_policy"):
                kept.append(("disclosure_policy.decided_on", str(policy["decided_on"])))
        if survey.prose_folder(source).is_dir():
            shutil.copytree(survey.prose_folder(source), prose)
        survey.load_year(target)
    except (KyogikaiError, OSError):
        for path in files.values():
            path.unlink(missing_ok=True)
        shutil.rmtree(prose, ignore_errors=True)
        raise
    written = [*files.values(), *(sorted(prose.glob("*")) if prose.is_dir() else [])]
    return NewYear(tuple(written), tuple(moved), tuple(kept))
