"""What is said of the warehouse: every table and every column that is there, in English; a mart's also in Japanese."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import duckdb
import pytest

from pipeline.home import Home
from pipeline.publish.disclosure import list_marts
from pipeline.publish.tables import _mart_field
from pipeline.warehouse.dbt import load_manifest
from schemas.survey import Survey

JAPANESE = re.compile(r"[\u3040-\u30ff\u4e00-\u9fff]")
LEAST_WORDS = 2


@dataclass(frozen=True)
class Warehouse:
    """A survey's built warehouse: the columns that are there, and what dbt's YAML says of tables and columns."""

    survey: Survey
    columns: set[tuple[str, str]]
    told_tables: dict[str, str]
    told_columns: dict[tuple[str, str], str]


def tables_of(manifest: Any) -> Iterator[Any]:
    yield from (node for node in manifest.nodes.values() if node.resource_type == "model")
    yield from manifest.sources.values()


@pytest.fixture(params=["own", "second"])
def warehouse(request: pytest.FixtureRequest) -> Warehouse:
    survey: Survey = request.getfixturevalue(f"{request.param}_survey")
    home: Home = request.getfixturevalue(f"{request.param}_home")
    with duckdb.connect(str(home.warehouse_build), read_only=True) as connection:
        columns = connection.execute("select table_name, column_name from information_schema.columns").fetchall()
    tables = list(tables_of(load_manifest(survey)))
    return Warehouse(
        survey,
        set(columns),
        {table.name: table.description for table in tables},
        {(table.name, column.name): column.description for table in tables for column in table.columns.values()},
    )


def test_every_table_and_every_column_is_described(warehouse: Warehouse) -> None:
    assert sorted({table for table, _ in warehouse.columns} - set(warehouse.told_tables)) == []
    assert sorted(warehouse.columns - set(warehouse.told_columns)) == []
    assert [name for name, told in warehouse.told_tables.items() if not told] == []


def test_only_columns_that_are_there_are_described(warehouse: Warehouse) -> None:
    assert sorted(set(warehouse.told_columns) - warehouse.columns) == []


def test_a_description_says_more_than_the_name_of_its_column(warehouse: Warehouse) -> None:
    vague = {
        place: told
        for place, told in warehouse.told_columns.items()
        if len(told.split()) < LEAST_WORDS or set(words(told)) <= set(words(place[1])) or not told.endswith(".")
    }
    assert vague == {}


def words(text: str) -> list[str]:
    return re.findall(r"[a-z]+", text.lower())


def test_every_model_begins_with_its_grain(warehouse: Warehouse) -> None:
    models = [name for name in warehouse.told_tables if name.startswith(("stg_", "int_", "fct_", "mart_"))]
    assert models
    assert [name for name in models if not warehouse.told_tables[name].startswith("Grain: one row for each ")] == []


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
