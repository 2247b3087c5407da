"""What a step leaves in the home for the next: the inputs it ran on.

A person can start any single step. A step refuses to go on from another that ran on other inputs, so that the gate
never judges tables that are not what was collected.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from pipeline.check.gate import read_gate
from pipeline.check.inputs import fingerprint, year_inputs
from pipeline.home import Home, write_atomically
from pipeline.run import RunContext
from pipeline.warehouse.build import built_results
from pipeline.warehouse.dbt import NodeResult
from schemas.errors import InputError


def current_inputs(run: RunContext) -> str:
    """SHA-256 over all that the steps before the gate depend on. Waivers are the gate's own input and left out."""
    inputs = year_inputs(run.home, run.survey, run.year)
    return fingerprint({name: value for name, value in inputs.items() if name != "waivers"})


def sign(home: Home, year: int, step: str, inputs: str) -> None:
    """Leave word that a step of a year ran on these inputs."""
    write_atomically(_signature(home, year, step), inputs.encode())


def expect(run: RunContext, step: str, inputs: str) -> None:
    """Raise InputError unless a step of this year ran on exactly these inputs."""
    if _signed(run.home, run.year, step) != inputs:
        raise InputError(
            reference="step-is-stale", where=str(_signature(run.home, run.year, step)),
            found=f"'{step}' of {run.year} has not run on the present returns, declarations and code",
            expected="every step of a year on the same inputs", fix=f"start the job survey_year for {run.year}",
        )  # fmt: skip


def expect_gate(run: RunContext) -> dict[str, Any]:
    """Return the manifest of a gate that judged the present inputs; raises InputError when there is none."""
    manifest = read_gate(run.home, run.year)
    if manifest is None or manifest["fingerprint"] != fingerprint(year_inputs(run.home, run.survey, run.year)):
        raise InputError(
            reference="step-is-stale", where=str(run.home.gate(run.year)),
            found=f"no gate of {run.year} has judged the present inputs", fix=f"start the job survey_year for {run.year}",
        )  # fmt: skip
    return manifest


def take_results(run: RunContext) -> list[NodeResult]:
    """Return the results of the year's dbt build that stands.

    Raises InputError unless it was made from the present tables, on the run's engine.
    """
    results = built_results(run.home, run.survey, run.year, run.engine)
    if results is None:
        raise InputError(
            reference="step-is-stale", where=str(run.home.built_from(run.year)),
            found=f"dbt has not built the present returns of {run.year} on {run.engine}",
            fix=f"start the job survey_year for {run.year}",
        )  # fmt: skip
    return results


def _signature(home: Home, year: int, step: str) -> Path:
    return home.work(year) / f"{step}.inputs"


def _signed(home: Home, year: int, step: str) -> str | None:
    """None also where the answers were read anew, by the command line for one, after the step had run."""
    path = _signature(home, year, step)
    answers = home.work(year) / "answers.parquet"
    if not path.exists() or not answers.exists() or answers.stat().st_mtime_ns > path.stat().st_mtime_ns:
        return None
    return path.read_text(encoding="utf-8", errors="replace")
