"""Commands for the way in: forms, demo returns, collect, and who has answered."""

from __future__ import annotations

import sys
from pathlib import Path

import click
from rich.markup import escape

from pipeline.commands.output import show_json, show_rows
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
from schemas.errors import UsageError


@click.command()
@year_argument
@click.option(
    "--table", is_flag=True, help="Write instead one table for all, a row for each municipality, as .xlsx and .csv."
)
@pass_setting
def forms(setting: Setting, year: int, table: bool) -> None:
    """Write one blank form for each municipality.

    Example: kyogikai forms 2024
    """
    from pipeline.forms.issue import issue_forms, issue_table

    if table:
        with setting.home.writer():
            tables = issue_table(setting.home, setting.survey.load_year(year))
        for path in tables:
            stdout.print(escape(str(path)), soft_wrap=True)
        tell_next(f"fill in rows, put it into {setting.home.inbox(year)}, then: kyogikai run {year}")
        return
    with setting.home.writer(), stderr.status("forms …"):
        paths = issue_forms(setting.home, setting.survey.load_year(year))
    stdout.print(escape(f"{len(paths)} forms in {setting.home.forms(year)}"))
    tell_next(f"put the returned workbooks into {setting.home.inbox(year)}, then: kyogikai run {year}")


@click.command()
@click.option(
    "--year",
    "years",
    type=int,
    multiple=True,
    help="Year to make; may be given several times [default: all declared; with --errors the newest].",
)
@click.option(
    "--errors",
    is_flag=True,
    help="Seed errors into the year, with an answer key, beside clean returns of the year before; needs an empty --home.",
)
@pass_setting
def demo(setting: Setting, years: tuple[int, ...], errors: bool) -> None:
    """Make synthetic returns in the inbox. Refuses a home that holds real ones.

    Example: kyogikai --home /tmp/try demo --errors
    """
    from pipeline.demo.demo import make_demo

    made = years or setting.survey.years
    with setting.home.writer(), stderr.status("solving for the answers, then writing them into the forms …"):
        paths = make_demo(setting.home, setting.survey, years=made, with_errors=errors)
    stdout.print(escape(f"{len(paths)} synthetic returns below {setting.home.root / 'inbox'}"))
    tell_next(f"kyogikai run {max(made) if errors else min(made)}")


@click.command()
@year_argument
@click.argument("paths", nargs=-1, type=click.Path(path_type=Path))
@pass_setting
def collect(setting: Setting, year: int, paths: tuple[Path, ...]) -> None:
    """Take returns from the inbox, or from PATHS, into the archive and the ledger.

    Exit code 1 when a file was rejected; the others are in all the same.

    Example: kyogikai collect 2024 ~/mail/attachments
    """
    from pipeline.collect.collect import collect as collect_files
    from pipeline.observe.told import tell_receipts
    from pipeline.queries.take import take_replies

    with logged_writer(setting, year, "collect") as log, log.stage("collect"):
        receipts = collect_files(setting.home, setting.survey.load_year(year), paths=paths or None)
        take_replies(setting.home, setting.survey.load_year(year))
        tell_receipts(log, receipts)
    for receipt in receipts:
        if receipt.event not in ("accepted", "reply"):
            told = f"[yellow]{receipt.event}[/] {escape(receipt.file_name)}: {escape(receipt.message or '')}"
            stderr.print(told, soft_wrap=True)
    if not receipts:
        stdout.print("nothing new: the ledger knows every file that is there by its name and bytes")
        tell_next(f"kyogikai run {year}")
        return
    counts = {
        event: sum(r.event == event for r in receipts)
        for event in ("accepted", "duplicate", "rejected", "unpacked", "reply")
    }
    always = ("accepted", "duplicate", "rejected")
    shown = {event: count for event, count in counts.items() if count or event in always}
    stdout.print(", ".join(f"{count} {'replies' if event == 'reply' else event}" for event, count in shown.items()))
    if counts["rejected"]:
        tell_next(
            f"ask for each rejected file again, put what returns into {setting.home.inbox(year)}, then: kyogikai run {year}"
        )
        sys.exit(FINDINGS_BLOCK)
    tell_next(f"kyogikai run {year}")


@click.command()
@year_argument
@click.option(
    "--history", metavar="CODE", help="Show what happened when, of this municipality or of all, instead of the table."
)
@json_option
@pass_setting
def status(setting: Setting, year: int, history: str | None, as_json: bool) -> None:
    """Show for each municipality how it stands: not_sent, rejected, withdrawn, received, in_query or agreed.

    agreed: judged at the last run, with nothing open about it. Days late count from the deadline.

    Files of the inbox that are not collected yet are counted on standard error.

    Example: kyogikai status 2024
    """
    from pipeline.audit.listing import list_status
    from pipeline.collect.collect import uncollected
    from pipeline.tables import is_written

    rows = list_status(setting.home, setting.survey.load_year(year))
    if is_written(setting.home, year, "findings"):
        tell_unfinished(setting, year)
    waiting = len(uncollected(setting.home, year))
    if waiting:
        stderr.print(f"[yellow]files of the inbox not collected yet: {waiting}[/]; what they hold is not in this list")
    if history and history != "all":
        rows = [row for row in rows if row["municipality_code"] == history]
        if not rows:
            raise UsageError(
                reference="unknown-municipality", where="--history", found=history, expected="a six-digit code that is asked, or all",
                fix=f"see `kyogikai status {year}`",
            )  # fmt: skip
    if as_json:
        show_json(rows)
        return
    heads = {
        "municipality_code": "code", "name": "name", "state": "state", "received_at": "received_at", "days_late": "days_late",
        "return_count": "returns", "error_count": "errors", "warning_count": "warnings", "open_query_count": "queries",
    }  # fmt: skip
    shown = [{**row, "received_at": (row["received_at"] or "")[:16].replace("T", " ")} for row in rows]
    show_rows([{head: row[key] for key, head in heads.items()} for row in shown], list(heads.values()))
    if history:
        for row in rows:
            stdout.print(f"[bold]{escape(row['municipality_code'])} {escape(row['name'])}[/]")
            for step in row["history"]:
                stdout.print(f"  {step['at'][:16].replace('T', ' ')}  {step['event']}  {escape(step['about'])}")
        return
    received = sum(row["received_at"] is not None for row in rows)
    is_open = any(row["error_count"] or row["warning_count"] for row in rows)
    command = "collect" if waiting else "findings" if received == len(rows) and is_open else "run"
    tell_next(f"{received} of {len(rows)} received; kyogikai {command} {year}")
