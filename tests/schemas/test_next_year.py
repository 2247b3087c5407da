"""Declaring a next year: what moves on, what stays, and that nothing is left where it cannot be declared."""

from __future__ import annotations

import shutil
from datetime import date
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from pipeline.home import PROJECT_ROOT, Home
from schemas.errors import KyogikaiError, UsageError
from schemas.new_year import declare_next_year
from schemas.next_year import move_day, move_text, move_working_day, next_year_overlay
from schemas.survey import KINDS, Survey
from tests.support.command import kyogikai


@pytest.fixture
def survey(tmp_path: Path) -> Survey:
    root = tmp_path / "survey"
    for kind in (*KINDS, "reports"):
        shutil.copytree(PROJECT_ROOT / "schemas" / kind, root / "schemas" / kind)
    for name in ("data/reference", "data/prose", "dbt_project/models/sections"):
        shutil.copytree(PROJECT_ROOT / name, root / name)
    return Survey(root)


@pytest.mark.parametrize(("before", "after"), [
    ("令和５年４月～令和６年９月", "令和６年４月～令和７年９月"),
    ("令和4年度と比較した評価", "令和5年度と比較した評価"),
    ("令和元年度", "令和2年度"),
    ("平成30年度", "令和元年度"),
    ("平成２９年度", "平成３０年度"),
    ("April 2023 to September 2024", "April 2024 to September 2025"),
    ("FY2022", "FY2023"),
    ("２０２４年", "２０２５年"),
    ("平成17年法律第123号による", "平成17年法律第123号による"),
    ("平成25年3月の厚生労働省告示", "平成25年3月の厚生労働省告示"),
    ("令和5年度の件数。平成17年法律第123号による", "令和6年度の件数。平成17年法律第123号による"),
    ("2024年条例第5号", "2024年条例第5号"),
    ("12024件、第2024条は", "12024件、第2025条は"),
    ("回数", "回数"),
])  # fmt: skip
def test_years_in_wordings_move_on_but_for_those_of_laws(before: str, after: str) -> None:
    assert move_text(before, 1) == after


@given(year=st.integers(1990, 2080), years=st.integers(1, 5))
def test_a_year_moves_as_far_as_the_survey(year: int, years: int) -> None:
    assert move_text(f"{year}年度", years) == f"{year + years}年度"


@pytest.mark.parametrize(("day", "years", "later"), [
    (date(2024, 9, 30), 1, date(2025, 9, 30)), (date(2024, 2, 29), 1, date(2025, 2, 28)), (date(2024, 2, 29), 4, date(2028, 2, 29)),
])  # fmt: skip
def test_days_move_by_whole_years(day: date, years: int, later: date) -> None:
    assert move_day(day, years) == later


@pytest.mark.parametrize(("day", "later"), [
    (date(2024, 11, 1), date(2025, 11, 3)),
    (date(2024, 11, 2), date(2025, 11, 3)),
    (date(2024, 10, 31), date(2025, 10, 31)),
    (date(2024, 11, 3), date(2025, 11, 3)),
])  # fmt: skip
def test_what_is_due_is_due_on_a_working_day(day: date, later: date) -> None:
    assert move_working_day(day, 1) == later


def test_the_next_year_is_declared_and_nothing_in_it_breaks(survey: Survey) -> None:
    made = declare_next_year(survey, 2024, 2025)
    declared = survey.load_year(2025)
    assert declared.questionnaire.version == "2025-1"
    assert declared.questionnaire.reference_date == date(2025, 9, 30)
    assert declared.questionnaire.baseline.ja == "令和５年度"
    assert declared.changes
    assert {link.change for link in declared.changes.questions.values()} == {"same"}
    assert set(declared.figures) == set(survey.load_year(2024).figures)
    assert {path.relative_to(survey.root).parts[0] for path in made.paths} == {"schemas", "data"}
    assert ("disclosure_policy.decided_on", "2024-09-02") in made.kept
    moved = {one.path: (one.before, one.after) for one in made.moved}
    assert moved["periods.meetings.label.ja"] == ("令和５年４月～令和６年９月", "令和６年４月～令和７年９月")
    assert (survey.prose_folder(2025) / "purpose.md").is_file()


def test_the_year_after_the_next_follows_from_the_next(survey: Survey) -> None:
    declare_next_year(survey, 2024, 2025)
    declare_next_year(survey, 2025, 2026)
    assert survey.load_year(2026).questionnaire.reference_date == date(2026, 9, 30)
    assert yaml.safe_load((survey.declarations / "questionnaires" / "2026.yaml").read_text())["based_on"] == 2025


