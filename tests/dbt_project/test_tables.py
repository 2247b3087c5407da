"""How the table of a model is made: with its descriptions as comments, and anew where one is there."""

from __future__ import annotations

import shutil
from pathlib import Path

import duckdb

from pipeline.home import Home
from pipeline.warehouse.dbt import build, load_manifest
from schemas.survey import Survey
from tests.conftest import SECOND_YEAR


def test_descriptions_are_the_comments_of_tables_and_columns(second_survey: Survey, second_home: Home) -> None:
    with duckdb.connect(str(second_home.year_warehouse(SECOND_YEAR)), read_only=True) as connection:
        tables = dict(
            connection.execute(
                "select table_name, comment from duckdb_tables() union all select view_name, comment from duckdb_views()"
            ).fetchall()
        )
        columns = {
            (table, column): comment
            for table, column, comment in connection.execute(
                "select table_name, column_name, comment from duckdb_columns() where not internal"
            ).fetchall()
        }
    models = [node for node in load_manifest(second_survey).nodes.values() if node.resource_type == "model"]
    assert {model.name: model.description for model in models}.items() <= tables.items()
    told = {(model.name, column.name): column.description for model in models for column in model.columns.values()}
    assert told.items() <= columns.items()


def test_a_table_that_is_there_is_made_anew(second_survey: Survey, second_home: Home, tmp_path: Path) -> None:
    path = tmp_path / second_home.year_warehouse(SECOND_YEAR).name
    shutil.copyfile(second_home.year_warehouse(SECOND_YEAR), path)
    with duckdb.connect(str(path)) as connection:
        before = set(connection.execute("select table_name from duckdb_tables()").fetchall())
        connection.execute("drop table stg_municipalities")
        connection.execute("create table stg_municipalities as select 1 as nothing")
    assert [
        result.message for result in build(second_survey, path) if result.kind == "model" and not result.is_success
    ] == []
    with duckdb.connect(str(path), read_only=True) as connection:
        assert set(connection.execute("select table_name from duckdb_tables()").fetchall()) == before
        (count,) = connection.execute("select count(municipality_code) from stg_municipalities").fetchone() or (0,)
    assert count > 0
