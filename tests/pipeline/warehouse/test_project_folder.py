"""dbt finds the sections of any survey, wherever it lies, and writes what it compiles beside what it derives alone."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from pipeline.home import PROJECT_ROOT
from pipeline.warehouse.dbt import DBT_PROJECT, project_folder, target_folder
from schemas.survey import Survey


def files_of(folder: Path) -> set[str]:
    return {path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()}


def test_the_product_s_own_survey_needs_no_other_folder(tmp_path: Path) -> None:
    (tmp_path / "dbt_project").symlink_to(DBT_PROJECT)
    assert {project_folder(Survey(root)) for root in (PROJECT_ROOT, tmp_path)} == {DBT_PROJECT}


def test_another_survey_has_the_generic_models_and_its_own_sections(tmp_path: Path) -> None:
    survey = Survey(tmp_path / "far" / "away" / "and" / "deep" / "below" / "other" / "folders")
    survey.section_models.mkdir(parents=True)
    (survey.section_models / "mart_plans.sql").write_text("select 1", encoding="utf-8")
    folder = project_folder(survey)
    assert project_folder(survey) == folder
    assert files_of(folder / "models" / "sections") == {"mart_plans.sql"}
    for name in ("models/staging", "models/figures", "macros", "tests"):
        assert files_of(folder / name) == files_of(DBT_PROJECT / name)
    shutil.rmtree(target_folder(survey))


@pytest.mark.usefixtures("finished_home")
def test_what_dbt_compiles_of_another_survey_lies_in_its_target_folder(second_survey: Survey) -> None:
    compiled = target_folder(second_survey) / "run" / "kyogikai" / "models" / "sections" / "mart_plans.sql"
    assert "create" in compiled.read_text(encoding="utf-8").lower()
    assert "create" not in (second_survey.section_models / "mart_plans.sql").read_text(encoding="utf-8").lower()
