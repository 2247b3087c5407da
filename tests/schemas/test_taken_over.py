"""What a year's declarations take over from another year's file."""

from __future__ import annotations

import re
import shutil
from pathlib import Path

import pytest

from schemas.errors import DeclarationError
from schemas.survey import Survey
from tests.conftest import SECOND_YEAR as YEAR


def test_a_fault_in_what_another_years_file_takes_over_names_both(second_survey: Survey, tmp_path: Path) -> None:
    survey = Survey(tmp_path / "survey")
    shutil.copytree(second_survey.root, survey.root)
    questionnaire = survey.root / "schemas" / "questionnaires"
    fewer = "options: [{code: complete, label: 全員分を作成}]"
    section = f"sections: [{{id: plans, blocks: [{{id: plan_answers, questions: [{{id: plan_state, {fewer}}}]}}]}}]"
    (questionnaire / f"{YEAR + 1}.yaml").write_text(
        f"based_on: {YEAR}\nyear: {YEAR + 1}\n{section}\n", encoding="utf-8"
    )
    with pytest.raises(DeclarationError) as caught:
        survey.load_year(YEAR + 1)
    assert re.search(
        rf"questionnaires/{YEAR}.yaml:\d+, taken over by \S*questionnaires/{YEAR + 1}.yaml", str(caught.value)
    )
