"""Commands for asking back: query sheets, accepted answers, reminders, withdrawn returns."""

from __future__ import annotations

import click
from rich.markup import escape

from pipeline.commands.output import show_json, show_rows
from pipeline.commands.setting import (
    Setting,
    json_option,
    logged_writer,
    pass_setting,
    stdout,
    tell_next,
    tell_unfinished,
    year_argument,
)
from schemas.errors import UsageError


@click.command()
@year_argument
@click.option("--list", "is_listing", is_flag=True, help="List the queries with their states; write nothing.")
@click.option(
    "--accept",
    "accepted",
    multiple=True,
    metavar="QUERY",
    help="Close a query: what was answered is right. May be given several times.",
)
@click.option("--by", help="Who accepts.")
@click.option("--reason", help="Why it is right; stands in the waiver of an error.")
@json_option
@pass_setting
def queries(
    setting: Setting,
    year: int,
    is_listing: bool,
    accepted: tuple[str, ...],
    by: str | None,
    reason: str | None,
    as_json: bool,
) -> None:
    """Write one query sheet (疑義照会) and letter for each municipality of which something is to be asked.

    Send them, put what comes back into the inbox, then collect: replies become corrections. A query whose doubt is gone at the
    next run is closed. An answer that is said to be right is closed at once where a warning doubted it; where an error did, a
    person accepts it.

    Example: kyogikai queries 2024 --accept 112411-1 --by 山田 --reason 電話で確認した
    """
    from pipeline.audit.listing import list_findings, list_queries
    from pipeline.queries.accept import accept_queries
    from pipeline.queries.issue import issue_queries

    declarations = setting.survey.load_year(year)
    if accepted and not (by and reason):
        raise UsageError(
            reference="needs-a-name", where="--accept", found="no --by or no --reason", expected="who accepts, and why",
            fix=f"kyogikai queries {year} --accept {accepted[0]} --by NAME --reason WHY",
        )  # fmt: skip
    findings = list_findings(setting.home, year)
    tell_unfinished(setting, year)
    paths = []
    if not is_listing:
        with logged_writer(setting, year, "queries") as log, log.stage("queries"):
            if accepted and by and reason:
                keys = {row["finding_id"]: row["waiver_key"] for row in findings if not row["waiver_id"]}
                accept_queries(setting.home, year, accepted, by=by, reason=reason, keys=keys)
            paths = issue_queries(setting.home, declarations)
            log.say("queries_written", sheet_count=len(paths), accepted_count=len(accepted))
    rows = list_queries(setting.home, year)
    if as_json:
        show_json(rows)
        return
    names = {m.code: m.name for m in declarations.municipalities}
    heads = ["query", "municipality", "state", "outcome", "opened", "findings"]
    shown = [
        (row["query_id"], names.get(row["municipality_code"], ""), row["state"], row["outcome"], row["opened_at"][:10],
         " ".join(row["findings"]))
        for row in rows
    ]  # fmt: skip
    show_rows([dict(zip(heads, row, strict=True)) for row in shown], heads)
    if is_listing:
        return
    stdout.print(escape(f"query sheets, each with a letter: {len(paths)}, in {setting.home.queries(year)}"))
    tell_next(
        f"send them, put what comes back into {setting.home.inbox(year)}, then: kyogikai run {year}" if paths
        else f"kyogikai run {year}"
    )  # fmt: skip


@click.command()
@year_argument
@pass_setting
def remind(setting: Setting, year: int) -> None:
    """Write the list of those whose return does not count, and a letter for each.

    Example: kyogikai remind 2024
    """
    from pipeline.chase.remind import LIST_NAME, write_reminders

    with logged_writer(setting, year, "remind") as log, log.stage("remind"):
        late = write_reminders(setting.home, setting.survey.load_year(year))
        log.say("reminders_written", letter_count=len(late))
    heads = ["code", "name", "state", "days_late"]
    shown = [(one.municipality.code, one.municipality.name, one.state, one.days_late) for one in late]
    show_rows([dict(zip(heads, row, strict=True)) for row in shown], heads)
    stdout.print(escape(f"{LIST_NAME} and letters: {len(late)}, in {setting.home.reminders(year)}"))
    tell_next(f"send them; kyogikai status {year}")


@click.command()
@year_argument
@click.argument("code")
@click.option("--by", required=True, help="Who records the withdrawal.")
@click.option("--reason", required=True, help="Why the municipality takes its return back.")
@pass_setting
def withdraw(setting: Setting, year: int, code: str, by: str, reason: str) -> None:
    """Record that a municipality takes its return back: none counts until it sends another. The file stays in the archive.

    Example: kyogikai withdraw 2024 112411 --by 山田 --reason 別の部署の回答だった
    """
    from pipeline.collect.withdraw import withdraw_return
    from pipeline.observe.told import tell_receipts

    with logged_writer(setting, year, "withdraw") as log, log.stage("withdraw"):
        receipt = withdraw_return(setting.home, year, code, by=by, reason=reason)
        tell_receipts(log, [receipt])
    stdout.print(escape(f"withdrawn: {receipt.file_name} of {code}"))
    tell_next(f"kyogikai run {year}")
