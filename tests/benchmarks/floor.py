"""The floor: the tools imported, one job of empty assets run, dbt's project parsed; nothing of the product.

`python -m tests.benchmarks.floor FOLDER`, where dbt may keep what it derives; kept, the parse is a partial one.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path

import dagster as dg
import dagster_dbt  # noqa: F401
import great_expectations  # noqa: F401
import pandera.polars  # noqa: F401
from dbt.cli.main import dbtRunner

PROJECT = Path(__file__).resolve().parents[2] / "dbt_project"
STAGES = ("collect", "read", "validate", "build", "gate", "release")


def empty_job() -> None:
    """Run as many empty assets as a survey year has stages, one after the other, in this process."""

    def empty(name: str, after: str | None) -> dg.AssetsDefinition:
        @dg.asset(name=name, deps=[after] if after else [])
        def nothing() -> None:
            return None

        return nothing

    assets = [empty(name, after) for name, after in zip(STAGES, (None, *STAGES), strict=False)]
    job = dg.Definitions(assets=assets, jobs=[dg.define_asset_job("empty")], executor=dg.in_process_executor)
    with dg.DagsterInstance.ephemeral(settings={"telemetry": {"enabled": False}}) as instance:
        job.resolve_job_def("empty").execute_in_process(instance=instance)


def parse(folder: Path) -> None:
    """Run `dbt parse` in this process."""
    os.environ["KYOGIKAI_WAREHOUSE_BUILD"] = str(folder / "floor.duckdb")
    places = {"--project-dir": PROJECT, "--profiles-dir": PROJECT, "--target-path": folder, "--log-path": folder}
    options = [str(word) for pair in places.items() for word in pair]
    result = dbtRunner().invoke(["--quiet", "parse", *options])
    if not result.success:
        raise SystemExit(f"dbt parse failed: {result.exception}")


if __name__ == "__main__":
    empty_job()
    parse(Path(sys.argv[1]))
