"""dbt's unit tests run in dbt itself; every model with logic has one, and every column is described."""

from __future__ import annotations

import shutil
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import duckdb
import pytest

from pipeline.home import PROJECT_ROOT, Home
from pipeline.warehouse.dbt import load_manifest, unit_test
from schemas.survey import Survey

OWN = Survey(PROJECT_ROOT)
SECOND = Survey(PROJECT_ROOT / "tests" / "second_survey")
SURVEYS = [pytest.param(OWN, "demo_home", id="own"), pytest.param(SECOND, "finished_home", id="second")]
PLAIN = "staging"


def models(survey: Survey) -> list[Any]:
    return [node for node in load_manifest(survey).nodes.values() if node.resource_type == "model"]


def without_unit_test(models: Iterable[Any], tested: set[str]) -> list[str]:
    """Models outside the folder of plain selects that no unit test names."""
    return [m.name for m in models if Path(m.original_file_path).parent.name != PLAIN and m.name not in tested]


@pytest.mark.parametrize(("survey", "home_name"), SURVEYS)
def test_every_unit_test_of_the_models_passes(
    survey: Survey, home_name: str, request: pytest.FixtureRequest, tmp_path: Path
) -> None:
    home: Home = request.getfixturevalue(home_name)
    warehouse = tmp_path / home.warehouse.name
    shutil.copy(home.warehouse, warehouse)
    results = unit_test(survey, warehouse)
    assert len(results) == len(load_manifest(survey).unit_tests) > 0
    assert not [f"{result.name}: {result.message}" for result in results if not result.is_success]


@pytest.mark.parametrize("survey", [OWN, SECOND], ids=["own", "second"])
def test_every_model_with_logic_has_a_unit_test(survey: Survey) -> None:
    tested = {test.model for test in load_manifest(survey).unit_tests.values()}
    assert not without_unit_test(models(survey), tested)


def test_a_model_without_a_unit_test_is_named() -> None:
    names = {model.name for model in models(OWN)}
    assert without_unit_test(models(OWN), names - {"fct_figures"}) == ["fct_figures"]


@pytest.mark.parametrize("survey", [OWN, SECOND], ids=["own", "second"])
def test_a_plain_model_renames_and_casts_and_does_nothing_else(survey: Survey) -> None:
    plain = [model for model in models(survey) if Path(model.original_file_path).parent.name == PLAIN]
    words = (" join ", "group by", " over (", "union", "distinct", " where ")
    sql = {model.name: f" {' '.join(model.raw_code.lower().split())} " for model in plain}
    assert plain
    assert not [name for name, text in sql.items() if any(word in text for word in words)]


@pytest.mark.parametrize(("survey", "home_name"), SURVEYS)
def test_every_column_of_every_model_is_described_and_there(
    survey: Survey, home_name: str, request: pytest.FixtureRequest
) -> None:
    home: Home = request.getfixturevalue(home_name)
    described = {
        (model.name, column.name) for model in models(survey) for column in model.columns.values() if column.description
    }
    names = [model.name for model in models(survey)]
    with duckdb.connect(str(home.warehouse), read_only=True) as connection:
        there = set(connection.execute(
            "select table_name, column_name from information_schema.columns where table_name in (select unnest(?))",
            [names],
        ).fetchall())  # fmt: skip
    assert {model for model, _ in there} == set(names)
    assert described == there
    assert all(model.description for model in models(survey))
