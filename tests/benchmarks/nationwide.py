"""The survey asked of every municipality in the country, for the one question whether the product carries them all."""

from __future__ import annotations

import shutil
from pathlib import Path

from schemas.survey import Survey

FOLDERS = ("schemas", "data/reference", "data/prose", "dbt_project/models/sections")


def declare_nationwide(survey: Survey, year: int, root: Path) -> Survey:
    """Copy a survey's declarations to `root`, for all prefectures and without figures that its answers must give."""
    for folder in FOLDERS:
        shutil.copytree(survey.root / folder, root / folder, ignore=shutil.ignore_patterns("*.py", "__pycache__"))
    for kind in ("questionnaires", "figures", "rules", "relations", "reports"):
        for path in (root / "schemas" / kind).iterdir():
            if path.stem != str(year):
                path.unlink()
    questionnaire = root / "schemas" / "questionnaires" / f"{year}.yaml"
    own = f'prefecture_code: "{survey.load_year(year).questionnaire.prefecture_code}"'
    text = questionnaire.read_text(encoding="utf-8")
    if own not in text:
        raise ValueError(f"{questionnaire} does not say {own}")
    questionnaire.write_text(text.replace(own, "prefecture_code: all"), encoding="utf-8")
    (root / "data" / "demo").mkdir()
    shutil.copy(survey.root / "data" / "demo" / "common.yaml", root / "data" / "demo" / "common.yaml")
    return Survey(root)
