"""dbt's models as assets and its data tests as checks, reported from a build that ran in this process."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import duckdb
from dagster import AssetCheckResult, AssetCheckSpec, AssetExecutionContext, AssetKey, AssetSpec, MaterializeResult
from dagster_dbt import DagsterDbtTranslator, DagsterDbtTranslatorSettings, DbtProject

from pipeline.home import Home
from pipeline.orchestration.metadata import table
from pipeline.warehouse.build import RAW_TABLES, failing_rows
from pipeline.warehouse.dbt import NodeResult, manifest_path
from schemas.survey import Survey

UNIQUE_ID = "dagster_dbt/unique_id"
PHASES = {"staging": "process", "intermediate": "process", "figures": "process", "sections": "analyse",
          "analysis": "analyse"}  # fmt: skip
SOURCE_ASSETS = {**dict.fromkeys(RAW_TABLES.values(), "answers"), "raw_released_figure": "earlier_releases"}
EXTERNAL_ASSETS = (
    AssetSpec(
        "declarations", group_name="design", description="Questionnaires, rules, figures, relations, reference data."
    ),
    AssetSpec(
        "earlier_releases", group_name="disseminate", description="The releases of each year that were made before."
    ),
)


def read_manifest(survey: Survey) -> dict[str, Any]:
    """dbt's manifest as data; dbt parses its project only when a file of it has changed."""
    return json.loads(manifest_path(survey).read_bytes())  # type: ignore[no-any-return]


class SurveyTranslator(DagsterDbtTranslator):
    """Names groups after the phases of the statistical process, and what the raw tables come from."""

    def __init__(self) -> None:
        super().__init__(DagsterDbtTranslatorSettings(enable_duplicate_source_asset_keys=True))

    def get_asset_key(self, dbt_resource_props: Mapping[str, Any]) -> AssetKey:
        """A model is an asset of its own; a raw table is the asset that gave its rows."""
        if dbt_resource_props["resource_type"] == "source":
            return AssetKey(SOURCE_ASSETS.get(dbt_resource_props["name"], "declarations"))
        return super().get_asset_key(dbt_resource_props)

    def get_group_name(self, dbt_resource_props: Mapping[str, Any]) -> str | None:
        """The phase to which the model's folder belongs."""
        return PHASES.get(Path(dbt_resource_props["original_file_path"]).parent.name)

    def get_asset_check_spec(
        self, asset_spec: AssetSpec, manifest: Mapping[str, Any], unique_id: str, project: DbtProject | None
    ) -> AssetCheckSpec | None:
        """A failed test blocks nothing in the run: the gate judges it, and a draft is written all the same."""
        spec = super().get_asset_check_spec(asset_spec, manifest, unique_id, project)
        return spec and AssetCheckSpec(
            spec.name, asset=spec.asset_key, description=spec.description, additional_deps=spec.additional_deps,
            blocking=False, metadata=spec.metadata,
        )  # fmt: skip


def report_results(
    context: AssetExecutionContext, home: Home, results: Sequence[NodeResult]
) -> Iterator[MaterializeResult[None] | AssetCheckResult]:
    """Yield what became of every model and data test. All are built together, but only what was asked for is told."""
    assets = context.assets_def
    keys = {spec.metadata[UNIQUE_ID]: spec.key for spec in assets.specs}
    checks = {spec.metadata[UNIQUE_ID]: spec.key for spec in assets.check_specs}
    counts = count_rows(home, [result.name for result in results if result.kind == "model"])
    for result in results:
        if result.kind == "model" and keys.get(result.unique_id) in context.selected_asset_keys:
            metadata = {"dagster/row_count": counts[result.name], "seconds": result.seconds}
            yield MaterializeResult(asset_key=keys[result.unique_id], metadata=metadata)
        if result.kind == "test" and checks.get(result.unique_id) in context.selected_asset_check_keys:
            key = checks[result.unique_id]
            yield AssetCheckResult(
                asset_key=key.asset_key, check_name=key.name, passed=result.is_success,
                description=result.message or None, metadata=data_test_metadata(home, result),
            )  # fmt: skip


def data_test_metadata(home: Home, result: NodeResult) -> dict[str, Any]:
    """How many rows a data test rejects, and the first of them as a table."""
    rows = failing_rows(home, result) if result.status == "fail" else []
    return {"failure_count": result.failure_count, "failing_rows": table(rows)}


def count_rows(home: Home, models: Sequence[str]) -> dict[str, int]:
    """Rows of each model in the warehouse that was built aside."""
    with duckdb.connect(str(home.warehouse_build), read_only=True) as connection:
        return {name: len(connection.table(name)) for name in models}
