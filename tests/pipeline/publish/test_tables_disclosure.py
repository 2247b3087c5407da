"""What may be published follows from the models and the questionnaire; what nobody declares is internal."""

from __future__ import annotations

from typing import Any

import polars as pl
import pytest

from pipeline.warehouse.dbt import project_folder
from pipeline.warehouse.disclosure import Mart, MartColumn, list_marts, public_columns, public_rows, read_marts
from schemas.errors import DeclarationError
from schemas.survey import Survey, YearDeclarations


def node(meta: dict[str, Any], columns: dict[str, dict[str, Any]] | None = None, **more: Any) -> dict[str, Any]:
    described = {
        name: {"description": name, "meta": {}, "config": {"meta": own}} for name, own in (columns or {}).items()
    }
    return {
        "name": "mart_plans", "unique_id": "model.kyogikai.mart_plans", "description": "Grain.", "resource_type": "model",
        "config": {"meta": meta}, "columns": described, "patch_path": None, "original_file_path": "models/mart_plans.sql", **more,
    }  # fmt: skip


def test_a_mart_that_declares_nothing_is_internal(second_declarations: YearDeclarations) -> None:
    mart = read_marts([node({}, {"year": {}})])["mart_plans"]
    assert mart.disclosure == "internal"
    assert public_columns(mart, ["year"], second_declarations.questionnaire) == []


@pytest.mark.parametrize(("level", "expected"), [("public", ["year"]), ("aggregate", []), ("internal", [])])
def test_only_a_public_mart_is_published_row_by_row(
    level: str, expected: list[str], second_declarations: YearDeclarations
) -> None:
    mart = read_marts([node({"disclosure": level}, {"year": {}})])["mart_plans"]
    assert public_columns(mart, ["year"], second_declarations.questionnaire) == expected


def test_columns_are_held_back_by_their_own_word_or_for_want_of_a_description(
    second_declarations: YearDeclarations,
) -> None:
    columns: dict[str, dict[str, Any]] = {
        "year": {}, "clerk": {"disclosure": "internal"}, "score": {"disclosure": "aggregate"},
        "name": {"disclosure": "public"},
    }  # fmt: skip
    mart = read_marts([node({"disclosure": "public"}, columns)])["mart_plans"]
    found = public_columns(mart, [*columns, "undescribed"], second_declarations.questionnaire)
    assert found == ["year", "name"]


def test_a_column_that_bears_a_question_is_no_more_public_than_the_question(
    second_declarations: YearDeclarations,
) -> None:
    questions = second_declarations.questionnaire.questions
    withheld = next(q.id for q in questions.values() if q.disclosure != "public")
    shown = next(q.id for q in questions.values() if q.disclosure == "public")
    columns = {name: MartColumn(disclosure="public") for name in (withheld, shown)}
    mart = Mart("mart_plans", disclosure="public", columns=columns)
    assert public_columns(mart, columns, second_declarations.questionnaire) == [shown]


def test_rows_about_a_question_that_is_not_public_are_held_back(second_declarations: YearDeclarations) -> None:
    questions = second_declarations.questionnaire.questions.values()
    withheld = next(q.id for q in questions if q.disclosure != "public")
    shown = next(q.id for q in questions if q.disclosure == "public")
    table = pl.DataFrame({"question_id": [withheld, shown, "no_such_question", None]})
    assert public_rows(table, second_declarations.questionnaire)["question_id"].to_list() == [shown]
    other = pl.DataFrame({"name": ["岡山市"]})
    assert public_rows(other, second_declarations.questionnaire).equals(other)


@pytest.mark.parametrize(
    ("meta", "columns", "subject"),
    [({"disclosure": "pubic"}, {}, "model 'mart_plans'"), ({}, {"year": {"disclosure": "open"}}, "column 'year'")],
)
def test_an_unknown_word_is_an_error_with_its_place(
    meta: dict[str, Any], columns: dict[str, dict[str, Any]], subject: str, second_survey: Survey
) -> None:
    path = "kyogikai://models/sections/_sections.yml"
    with pytest.raises(DeclarationError, match="unknown-disclosure") as caught:
        read_marts([node(meta, columns, patch_path=path)], project_folder(second_survey))
    assert subject in caught.value.where
    file, line = caught.value.where.split(",")[0].rsplit(":", 1)
    lines = (second_survey.section_models / "_sections.yml").read_text(encoding="utf-8").splitlines()
    assert file == "tests/second_survey/dbt_project/models/sections/_sections.yml"
    assert f"name: {'year' if columns else 'mart_plans'}" in lines[int(line) - 1]


def test_without_a_description_file_the_model_is_named() -> None:
    with pytest.raises(DeclarationError) as caught:
        read_marts([node({"disclosure": "open"})])
    assert caught.value.where.startswith("models/mart_plans.sql, ")


def test_what_readers_see_comes_from_the_model() -> None:
    own = {"title_ja": "計画数", "description_ja": "空欄は無回答", "unit": "件"}
    mart = read_marts([node({"title_ja": "計画", "description_ja": "１行が１市町村"}, {"plan_count": own})])[
        "mart_plans"
    ]
    assert (mart.title, mart.description) == ("計画", "１行が１市町村")
    column = mart.columns["plan_count"]
    assert (column.title, column.description, column.unit) == ("計画数", "空欄は無回答", "件")


def test_what_the_model_says_in_english_is_not_shown_to_readers() -> None:
    mart = read_marts([node({}, {"plan_count": {}})])["mart_plans"]
    assert (mart.title, mart.description, mart.columns["plan_count"].description) == ("", "", "")


def test_the_real_manifest_lists_the_marts_of_the_survey(second_survey: Survey) -> None:
    marts = list_marts(second_survey)
    assert list(marts) == ["mart_answers", "mart_figure_series", "mart_plans", "mart_question_changes"]
    assert marts["mart_plans"].is_public
    assert "municipality_code" in marts["mart_plans"].columns
