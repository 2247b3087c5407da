"""The second survey with a second year, whose figures are compared with the first year's as released."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

from pipeline.home import Home
from schemas.survey import Survey
from tests.support.workbooks import usual_workbook

FIRST, SECOND = 2025, 2026
CHANGE, NEW_CHANGE = "change-plans-total", "change-plans-answered"
SHARE = 0.2

QUESTIONNAIRE = """
based_on: 2025
year: 2026
version: "2026-1"
reference_date: 2026-04-01
baseline: {ja: 令和６年度, en: FY2024}
calendar: {forms_out: 2026-05-01, reminder: 2026-05-20, deadline: 2026-05-29, release_candidate: 2026-06-30}
periods:
  - {id: drills, label: 令和７年度, start: 2025-04-01, end: 2026-03-31}
"""
RELATIONS = f"""
based_on: 2025
year: 2026
relations:
  - id: {CHANGE}
    kind: change
    statement: {{ja: 計画数の前回の公表値からの変化は20％以内である}}
    figures: [plans.total]
    share: {SHARE}
    examples:
      pass: {{"plans.total": 105, "plans.total#previous": 100}}
      fail: {{"plans.total": 200, "plans.total#previous": 100}}
      boundary: {{"plans.total": 120, "plans.total#previous": 100}}
      boundary_is: pass
      unverifiable: {{"plans.total": 100, "plans.total#previous": null}}
  - id: {NEW_CHANGE}
    kind: change
    statement: {{ja: 回答した市町村の数の前回の公表値からの変化は20％以内である}}
    severity: warning
    figures: [plans.answered]
    share: {SHARE}
    examples:
      pass: {{"plans.answered": 21, "plans.answered#previous": 20}}
      fail: {{"plans.answered": 21, "plans.answered#previous": 10}}
      boundary: {{"plans.answered": 24, "plans.answered#previous": 20}}
      boundary_is: pass
      unverifiable: {{"plans.answered": 21, "plans.answered#previous": null}}
"""
RULES = "based_on: 2025\nyear: 2026\n"
FIGURES = """
based_on: 2025
year: 2026
figures:
  - {id: plans.answered, section: plans, label: 計画数の回答, operation: count, question: plan_count, unit: municipality}
"""
STATE_COLUMN = "- {name: plan_state, data_type: varchar, "
NOT_NULL = "dbt.not_null_mart_plans_plan_state"


def make_two_years(survey: Survey, root: Path) -> Survey:
    """Copy the second survey and declare one more year with one more figure; its mart demands that every municipality has a state."""
    shutil.copytree(survey.root, root)
    declared = {"questionnaires": QUESTIONNAIRE, "rules": RULES, "figures": FIGURES, "relations": RELATIONS}
    for kind, text in declared.items():
        (root / "schemas" / kind / f"{SECOND}.yaml").write_text(text, encoding="utf-8")
    shutil.copytree(root / "data" / "prose" / str(FIRST), root / "data" / "prose" / str(SECOND))
    shutil.copy(root / "schemas" / "reports" / f"{FIRST}.md", root / "schemas" / "reports" / f"{SECOND}.md")
    sections = root / "dbt_project" / "models" / "sections" / "_sections.yml"
    text = sections.read_text(encoding="utf-8")
    assert STATE_COLUMN in text
    demanding = text.replace(STATE_COLUMN, f"{STATE_COLUMN}data_tests: [not_null], ")
    sections.write_text(demanding, encoding="utf-8")
    return Survey(root)


def send(home: Home, survey: Survey, year: int, edits: dict[str, dict[tuple[str, int, str | None], Any]]) -> None:
    """Put returns into the inbox: those of all municipalities the first time, later those that are edited."""
    declarations = survey.load_year(year)
    folder = home.inbox(year)
    is_first = not folder.exists()
    folder.mkdir(parents=True, exist_ok=True)
    for municipality in declarations.municipalities:
        if is_first or municipality.code in edits:
            content = usual_workbook(declarations, municipality, edits.get(municipality.code))
            number = len(list(folder.glob(f"{municipality.code}*")))
            name = f"{municipality.code}（修正{number}）.xlsx" if number else f"{municipality.code}.xlsx"
            (folder / name).write_bytes(content)
