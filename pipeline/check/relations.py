"""Great Expectations over the rows of the relations: GX compares, this adapter counts what it compared.

GX passes on nothing, so a relation without rows, or a row with a missing term, is unverifiable here and never a pass.
"""

from __future__ import annotations

import os
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from schemas.relations import Relation, RelationRow

if TYPE_CHECKING:
    import pandas as pd

KEYS = ["relation_id", "row_no"]
SIDES = ("left_value", "right_value")
BOUNDS = {
    "=": (("left_value", "lower_bound"), ("upper_bound", "left_value")),
    ">=": (("left_value", "lower_bound"),),
    "<=": (("upper_bound", "left_value"),),
}
"""By operator, which column must not be less than which."""


@dataclass(frozen=True)
class RelationVerdict:
    """What GX found for one relation: its verdict, and the rows behind it."""

    relation: Relation
    verdict: str
    judged_count: int
    failed_rows: tuple[int, ...]
    unknown_rows: tuple[int, ...]


def judge_relations(
    rows: pd.DataFrame,
    relations: Sequence[Relation],
    declared: Sequence[RelationRow],
    *,
    docs_folder: Path | None = None,
) -> list[RelationVerdict]:
    """Judge every declared relation against its rows.

    `rows` has relation_id, row_no, left_value, right_value, lower_bound, upper_bound: a side is null where a term is
    missing, a bound where the operator has none. `declared` says which operators a relation's rows use. With `docs_folder`,
    Data Docs are written there.
    """
    os.environ.setdefault("GX_ANALYTICS_ENABLED", "false")
    import great_expectations as gx
    import great_expectations.expectations as gxe
    from great_expectations.expectations.row_conditions import Column

    context = gx.get_context(mode="ephemeral")
    context.variables.progress_bars = {"globally": False}  # type: ignore[assignment]
    asset = context.data_sources.add_pandas("figures").add_dataframe_asset("relations")
    batch = asset.add_batch_definition_whole_dataframe("all_rows")
    expectations: list[Any] = [gxe.ExpectColumnValuesToNotBeNull(column=side) for side in SIDES]
    for relation in relations:
        operators = {row.operator for row in declared if row.relation_id == relation.id}
        bounds = dict.fromkeys(pair for operator in sorted(operators) for pair in BOUNDS[operator])
        expectations += [
            gxe.ExpectColumnPairValuesAToBeGreaterThanB(
                column_A=greater, column_B=less, or_equal=True, ignore_row_if="either_value_is_missing",
                row_condition=Column("relation_id") == relation.id,
                meta={"relation_id": relation.id}, notes=relation.statement.ja,
            )
            for greater, less in bounds
        ]  # fmt: skip
    suite = context.suites.add(gx.ExpectationSuite(name="relations", expectations=expectations))
    definition = context.validation_definitions.add(
        gx.ValidationDefinition(name="relations_of_the_year", data=batch, suite=suite)
    )
    result = definition.run(
        batch_parameters={"dataframe": rows},
        result_format={"result_format": "COMPLETE", "unexpected_index_column_names": KEYS},
    )
    if docs_folder is not None:
        _write_docs(context, docs_folder)
    return _verdicts(result.results, relations)


def _verdicts(results: Sequence[Any], relations: Sequence[Relation]) -> list[RelationVerdict]:
    failed: dict[str, set[int]] = defaultdict(set)
    unknown: dict[str, set[int]] = defaultdict(set)
    judged: dict[str, int] = defaultdict(int)
    for result in results:
        if any(info.get("raised_exception") for info in _exception_infos(result.exception_info or {})):
            raise RuntimeError(f"Great Expectations could not judge: {result.exception_info}")
        is_about_missing = result.expectation_config.type == "expect_column_values_to_not_be_null"
        for index in result.result.get("unexpected_index_list") or ():
            (unknown if is_about_missing else failed)[index["relation_id"]].add(int(index["row_no"]))
        if not is_about_missing:
            relation_id = result.expectation_config.meta["relation_id"]
            judged[relation_id] = max(judged[relation_id], int(result.result.get("element_count") or 0))
    verdicts: list[RelationVerdict] = []
    for relation in relations:
        fails = failed[relation.id] - unknown[relation.id]
        if fails:
            verdict = "fail"
        elif judged[relation.id] == 0 or unknown[relation.id]:
            verdict = "unverifiable"
        else:
            verdict = "pass"
        verdicts.append(RelationVerdict(
            relation, verdict, judged[relation.id], tuple(sorted(fails)), tuple(sorted(unknown[relation.id]))
        ))  # fmt: skip
    return verdicts


def _exception_infos(info: dict[str, Any]) -> list[dict[str, Any]]:
    return [info] if "raised_exception" in info else [value for value in info.values() if isinstance(value, dict)]


def _write_docs(context: Any, folder: Path) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    site = {
        "class_name": "SiteBuilder",
        "site_index_builder": {"class_name": "DefaultSiteIndexBuilder"},
        "store_backend": {"class_name": "TupleFilesystemStoreBackend", "base_directory": str(folder)},
    }
    for name in list(context.get_site_names()):
        context.delete_data_docs_site(name)
    context.add_data_docs_site("gate", site)
    context.build_data_docs()
