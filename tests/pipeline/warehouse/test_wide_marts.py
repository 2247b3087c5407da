"""Wide marts: what they say is what the long mart of answers says, and their files follow the questionnaires."""

from __future__ import annotations

import shutil
from pathlib import Path

import duckdb
import jinja2
import polars as pl
import pytest
import yaml

from pipeline.home import PROJECT_ROOT, Home
from pipeline.warehouse.disclosure import Mart, MartColumn, list_marts, public_columns
from pipeline.warehouse.wide_marts import FOLDER, stale_wide_marts, wide_marts, write_wide_marts
from schemas.errors import DeclarationError
from schemas.questionnaire import Questionnaire
from schemas.questionnaire_faults import COLUMNS
from schemas.survey import Survey
from tests.conftest import DEMO_YEAR
from tests.support.changed_years import NEXT, SHIFTED, survey_with
from tests.support.command import kyogikai

OWN = Survey(PROJECT_ROOT)
NAMES = sorted(Path(name).stem for name in wide_marts(OWN) if name.endswith(".sql"))
SHARED = set(COLUMNS)


@pytest.fixture(scope="module")
def warehouse(demo_home: Home) -> duckdb.DuckDBPyConnection:
    return duckdb.connect(str(demo_home.warehouse), read_only=True)


@pytest.mark.parametrize("name", NAMES)
def test_every_answer_stands_where_its_question_has_a_column(warehouse: duckdb.DuckDBPyConnection, name: str) -> None:
    wide = warehouse.execute(f"select * from {name} where year = {DEMO_YEAR}").pl()
    keys = ["municipality_code", *(["row_no"] if "row_no" in wide.columns else [])]
    columns = [column for column in wide.columns if column not in SHARED]
    cells = pl.concat([
        wide.select(*keys, column=pl.lit(column), told=pl.col(column).cast(pl.String)) for column in columns
    ]).filter(pl.col("told").is_not_null())  # fmt: skip
    long = warehouse.execute(f"select * from mart_answers where year = {DEMO_YEAR}").pl()
    many = pl.col("option_code") != ""
    answers = long.filter(pl.col("status").is_in(["answered", "not_chosen"])).select(
        *keys,
        column=pl.when(many)
        .then(pl.col("question_id") + "__" + pl.col("option_code").str.replace(".", "__", literal=True))
        .otherwise("question_id"),
        told=pl.when(many)
        .then((pl.col("status") == "answered").cast(pl.String))
        .otherwise(
            pl.coalesce(
                pl.col("value_code"),
                pl.col("value_number").cast(pl.String),
                pl.col("value_date").cast(pl.String),
                "value_text",
            )
        ),
    )
    expected = answers.filter(pl.col("column").is_in(columns) & pl.col("told").is_not_null())
    assert cells.height > wide.height / 2
    assert cells.sort([*keys, "column"]).equals(expected.sort([*keys, "column"]))


def test_every_public_or_counted_question_has_a_column_and_no_other_section_has_a_mart() -> None:
    marts = {name: mart for name, mart in list_marts(OWN).items() if name in NAMES}
    told = {column.question for mart in marts.values() for column in mart.columns.values()}
    questions = OWN.load_year(DEMO_YEAR).questionnaire.questions.values()
    assert {question.id for question in questions if question.disclosure != "internal"} <= told
    assert "mart_wide_respondent" not in marts
    assert not {"respondent_name", "respondent_phone"} & told


def test_the_columns_that_no_question_may_be_called_are_those_that_marts_share() -> None:
    marts = [mart for name, mart in list_marts(OWN).items() if name in NAMES]
    assert {name for mart in marts for name, column in mart.columns.items() if not column.question} == SHARED


def test_joint_rows_are_counted_once(warehouse: duckdb.DuckDBPyConnection) -> None:
    counted = warehouse.execute(
        f"select count(*) from mart_rows_council where year = {DEMO_YEAR} and is_counted"
    ).fetchone()
    councils = warehouse.execute(
        f"select value from fct_figures where year = {DEMO_YEAR} and figure_id = 'council.all'"
    )
    assert counted == councils.fetchone()


def test_the_committed_files_are_up_to_date() -> None:
    assert stale_wide_marts(OWN) == []