def test_a_change_of_the_year_before_stays_that_of_its_year(survey: Survey) -> None:
    path = survey.declarations / "questionnaires" / "2024.yaml"
    change = "changes:\n  - {since: 2024, question: role, is_break: true, reason: 設問の趣旨を改めたため}\n"
    path.write_text(path.read_text(encoding="utf-8") + change, encoding="utf-8")
    declare_next_year(survey, 2024, 2025)
    assert "changes" not in yaml.safe_load((survey.declarations / "questionnaires" / "2025.yaml").read_text())
    changes = survey.load_year(2025).changes
    assert changes
    assert changes.questions["role"].change == "same"
    assert survey.crosswalk(2023, 2025).questions["role"].change == "redefined"


def files_of(survey: Survey) -> set[str]:
    return {str(path.relative_to(survey.root)) for path in survey.root.rglob("*") if path.is_file()}


@pytest.mark.parametrize(("source", "target", "reference"), [
    (2024, 2024, "not-a-later-year"), (2024, 2023, "not-a-later-year"), (2019, 2025, "unknown-year"), (2022, 2024, "year-is-declared"),
])  # fmt: skip
def test_years_that_cannot_follow_are_refused(survey: Survey, source: int, target: int, reference: str) -> None:
    before = files_of(survey)
    with pytest.raises(UsageError) as caught:
        declare_next_year(survey, source, target)
    assert caught.value.reference == reference
    assert files_of(survey) == before


def test_a_year_that_is_declared_in_part_is_not_written_over(survey: Survey) -> None:
    path = survey.declarations / "rules" / "2025.yaml"
    path.write_text("year: 2025\n", encoding="utf-8")
    with pytest.raises(UsageError, match=r"2025\.yaml"):
        declare_next_year(survey, 2024, 2025)
    assert path.read_text(encoding="utf-8") == "year: 2025\n"


def test_nothing_is_left_of_a_year_that_cannot_be_loaded(survey: Survey) -> None:
    roster = survey.reference_folder / "municipalities.csv"
    lines = roster.read_text(encoding="utf-8").splitlines()
    head = lines[0].split(",")
    until = head.index("valid_to")
    rows = [line.split(",") for line in lines[1:]]
    rows = [[*row[:until], "2025-01-01", *row[until + 1 :]] if row[0].startswith("11") else row for row in rows]
    roster.write_text("\n".join(",".join(row) for row in [head, *rows]) + "\n", encoding="utf-8")
    before = files_of(survey)
    with pytest.raises(KyogikaiError):
        declare_next_year(survey, 2024, 2025)
    assert files_of(survey) == before


@pytest.mark.parametrize(("data", "expected"), [
    ({"version": "v3"}, {"version": "2025-1"}),
    ({"title": "2024年調査", "sender": "2024課"}, {"title": "2025年調査"}),
    ({"rules": [{"id": "a", "statement": {"ja": "令和6年"}}, {"id": "b", "statement": {"ja": "件"}}]},
     {"rules": [{"id": "a", "statement": {"ja": "令和7年"}}]}),
    ({"options": [{"code": "x", "label": "2024年"}, {"code": "y", "label": "他"}]},
     {"options": [{"code": "x", "label": "2025年"}, {"code": "y", "label": "他"}]}),
    ({"disclosure_policy": {"decided_on": date(2024, 9, 2)}}, {}),
])  # fmt: skip
def test_an_overlay_holds_what_moves_and_no_more(data: dict[str, Any], expected: dict[str, Any]) -> None:
    overlay, _ = next_year_overlay(data, 2024, 2025)
    assert overlay == {"based_on": 2024, "year": 2025, **expected}


def test_the_command_writes_marts_and_forms_and_says_what_moved(survey: Survey, tmp_path: Path) -> None:
    home = Home(tmp_path / "home")
    called = kyogikai("questionnaire", "new", 2025, "--from", 2024, home=home.root, survey=survey.root)
    assert called.code == 0
    assert len(list(home.forms(2025).glob("*.xlsx"))) == 63
    assert "wrote    schemas/questionnaires/2025.yaml" in called.out
    assert "moved    reference_date: 2024-09-30 → 2025-09-30" in called.out
    assert kyogikai("questionnaire", "marts", "--check", survey=survey.root).code == 0
    assert kyogikai("questionnaire", "new", 2025, "--from", 2024, home=home.root, survey=survey.root).code == 2
