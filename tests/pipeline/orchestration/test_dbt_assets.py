"""dbt's models as assets and its data tests as checks."""

from __future__ import annotations

from dataclasses import replace
from types import SimpleNamespace
from typing import Any

import dagster as dg
import pytest

from pipeline.orchestration.dbt_assets import data_test_metadata, report_results
from pipeline.warehouse.dbt import NodeResult
from tests.conftest import SECOND_YEAR
from tests.support.dagster_run import Ran, names


def a_result(**changes: Any) -> NodeResult:
    plain = NodeResult("test.kyogikai.t.1", "t", "test", "pass", 0, "", 0.1, "select 2025 as year, 'x' as answer_id")
    return replace(plain, **changes)


def test_a_failed_data_test_shows_the_rows_that_it_rejects(ran: Ran) -> None:
    metadata = data_test_metadata(ran.home, {SECOND_YEAR: a_result(status="fail", failure_count=1)})
    assert metadata["failure_count"] == 1
    assert [record.data for record in metadata["failing_rows"].records] == [{"year": 2025, "answer_id": "x"}]
    assert data_test_metadata(ran.home, {SECOND_YEAR: a_result()})["failing_rows"].records == []


@pytest.mark.parametrize("status", ["fail", "error", "skipped"])
def test_a_data_test_that_did_not_pass_is_a_failed_check(ran: Ran, status: str) -> None:
    assets = ran.definitions.get_assets_def("fct_figures")
    spec = next(spec for spec in assets.check_specs if spec.asset_key == dg.AssetKey("fct_figures"))
    context = SimpleNamespace(
        assets_def=assets, selected_asset_keys=set(assets.keys), selected_asset_check_keys={spec.key}
    )
    result = a_result(unique_id=spec.metadata["dagster_dbt/unique_id"], name=spec.name, status=status, message="why")
    [told] = report_results(context, ran.home, {SECOND_YEAR: [result]})  # type: ignore[arg-type]
    assert isinstance(told, dg.AssetCheckResult)
    assert (told.check_name, told.passed, told.description) == (spec.name, False, f"{SECOND_YEAR}: why")


def test_only_what_was_asked_for_is_told(branch: Ran) -> None:
    result = branch.start("survey_year", asset_selection=[dg.AssetKey("fct_figures")])
    assert names(e.asset_key for e in result.get_asset_materialization_events()) == ["fct_figures"]
    assert {e.asset_key.to_user_string() for e in result.get_asset_check_evaluations()} == {"fct_figures"}