def test_files_follow_the_questionnaires(tmp_path: Path) -> None:
    questionnaire = """
sections:
  - id: establishment
    blocks:
      - {id: councils, questions: [{id: operator, drop: true}]}
  - id: activity
    blocks:
      - id: activity_answers
        questions:
          - {id: budget, label: 協議会の予算, type: count, unit: 千円, disclosure: public}
"""
    survey = survey_with(tmp_path, f"{SHIFTED}{questionnaire}")
    survey.section_models.unlink()
    shutil.copytree(PROJECT_ROOT / "dbt_project/models/sections", survey.section_models)
    changed = write_wide_marts(survey)
    assert {path.name for path in changed} == {"_wide.yml", "mart_rows_council.sql", "mart_wide_activity.sql"}
    sql = (survey.section_models / FOLDER / "mart_wide_activity.sql").read_text(encoding="utf-8")
    assert "{{ answer('budget', 'value_number') }} as budget" in sql
    rows = (survey.section_models / FOLDER / "mart_rows_council.sql").read_text(encoding="utf-8")
    assert "as operator" in rows, "what an earlier year asked stays"
    told = yaml.safe_load((survey.section_models / FOLDER / "_wide.yml").read_text(encoding="utf-8"))
    (mart,) = (model for model in told["models"] if model["name"] == "mart_wide_activity")
    (budget,) = (column for column in mart["columns"] if column["name"] == "budget")
    assert budget["config"]["meta"]["unit"] == "千円"
    assert write_wide_marts(survey) == []


def test_what_no_questionnaire_asks_any_more_is_removed_and_the_check_changes_nothing(tmp_path: Path) -> None:
    survey = survey_with(tmp_path, SHIFTED)
    survey.section_models.unlink()
    shutil.copytree(PROJECT_ROOT / "dbt_project/models/sections", survey.section_models)
    left = survey.section_models / FOLDER / "mart_wide_gone.sql"
    left.write_text("select 1 as one\n", encoding="utf-8")
    called = kyogikai("questionnaire", "marts", "--check", survey=survey.root)
    assert (called.code, called.out.split()) == (1, ["dbt_project/models/sections/wide/mart_wide_gone.sql"])
    assert left.exists()
    assert kyogikai("questionnaire", "marts", survey=survey.root).code == 0
    assert not left.exists()
    assert kyogikai("questionnaire", "marts", "--check", survey=survey.root).code == 0


def questionnaire_of(year: int) -> Questionnaire:
    return OWN.load_year(year).questionnaire


@pytest.mark.parametrize(("question", "is_public"), [
    ("role", True), ("subcommittee_topic", False), ("operator", False), ("asked_in_another_year", False),
])  # fmt: skip
def test_a_column_is_public_where_the_year_asks_its_question_in_public(question: str, is_public: bool) -> None:
    mart = Mart("mart_wide", disclosure="public", columns={"told": MartColumn(question=question)})
    assert public_columns(mart, ["told"], questionnaire_of(DEMO_YEAR)) == (["told"] if is_public else [])


def relabelled(folder: Path, label: str) -> Survey:
    """The survey with a next year in which one question is called otherwise."""
    return survey_with(
        folder,
        f"""{SHIFTED}
sections:
  - id: vitality
    blocks:
      - id: vitality_answers
        questions:
          - {{id: plenary_vitality, label: {label}}}
""",
    )


def test_braces_in_labels_are_no_template_of_dbt(tmp_path: Path) -> None:
    survey = relabelled(tmp_path, "\"全体会{{ ref('x') }}の{% y %}\"")
    (told,) = (
        column["config"]["meta"]["title_ja"]
        for model in yaml.safe_load(wide_marts(survey)["_wide.yml"])["models"]
        for column in model["columns"] if column["name"] == "plenary_vitality"
    )  # fmt: skip
    assert jinja2.Template(told).render() == "全体会{{ ref('x') }}の{% y %}"


@pytest.mark.parametrize("name", ["year", "kind", "a.b", "a__b"])
def test_a_question_whose_id_can_be_no_column_is_refused(tmp_path: Path, name: str) -> None:
    question = f"""
sections:
  - id: vitality
    blocks:
      - id: vitality_answers
        questions:
          - {{id: {name}, label: 何か, type: count}}
"""
    with pytest.raises(DeclarationError, match="a question's id is a column"):
        survey_with(tmp_path, f"{SHIFTED}{question}").load_year(NEXT)


def test_the_next_year_is_read_first(tmp_path: Path) -> None:
    survey = relabelled(tmp_path, "全体会の活性化の度合い")
    assert NEXT in survey.years
    assert "全体会の活性化の度合い" in wide_marts(survey)["_wide.yml"]
