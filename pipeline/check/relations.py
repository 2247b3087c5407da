"""Great Expectations over the rows of the relations: GX compares, this adapter counts what it compared.

GX passes on nothing, so a relation without rows, or a row with a missing term or without a bound, is unverifiable here
and never a pass.
"""

from __future__ import annotations

import html
import shutil
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pipeline.leftovers import ASIDE
from schemas.relations import Relation

if TYPE_CHECKING:
    import pandas as pd

POLICY = (
    "default-src 'none'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; font-src 'self' data:; base-uri 'none';"
    " form-action 'none'"
)
"""What Data Docs may load: their own files. Great Expectations would have scripts and styles come from servers of others."""
KEYS = ["relation_id", "row_no"]
SIDES = ("left_value", "right_value")
BOUNDS = (("left_value", "lower_bound"), ("upper_bound", "left_value"))
"""Which column must not be less than which."""


@dataclass(frozen=True)
class RelationVerdict:
    """What GX found for one relation: its verdict, and the rows behind it."""

    relation: Relation
    verdict: str
    judged_count: int
    failed_rows: tuple[int, ...]
    unknown_rows: tuple[int, ...]


def judge_relations(
    rows: pd.DataFrame, relations: Sequence[Relation], *, docs_folder: Path | None = None
) -> list[RelationVerdict]:
    """Judge every declared relation against its rows.

    `rows` has relation_id, row_no, left_value, right_value, lower_bound, upper_bound: a side is null where a term is
    missing, a bound where the operator has none. With `docs_folder`, Data Docs are written there, in place of those of before.

    Raises RuntimeError where Great Expectations could not judge, or did not look at every row.
    """
    import great_expectations as gx
    import great_expectations.expectations as gxe

    # Great Expectations writes texts of rows into its pages as they are.
    statements = {relation.id: html.escape(relation.statement.ja) for relation in relations}
    shown = rows[rows["relation_id"].isin(statements)]
    shown = shown.assign(statement=shown["relation_id"].map(statements))
    context = gx.get_context(mode="ephemeral")
    context.variables.progress_bars = {"globally": False}  # type: ignore[assignment]
    asset = context.data_sources.add_pandas("figures").add_dataframe_asset("relations")
    batch = asset.add_batch_definition_whole_dataframe("all_rows")
    expectations: list[Any] = [gxe.ExpectColumnValuesToNotBeNull(column=side) for side in SIDES]
    expectations += [
        gxe.ExpectColumnPairValuesAToBeGreaterThanB(
            column_A=greater, column_B=less, or_equal=True, ignore_row_if="either_value_is_missing"
        )
        for greater, less in BOUNDS
    ]
    suite = context.suites.add(gx.ExpectationSuite(name="relations", expectations=expectations))
    definition = context.validation_definitions.add(
        gx.ValidationDefinition(name="relations_of_the_year", data=batch, suite=suite)
    )
    result = definition.run(
        batch_parameters={"dataframe": shown},
        result_format={"result_format": "COMPLETE", "unexpected_index_column_names": [*KEYS, "statement"]},
    )
    if docs_folder is not None:
        _write_docs(context, docs_folder)
    failed, unknown = _doubtful_rows(result.results, len(shown))
    unbounded = shown[shown["lower_bound"].isna() & shown["upper_bound"].isna()]
    for relation_id, row_no in zip(unbounded["relation_id"], unbounded["row_no"], strict=True):
        unknown[relation_id].add(int(row_no))
    counts = shown["relation_id"].value_counts()
    return [_verdict(r, int(counts.get(r.id, 0)), failed[r.id], unknown[r.id]) for r in relations]


def _doubtful_rows(results: Sequence[Any], row_count: int) -> tuple[dict[str, set[int]], dict[str, set[int]]]:
    """Rows of each relation that GX found to fail, and those that lack a term."""
    failed: dict[str, set[int]] = defaultdict(set)
    unknown: dict[str, set[int]] = defaultdict(set)
    for result in results:
        looked_at = result.result.get("element_count")
        if looked_at != row_count:
            raise RuntimeError(f"GX looked at {looked_at} of {row_count} rows: {result.exception_info}")
        is_about_missing = result.expectation_config.type == "expect_column_values_to_not_be_null"
        for index in result.result.get("unexpected_index_list") or ():
            (unknown if is_about_missing else failed)[index["relation_id"]].add(int(index["row_no"]))
    return failed, unknown


def _verdict(relation: Relation, judged_count: int, failed: set[int], unknown: set[int]) -> RelationVerdict:
    fails = failed - unknown
    if fails:
        verdict = "fail"
    elif judged_count == 0 or unknown:
        verdict = "unverifiable"
    else:
        verdict = "pass"
    return RelationVerdict(relation, verdict, judged_count, tuple(sorted(fails)), tuple(sorted(unknown)))


def _write_docs(context: Any, place: Path) -> None:
    """Write Data Docs aside and put them in their place: Great Expectations would add a page with each run, and clear none away."""
    folder = place.with_name(f".{place.name}{ASIDE}")
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    # Great Expectations takes a $ for the beginning of a variable's name.
    base = str(folder).replace("$", r"\$")
    site = {
        "class_name": "SiteBuilder",
        "site_index_builder": {"class_name": "DefaultSiteIndexBuilder"},
        "store_backend": {"class_name": "TupleFilesystemStoreBackend", "base_directory": base},
    }
    for name in list(context.get_site_names()):
        context.delete_data_docs_site(name)
    context.add_data_docs_site("gate", site)
    context.build_data_docs()
    meta = f'<meta http-equiv="Content-Security-Policy" content="{POLICY}">'
    for page in folder.rglob("*.html"):
        begin, head, rest = page.read_text(encoding="utf-8").partition("<head>")
        page.write_text(f"{begin}{head}{meta}{rest}", encoding="utf-8")
    shutil.rmtree(place, ignore_errors=True)
    folder.replace(place)
