"""Commands about what has run: when, for how long, and what came of it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from pipeline.commands.output import show, show_json, show_rows
from pipeline.commands.setting import Setting, json_option, pass_setting, stdout

if TYPE_CHECKING:
    from pipeline.observe.summary import RunSummary

COLUMNS = (
    "run_id",
    "year",
    "job",
    "started_by",
    "started_at",
    "seconds",
    "outcome",
    "returns",
    "errors",
    "verdict",
    "release",
)


@click.command()
@click.argument("run_id", required=False)
@click.option("--year", type=int, help="Only runs of this year.")
@click.option(
    "--last", type=click.IntRange(min=1), default=20, show_default=True, help="How many runs, the newest first."
)
@json_option
@pass_setting
def runs(setting: Setting, run_id: str | None, year: int | None, last: int, as_json: bool) -> None:
    """List the last runs; of one, tell the seconds of its stages, its returns, findings and verdict.

    RUN_ID is the id of a run, or how only one begins. A run that is unfinished goes on still, or was broken off.

    Example: kyogikai runs --last 5
    """
    from pipeline.observe.summary import read_run, read_runs

    if run_id:
        one = read_run(setting.home, run_id)
        show(one.model_dump(), as_json, lambda: _tell(one))
        return
    found = read_runs(setting.home, year=year, last=last)
    if as_json:
        show_json([one.model_dump() for one in found])
    else:
        show_rows([_row(one) for one in found], COLUMNS)


def _row(one: RunSummary) -> dict[str, Any]:
    is_counted = one.returns_received is not None
    return {
        **one.model_dump(),
        "returns": f"{one.returns_received}/{one.returns_expected}" if is_counted else None,
        "errors": one.findings["error"] if one.findings else None,
    }


def _tell(one: RunSummary) -> None:
    """One line for each thing that is known of a run; what it did not come to is left out."""
    for name, value in one.model_dump().items():
        if isinstance(value, dict):
            stdout.print("\n".join(f"{f'{name}.{part}':<22} {number}" for part, number in value.items()), markup=False)
        elif value is not None:
            stdout.print(f"{name:<22} {value}", markup=False)
