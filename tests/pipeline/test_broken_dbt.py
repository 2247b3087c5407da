"""A slip in a survey's own models is its author's, and is told with dbt's words; it never looks like a bug."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from pipeline.home import PROJECT_ROOT, Home
from pipeline.warehouse.build import build_years
from pipeline.warehouse.dbt import load_manifest, target_folder
from schemas.errors import DeclarationError
from schemas.survey import Survey


@pytest.fixture
def survey(second_survey: Survey, tmp_path: Path) -> Survey:
    shutil.copytree(second_survey.root, tmp_path / "survey")
    return Survey(tmp_path / "survey")


def slip(survey: Survey, name: str, old: str, new: str) -> None:
    path = survey.section_models / name
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1), encoding="utf-8")


def test_yaml_that_dbt_cannot_read_is_a_wrong_declaration(survey: Survey) -> None:
    slip(survey, "_sections.yml", "models:\n", "models:\n  - [: \n")
    with pytest.raises(DeclarationError, match="invalid-dbt-project") as raised:
        load_manifest(survey)
    assert "_sections.yml" in raised.value.render()
    shutil.rmtree(target_folder(survey))


def test_sql_that_cannot_be_built_is_a_wrong_declaration_that_names_its_model(survey: Survey, ready: Home) -> None:
    slip(survey, "mart_plans.sql", "select", "selec")
    published = ready.warehouse.read_bytes()
    with pytest.raises(DeclarationError, match="broken-model") as raised:
        build_years(ready, survey)
    assert "mart_plans.sql" in raised.value.render()
    assert ready.warehouse.read_bytes() == published
    shutil.rmtree(target_folder(survey))


PARSE = """
import sys
from pathlib import Path
from pipeline.warehouse.dbt import manifest_path
from schemas.survey import Survey
print(manifest_path(Survey(Path(sys.argv[1]))))
"""


def test_processes_that_parse_at_once_leave_one_whole_manifest(survey: Survey) -> None:
    command = [sys.executable, "-c", PARSE, str(survey.root)]
    processes = [subprocess.Popen(command, cwd=PROJECT_ROOT, stdout=subprocess.PIPE, text=True) for _ in range(3)]
    paths = {process.communicate()[0].strip() for process in processes}
    assert [process.returncode for process in processes] == [0, 0, 0]
    (path,) = paths
    assert any(node.endswith(".mart_plans") for node in json.loads(Path(path).read_bytes())["nodes"])
    assert len(list(Path(path).parent.glob("manifest-*.msgpack"))) == 1
    shutil.rmtree(target_folder(survey))


def test_a_survey_that_links_to_the_models_of_another_needs_no_manifest_of_its_own(
    second_survey: Survey, tmp_path: Path
) -> None:
    shutil.copytree(second_survey.root, tmp_path / "survey", ignore=shutil.ignore_patterns("dbt_project"))
    (tmp_path / "survey" / "dbt_project").symlink_to(second_survey.root / "dbt_project")
    assert target_folder(Survey(tmp_path / "survey")) == target_folder(second_survey)
