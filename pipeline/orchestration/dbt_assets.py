"""dbt's models as assets and its data tests as checks, reported from a build that ran in this process."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from dagster import AssetCheckResult, AssetCheckSpec, AssetExecutionContext, AssetKey, AssetSpec, MaterializeResult
from dagster_dbt import DagsterDbtTranslator, DagsterDbtTranslatorSettings, DbtProject

from pipeline.home import Home
from pipeline.orchestration.metadata import table
from pipeline.warehouse.build import failing_rows, row_counts
from pipeline.warehouse.dbt import NodeResult, manifest_path
from pipeline.warehouse.raw_tables import OF_STAGES
from schemas.survey import Survey

UNIQUE_ID = "dagster_dbt/unique_id"
PHASES = {"staging": "process", "intermediate": "process", "figures": "process", "sections": "analyse",
          "analysis": "analyse"}  # fmt: skip
SOURCE_ASSETS = {**dict.fromkeys(OF_STAGES.values(), "answers"), "raw_released_figure": "earlier_releases"}
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
    context: AssetExecutionContext, home: Home, results: Mapping[int, Sequence[NodeResult]]
) -> Iterator[MaterializeResult[None] | AssetCheckResult]:
    """Yield what became of every model and data test in all years together. Only what was asked for is told."""
    assets = context.assets_def
    keys = {spec.metadata[UNIQUE_ID]: spec.key for spec in assets.specs}
    checks = {spec.metadata[UNIQUE_ID]: spec.key for spec in assets.check_specs}
    counts = row_counts(home, results)
    of_nodes: dict[str, dict[int, NodeResult]] = defaultdict(dict)
    for year, of_year in results.items():
        for result in of_year:
            of_nodes[result.unique_id][year] = result
    for unique_id, by_year in of_nodes.items():
        first = next(iter(by_year.values()))
        if first.kind == "model" and keys.get(unique_id) in context.selected_asset_keys:
            seconds = sum(result.seconds for result in by_year.values())
            metadata = {"dagster/row_count": counts[first.name], "seconds": seconds}
            yield MaterializeResult(asset_key=keys[unique_id], metadata=metadata)
        if first.kind == "test" and checks.get(unique_id) in context.selected_asset_check_keys:
            key = checks[unique_id]
            told = [f"{year}: {result.message}" for year, result in by_year.items() if result.message]
            yield AssetCheckResult(
                asset_key=key.asset_key, check_name=key.name, passed=all(result.is_success for result in by_year.values()),
                description="; ".join(told) or None, metadata=data_test_metadata(home, by_year),
            )  # fmt: skip


def data_test_metadata(home: Home, results: Mapping[int, NodeResult]) -> dict[str, Any]:
    """How many rows a data test rejects in all years, and the first of each as a table."""
    failed = {year: result for year, result in results.items() if result.status == "fail"}
    rows = [row for year, result in failed.items() for row in failing_rows(home, year, result)]
    count = sum(result.failure_count for result in results.values())
    return {"failure_count": count, "failing_rows": table(rows)}
