"""What is said of the warehouse: every table and every column that is there, in Japanese and in English."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import duckdb
import pytest

from pipeline.home import Home
from pipeline.publish.tables import _mart_field
from pipeline.warehouse.dbt import load_manifest
from pipeline.warehouse.descriptions import Description, split_description
from pipeline.warehouse.disclosure import list_marts
from schemas.errors import DeclarationError
from schemas.survey import Survey

JAPANESE = re.compile(r"[\u3040-\u30ff\u4e00-\u9fff]")
KANA = re.compile(r"[\u3040-\u30ff]")
QUOTED = re.compile(r"\([^)]*\)|特になし|その他")
"""What English quotes of the forms: terms in brackets, and the two options that every form has."""
PLACE = "_sections.yml, 'mart_council', column 'year'"
LEAST_WORDS = 2


@dataclass(frozen=True)
class Warehouse:
    """A survey's built warehouse: the columns that are there, and what dbt's YAML says of tables and columns."""

    survey: Survey
    columns: set[tuple[str, str]]
    told_tables: dict[str, Description]
    told_columns: dict[tuple[str, str], Description]
    told_sources: dict[str, Description]


def tables_of(manifest: Any) -> Iterator[Any]:
    yield from (node for node in manifest.nodes.values() if node.resource_type == "model")
    yield from manifest.sources.values()


@pytest.fixture(params=["own", "second"])
def warehouse(request: pytest.FixtureRequest) -> Warehouse:
    survey: Survey = request.getfixturevalue(f"{request.param}_survey")
    home: Home = request.getfixturevalue(f"{request.param}_home")
    with duckdb.connect(str(home.year_warehouse(survey.years[-1])), read_only=True) as connection:
        columns = connection.execute("select table_name, column_name from information_schema.columns").fetchall()
    tables = list(tables_of(load_manifest(survey)))
    return Warehouse(
        survey,
        set(columns),
        {table.name: split_description(table.description, table.name) for table in tables},
        {
            (table.name, column.name): split_description(column.description, f"{table.name}.{column.name}")
            for table in tables
            for column in table.columns.values()
        },
        {
            source.source_name: split_description(source.source_description, source.source_name)
            for source in load_manifest(survey).sources.values()
        },
    )


def test_every_table_and_every_column_is_described(warehouse: Warehouse) -> None:
    assert sorted({table for table, _ in warehouse.columns} - set(warehouse.told_tables)) == []
    assert sorted(warehouse.columns - set(warehouse.told_columns)) == []
    assert set(warehouse.told_sources) == {"raw", "quality"}


def everything(warehouse: Warehouse) -> dict[str, Description]:
    columns = {".".join(place): told for place, told in warehouse.told_columns.items()}
    return {**warehouse.told_sources, **warehouse.told_tables, **columns}


def test_each_part_is_written_in_its_language(warehouse: Warehouse) -> None:
    told = everything(warehouse)
    assert [place for place, said in told.items() if not JAPANESE.search(said.ja) or "|" in said.ja + said.en] == []
    assert [place for place, said in told.items() if KANA.search(QUOTED.sub("", said.en))] == []
    assert [place for place, said in told.items() if said.ja.endswith(("。", ".", "、"))] == []


def test_one_meaning_is_told_alike_everywhere(warehouse: Warehouse) -> None:
    words_of: dict[str, set[str]] = {}
    for said in everything(warehouse).values():
        words_of.setdefault(said.en, set()).add(said.ja)
    assert {en: ja for en, ja in words_of.items() if len(ja) > 1} == {}


def test_only_columns_that_are_there_are_described(warehouse: Warehouse) -> None:
    assert sorted(set(warehouse.told_columns) - warehouse.columns) == []


def test_a_description_says_more_than_the_name_of_its_column(warehouse: Warehouse) -> None:
    vague = {
        place: told.en
        for place, told in warehouse.told_columns.items()
        if len(told.en.split()) < LEAST_WORDS
        or set(words(told.en)) <= set(words(place[1]))
        or not told.en.endswith(".")
    }
    assert vague == {}


def words(text: str) -> list[str]:
    return re.findall(r"[a-z]+", text.lower())


def test_every_model_begins_with_its_grain(warehouse: Warehouse) -> None:
    models = [name for name in warehouse.told_tables if name.startswith(("stg_", "int_", "fct_", "mart_"))]
    assert models
    told = {name: warehouse.told_tables[name] for name in models}
    assert [name for name, said in told.items() if not said.en.startswith("Grain: one row for each ")] == []
    assert [name for name, said in told.items() if not said.ja.startswith("1行が")] == []


def test_readers_are_told_of_marts_and_columns_in_japanese(warehouse: Warehouse) -> None:
    marts = list_marts(warehouse.survey)
    assert [name for name, mart in marts.items() if not JAPANESE.search(mart.title)] == []
    assert [name for name, mart in marts.items() if not JAPANESE.search(mart.description)] == []
    for year in warehouse.survey.years:
        questionnaire = warehouse.survey.load_year(year).questionnaire
        fields = {
            (mart.name, column): _mart_field(mart, column, questionnaire)
            for mart in marts.values()
            for column in mart.columns
        }
        assert [place for place, field in fields.items() if not JAPANESE.search(field.title)] == []
        told = {place: field.description for place, field in fields.items() if field.description}
        assert [place for place, text in told.items() if not JAPANESE.search(text)] == []


def test_a_description_is_split_at_its_first_bar() -> None:
    assert split_description("調査年 | Survey year.", PLACE) == Description("調査年", "Survey year.")
    assert split_description("比 | a | b", PLACE) == Description("比", "a | b")


@pytest.mark.parametrize(
    "text",
    ["", "調査年", "Survey year.", "調査年 | ", " | Survey year.", "調査年|Survey year.", "Survey year. | 調査年"],
)
def test_a_description_in_one_language_is_refused_with_its_place(text: str) -> None:
    with pytest.raises(DeclarationError, match=r"(?s)one-language-description.*'mart_council', column 'year'"):
        split_description(text, PLACE)
