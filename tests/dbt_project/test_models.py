"""The unit tests that stand beside the models, run by dbt on DuckDB; every model with logic has one."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from pipeline.home import PROJECT_ROOT, Home
from pipeline.warehouse.dbt import NodeResult, load_manifest, unit_test
from pipeline.warehouse.wide_marts import FOLDER
from schemas.survey import Survey
from tests.conftest import DEMO_YEAR, SECOND_YEAR

OWN, SECOND = Survey(PROJECT_ROOT), Survey(PROJECT_ROOT / "tests" / "second_survey")
SURVEYS = pytest.mark.parametrize("survey", [OWN, SECOND], ids=["own", "second"])
PLAIN = "staging"
LOGIC = re.compile(r"\b(join|where|case|coalesce|group|having|over|union|distinct|limit|ref)\b")


def declared(survey: Survey) -> Iterator[str]:
    """`model.test` of every unit test, read without dbt; each stands in the file that its model gives the name."""
    for path in sorted(survey.section_models.parent.rglob("unit_tests/*.yml")):
        for test in yaml.safe_load(path.read_text(encoding="utf-8"))["unit_tests"]:
            assert test["model"] == path.stem, f"{path}: '{test['name']}' belongs into {test['model']}.yml"
            yield f"{test['model']}.{test['name']}"


OWN_TESTS, SECOND_TESTS = list(declared(OWN)), list(declared(SECOND))


@pytest.fixture(scope="session")
def results(own_home: Home, second_home: Home) -> dict[str, NodeResult]:
    """What became of every unit test; of the second survey, those of its own models."""
    ran = unit_test(OWN, own_home.year_warehouse(DEMO_YEAR))
    ran += unit_test(
        SECOND, second_home.year_warehouse(SECOND_YEAR), models=sorted({t.partition(".")[0] for t in SECOND_TESTS})
    )
    return {result.unique_id.removeprefix("unit_test.kyogikai."): result for result in ran}


@pytest.mark.parametrize("name", [*OWN_TESTS, *SECOND_TESTS])
def test_model_gives_the_rows_that_are_expected(results: dict[str, NodeResult], name: str) -> None:
    if not results[name].is_success:
        pytest.fail(results[name].message, pytrace=False)


def test_every_unit_test_was_run(results: dict[str, NodeResult]) -> None:
    assert sorted(results) == sorted([*OWN_TESTS, *SECOND_TESTS])


def models(survey: Survey) -> list[Any]:
    return [node for node in load_manifest(survey).nodes.values() if node.resource_type == "model"]


def is_plain(model: Any) -> bool:
    return Path(model.original_file_path).parent.name == PLAIN


def is_wide(model: Any) -> bool:
    return Path(model.original_file_path).parent.name == FOLDER


def without_unit_test(models: Iterable[Any], tested: set[str]) -> list[str]:
    """Models that no unit test names, but plain selects, and what is written from questionnaires and compared with the answers."""
    return [model.name for model in models if not is_plain(model) and not is_wide(model) and model.name not in tested]


@SURVEYS
def test_every_model_with_logic_has_a_unit_test(survey: Survey) -> None:
    tested = {test.model for test in load_manifest(survey).unit_tests.values()}
    assert without_unit_test(models(survey), tested) == []


def test_a_model_without_a_unit_test_is_named() -> None:
    names = {model.name for model in models(OWN)}
    assert without_unit_test(models(OWN), names - {"fct_figures"}) == ["fct_figures"]


@SURVEYS
def test_a_plain_model_selects_from_one_source_and_does_nothing_else(survey: Survey) -> None:
    plain = [model for model in models(survey) if is_plain(model)]
    assert plain
    assert [model.name for model in plain if len(model.depends_on.nodes) != 1 or LOGIC.search(model.raw_code)] == []


@SURVEYS
def test_every_unit_test_says_which_behaviour_it_proves(survey: Survey) -> None:
    told = [test.description for test in load_manifest(survey).unit_tests.values()]
    assert all(told)
    assert len(set(told)) == len(told)
