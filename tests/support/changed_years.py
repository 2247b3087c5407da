"""A survey of the project's declarations with one more year, whose questionnaire differs from the one before as a test wants."""

from __future__ import annotations

import shutil
from pathlib import Path

from pipeline.home import PROJECT_ROOT
from schemas.survey import Survey

NEXT = 2025
KINDS = ("questionnaires", "rules", "figures", "relations", "reports")


def survey_with(folder: Path, questionnaire: str, figures: str = "", relations: str = "") -> Survey:
    """The project's survey with the year 2025, based on 2024; the texts are the rest of its declarations."""
    for kind in KINDS:
        shutil.copytree(PROJECT_ROOT / "schemas" / kind, folder / "schemas" / kind)
    for name in ("data/reference", "data/prose", "dbt_project/models/sections"):
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).symlink_to(PROJECT_ROOT / name)
    head = f"based_on: 2024\nyear: {NEXT}\n"
    texts = {
        "questionnaires": f'{head}version: "2025-1"\n{questionnaire}', "figures": f"{head}{figures}", "rules": head,
        "relations": f"{head}{relations}",
    }  # fmt: skip
    for kind, text in texts.items():
        (folder / "schemas" / kind / f"{NEXT}.yaml").write_text(text, encoding="utf-8")
    return Survey(folder)


SHIFTED = """
reference_date: 2025-09-30
calendar: {forms_out: 2025-10-01, reminder: 2025-10-21, deadline: 2025-10-31, release_candidate: 2025-12-02}
periods:
  - {id: meetings, label: 令和６年４月～令和７年９月, start: 2024-04-01, end: 2025-09-30}
"""
"""All days of the survey moved on by a year."""
