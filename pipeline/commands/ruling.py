"""The command about the rules themselves: the list of all of them, and what is wrong with the set."""

from __future__ import annotations

import sys
from dataclasses import asdict

import click
from rich.markup import escape

from pipeline.commands.output import show_json, show_rows
from pipeline.commands.setting import (
    FINDINGS_BLOCK,
    Setting,
    json_option,
    pass_setting,
    stderr,
    stdout,
    tell_unfinished,
    year_argument,
)


@click.command()
@year_argument
@click.option(
    "--health",
    is_flag=True,
    help="Examine the set instead: contradictions, rules that others imply, that can never or did never find anything, and "
    "questions without a rule.",
)
@json_option
@pass_setting
def rules(setting: Setting, year: int, health: bool, as_json: bool) -> None:
    """List every rule by which a year was judged: in words, in logic, since when, how often it held, what tests it.

    With --health exit code 1 where rules contradict one another or can never find anything.

    Example: kyogikai rules 2024 --health
    """
    from pipeline.rulebook.listing import list_rules

    declarations = setting.survey.load_year(year)
    lines = [asdict(line) for line in list_rules(setting.home, setting.survey, declarations)]
    tell_unfinished(setting, year)
    if health:
        _show_health(setting, year, as_json=as_json)
        return
    if as_json:
        show_json(lines)
        return
    heads = [
        "rule",
        "owner",
        "severity",
        "level",
        "since",
        "pass",
        "fail",
        "unverifiable",
        "logic",
        "statement",
        "source",
        "tests",
    ]
    shown = [
        (line["rule_id"], line["owner"], line["severity"], line["level"], line["since"], line["pass_count"], line["fail_count"],
         line["unverifiable_count"], line["logic"], line["statement"], line["source"], line["tests"])
        for line in lines
    ]  # fmt: skip
    show_rows([dict(zip(heads, row, strict=True)) for row in shown], heads)


def _show_health(setting: Setting, year: int, *, as_json: bool) -> None:
    from pipeline.rulebook.examined import examine_year, faults_of_rules

    with stderr.status("asking every rule what it could find …"):
        found = examine_year(setting.home, setting.survey, year)
    if as_json:
        show_json(found)
    else:
        rows = faults_of_rules(found)
        for fault, members in found.items():
            stdout.print(f"[bold]{fault}[/]: {len(members) or 'none'}")
            for row in rows:
                if row["fault"] == fault:
                    said = f"{row['rule']}: {row['beside']}" if row["beside"] else row["rule"]
                    stdout.print(escape(f"  {said}"), soft_wrap=True)
    if found["contradicting"] or found["can_never_fire"]:
        sys.exit(FINDINGS_BLOCK)
