"""Commands from the inbox to a release: run, what the rules found, release."""

from __future__ import annotations

import sys
from typing import Any

import click
from rich.markup import escape
from rich.status import Status

from pipeline.commands.output import show_findings, show_json, show_rows
from pipeline.commands.setting import (
    FINDINGS_BLOCK,
    Setting,
    json_option,
    logged_writer,
    pass_setting,
    stderr,
    stdout,
    tell_next,
    tell_unfinished,
    year_argument,
)
from pipeline.process import is_stopped
from pipeline.warehouse.engines import DUCKDB, ENGINES, Engine


@click.command()
@year_argument
@click.option(
    "--engine",
    type=click.Choice(ENGINES),
    default=DUCKDB,
    show_default=True,
    help="What computes the figures; both give the same.",
)
@pass_setting
def run(setting: Setting, year: int, engine: Engine) -> None:
    """Run a year from inbox to gate, and write a watermarked draft of the report.

    Exit code 1 when error-level findings block a release.

    Example: kyogikai run 2024
    """  # fmt: skip
    from pipeline.observe.record import recorded
    from pipeline.run import open_run, run_year

    setting.survey.expect_year(year)
    with recorded(setting.home, year, job="run", started_by="command") as log:
        context = open_run(setting.home, setting.survey, year, log=log, engine=engine)
        with setting.home.writer(), stderr.status("starting") as status:
            gate = run_year(context, progress=lambda stage: _begin(stage, status))
    if not context.executed:
        stdout.print("nothing has changed since the last run; no stage was executed")
    stdout.print(_summary(gate))
    stdout.print(escape(f"draft: {setting.home.drafts(year) / 'report.html'}"))
    if gate["verdict"] == "passed":
        stdout.print("[green]gate passed[/]")
        tell_next(f"read the draft, then: kyogikai release {year} --by NAME")
        return
    own, others = len(gate["blocking"]), len(gate["blocking_by_others"])
    because = f", {others} of them only because of the others" if others else ""
    stdout.print(f"[red]gate refused[/]: {own} findings block a release{because}")
    tell_next(f"kyogikai findings {year}")
    sys.exit(FINDINGS_BLOCK)


def _begin(stage: str, status: Status) -> None:
    """Show which stage begins; none does after a stop from the keyboard."""
    if is_stopped():
        raise KeyboardInterrupt
    status.update(f"{stage} …")


def _summary(gate: dict[str, Any]) -> str:
    waived = f" (findings waived: {len(gate['waived'])})" if gate["waived"] else ""
    unverifiable = f", {gate['relations_unverifiable']} unverifiable" if gate["relations_unverifiable"] else ""
    corrected = f" (cells corrected: {gate['corrections_applied']})" if gate["corrections_applied"] else ""
    return (
        f"{gate['returns_received']} of {gate['returns_expected']} returns{corrected}, "
        f"{gate['findings']['error']} errors, {gate['findings']['warning']} warnings{waived}, "
        f"{gate['relations_judged']} of {gate['relations_declared']} relations judged{unverifiable}"
    )


@click.command()
@year_argument
@json_option
@pass_setting
def findings(setting: Setting, year: int, as_json: bool) -> None:
    """List what the rules found, the gravest first, then what would change a figure most. Exit code 1 when a finding blocks a release.

    Example: kyogikai findings 2024 --json
    """
    from pipeline.audit.listing import list_findings

    setting.survey.expect_year(year)
    rows = list_findings(setting.home, year)
    tell_unfinished(setting, year)
    if as_json:
        show_json(rows)
    else:
        names = {m.code: m.name for m in setting.survey.load_year(year).municipalities}
        shown = [
            {
                **row,
                "municipality": names.get(row["municipality_code"], row["municipality_code"]),
                "file": next((cell.partition("!")[0] for cell in row["cells"]), ""),
            }
            for row in rows
        ]
        columns = [
            "severity",
            "verdict",
            "municipality",
            "file",
            "message",
            "figure_id",
            "effect",
            "waiver_key",
            "waiver_id",
        ]
        show_findings(shown, columns)
    if any(row["severity"] == "error" and not row["waiver_id"] for row in rows):
        if not as_json:
            tell_next(f"ask back, put what returns into {setting.home.inbox(year)}, then: kyogikai run {year}")
        sys.exit(FINDINGS_BLOCK)


@click.command()
@year_argument
@json_option
@pass_setting
def explain(setting: Setting, year: int, as_json: bool) -> None:
    """List the fewest answers that can explain each error, and what they could be.

    Each error has sets of answers which, changed together, could satisfy every rule: set 1 is the cheapest of all,
    proven so, others follow. What an answer could be is shown only; nothing is written into the data.

    Example: kyogikai explain 2024
    """
    from pipeline.audit.listing import list_contradictions

    setting.survey.expect_year(year)
    rows = list_contradictions(setting.home, year)
    tell_unfinished(setting, year)
    if as_json:
        show_json(rows)
        return
    names = {m.code: m.name for m in setting.survey.load_year(year).municipalities}
    heads = ["explains", "set", "weight", "municipality", "field", "cell", "possible"]
    shown = [
        (row["contradiction_id"], f"{row['solution_no']}{'+' if row['has_more'] else ''}", row["weight"],
         names.get(row["municipality_code"], row["municipality_code"]), row["field"],
         "、".join(cell.partition("!")[2] for cell in row["cells"]), "／".join(row["possible"]))
        for row in rows
    ]  # fmt: skip
    show_rows([dict(zip(heads, row, strict=True)) for row in shown], heads)


@click.command()
@year_argument
@click.option("--by", required=True, help="Who releases.")
@pass_setting
def release(setting: Setting, year: int, by: str) -> None:
    """Publish a year. Refused unless the gate passed on exactly these inputs.

    Example: kyogikai release 2024 --by 山田
    """
    from pipeline.publish.stale import stale_releases
    from pipeline.run import release_stage

    with logged_writer(setting, year, "release") as log:
        folder, is_new = release_stage(setting.home, setting.survey, year, by=by, log=log)
    stdout.print(escape(f"released: {folder}" if is_new else f"nothing has changed since this release: {folder}"))
    for name, mark in stale_releases(setting.home).items():
        if mark["revised_by"] == f"{year}/{folder.name}":
            stdout.print(f"[yellow]stale[/]: {name} was compared with {mark['compared_with']}, which this revises")
    tell_next(f"open {folder / 'public' / 'report.html'}; kyogikai trace {year} FIGURE_ID")
