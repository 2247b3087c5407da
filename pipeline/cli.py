"""The `kyogikai` command: thin wrappers around the stages. Results go to stdout, progress to stderr."""

from __future__ import annotations

import json
import shlex
import sys
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from pipeline import __version__
from pipeline.home import PROJECT_ROOT, Home, default_home
from pipeline.process import settle
from schemas.errors import InputError, KyogikaiError
from schemas.survey import Survey

if TYPE_CHECKING:
    from pipeline.audit.verify import Fault

FINDINGS_BLOCK = 1
BUG = 70

stdout = Console(highlight=False, soft_wrap=True)
whole_lines = Console(highlight=False, soft_wrap=True, width=10_000)
stderr = Console(stderr=True, highlight=False)
CommandT = TypeVar("CommandT", bound=Callable[..., Any])


class Setting:
    """What every command shares: the home, the survey, and how the command was called with them."""

    def __init__(self, home: Path | None, survey_root: Path | None) -> None:
        self.home = Home(home.resolve()) if home else default_home()
        self.survey = Survey((survey_root or PROJECT_ROOT).resolve())
        options = [("--home", home), ("--survey", survey_root)]
        self.command = shlex.join(["kyogikai", *(word for name, path in options if path for word in (name, str(path)))])

    def typed(self, text: str) -> str:
        """A text with commands in it, as one has to type them here."""
        return text.replace("kyogikai ", f"{self.command} ")


class Commands(click.Group):
    """Commands whose errors become messages and exit codes."""

    def invoke(self, ctx: click.Context) -> Any:
        """Run a command."""
        try:
            return super().invoke(ctx)
        except KyogikaiError as error:
            stderr.print(escape(ctx.obj.typed(error.render())), soft_wrap=True)
            sys.exit(error.exit_code)


pass_setting = click.make_pass_decorator(Setting)
year_argument = click.argument("year", type=int)
json_option = click.option("--json", "as_json", is_flag=True, help="Print JSON in a documented, stable shape.")


@click.group(cls=Commands, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__)
@click.option(
    "--home",
    type=click.Path(file_okay=False, path_type=Path),
    help="Folder that holds all state [default: $KYOGIKAI_HOME or data/].",
)
@click.option(
    "--survey",
    "survey_root",
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    help="Root of the survey's declarations [default: the project].",
)
@click.pass_context
def cli(context: click.Context, home: Path | None, survey_root: Path | None) -> None:
    """From returned questionnaires to a published report whose every figure can be traced to its cells.

    \b
    A year, in order:
      kyogikai forms 2024              write the blank forms
      kyogikai status 2024             who has answered
      kyogikai run 2024                inbox to gate, and a draft of the report
      kyogikai findings 2024           what to ask back
      kyogikai release 2024 --by NAME  publish
      kyogikai trace 2024 A05          from a figure to its cells
      kyogikai verify 2024             is the release as it was
    """
    context.obj = Setting(home, survey_root)


@cli.command()
@year_argument
@pass_setting
def forms(setting: Setting, year: int) -> None:
    """Write one blank form for each municipality.

    Example: kyogikai forms 2024
    """
    from pipeline.forms.issue import issue_forms

    with setting.home.writer(), stderr.status("forms …"):
        paths = issue_forms(setting.home, setting.survey.load_year(year))
    stdout.print(escape(f"{len(paths)} forms in {setting.home.forms(year)}"))
    _next(f"put the returned workbooks into {setting.home.inbox(year)}, then: kyogikai run {year}")


@cli.command()
@click.option(
    "--year", "years", type=int, multiple=True, help="Year to make; may be given several times [default: all declared]."
)
@click.option("--errors", is_flag=True, help="Seed errors, with an answer key; needs an empty --home.")
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
    _next(f"kyogikai run {max(made) if errors else min(made)}")


@cli.command()
@year_argument
@click.argument("paths", nargs=-1, type=click.Path(path_type=Path))
@pass_setting
def collect(setting: Setting, year: int, paths: tuple[Path, ...]) -> None:
    """Take returns from the inbox, or from PATHS, into the archive and the ledger.

    Example: kyogikai collect 2024 ~/mail/attachments
    """
    from pipeline.collect.collect import collect as collect_files

    with setting.home.writer(), stderr.status("collect …"):
        receipts = collect_files(setting.home, setting.survey.load_year(year), paths=paths or None)
    for receipt in receipts:
        if receipt.event != "accepted":
            told = f"[yellow]{receipt.event}[/] {escape(receipt.file_name)}: {escape(receipt.message or '')}"
            stderr.print(told, soft_wrap=True)
    counts = {event: sum(r.event == event for r in receipts) for event in ("accepted", "duplicate", "rejected")}
    stdout.print(", ".join(f"{count} {event}" for event, count in counts.items()))
    if counts["rejected"]:
        _next(
            f"ask for each rejected file again, put what returns into {setting.home.inbox(year)}, then: kyogikai run {year}"
        )
    else:
        _next(f"kyogikai run {year}")


@cli.command()
@year_argument
@pass_setting
def run(setting: Setting, year: int) -> None:
    """Run a year from inbox to gate, and write a watermarked draft of the report.

    Exit code 1 when error-level findings block a release.

    Example: kyogikai run 2024
    """
    from pipeline.run import open_run, run_year

    context = open_run(setting.home, setting.survey, year)
    with setting.home.writer(), stderr.status("starting") as status:
        gate = run_year(context, progress=lambda stage: status.update(f"{stage} …"))
    if not context.executed:
        stdout.print("nothing has changed since the last run; no stage was executed")
    waived = f" ({len(gate['waived'])} of them waived)" if gate["waived"] else ""
    unverifiable = f", {gate['relations_unverifiable']} unverifiable" if gate["relations_unverifiable"] else ""
    stdout.print(
        f"{gate['returns_received']} of {gate['returns_expected']} returns, "
        f"{gate['findings']['error']} errors, {gate['findings']['warning']} warnings{waived}, "
        f"{gate['relations_judged']} of {gate['relations_declared']} relations judged{unverifiable}"
    )
    stdout.print(escape(f"draft: {setting.home.drafts(year) / 'report.html'}"))
    if gate["verdict"] == "passed":
        stdout.print("[green]gate passed[/]")
        _next(f"read the draft, then: kyogikai release {year} --by NAME")
        return
    own, others = len(gate["blocking"]), len(gate["blocking_by_others"])
    because = f", {others} of them only because of the others" if others else ""
    stdout.print(f"[red]gate refused[/]: {own} findings block a release{because}")
    _next(f"kyogikai findings {year}")
    sys.exit(FINDINGS_BLOCK)


@cli.command()
@year_argument
@json_option
@pass_setting
def status(setting: Setting, year: int, as_json: bool) -> None:
    """Show for each municipality whether its return came and what is open about it.

    Example: kyogikai status 2024
    """
    from pipeline.audit.listing import list_status

    rows = list_status(setting.home, setting.survey.load_year(year))
    _print(
        rows,
        as_json,
        ["municipality_code", "name", "state", "received_at", "return_count", "error_count", "warning_count"],
    )
    if not as_json:
        received = sum(row["state"] == "received" for row in rows)
        _next(f"{received} of {len(rows)} received; kyogikai run {year}")


@cli.command()
@year_argument
@json_option
@pass_setting
def findings(setting: Setting, year: int, as_json: bool) -> None:
    """List what the rules found, the gravest first. Exit code 1 when a finding blocks a release.

    Example: kyogikai findings 2024 --json
    """
    from pipeline.audit.listing import list_findings

    setting.survey.expect_year(year)
    rows = list_findings(setting.home, year)
    _print(rows, as_json, ["severity", "verdict", "finding_id", "waiver_id", "message"])
    if any(row["severity"] == "error" and not row["waiver_id"] for row in rows):
        if not as_json:
            _next(f"ask back, put what returns into {setting.home.inbox(year)}, then: kyogikai run {year}")
        sys.exit(FINDINGS_BLOCK)


@cli.command()
@year_argument
@json_option
@pass_setting
def figures(setting: Setting, year: int, as_json: bool) -> None:
    """List every figure of a year.

    Example: kyogikai figures 2024 --json
    """
    from pipeline.audit.listing import list_figures

    setting.survey.expect_year(year)
    rows = list_figures(setting.home, year)
    _print(rows, as_json, ["published_id", "figure_id", "label", "display", "unit", "reference"])
    _tell_missing(setting, year)


@cli.command()
@year_argument
@click.argument("figure_id", required=False)
@click.option("--cell", metavar="FILE!SHEET!CELL", help="List every figure that reads this cell, instead.")
@click.option(
    "--municipality", metavar="CODE", help="List every figure that reads this municipality's answers, instead."
)
@json_option
@pass_setting
def trace(
    setting: Setting, year: int, figure_id: str | None, cell: str | None, municipality: str | None, as_json: bool
) -> None:
    """Show the cells behind a figure, named by its stable or its published id; or the figures behind a cell.

    \b
    Examples: kyogikai trace 2024 A05
              kyogikai trace 2024 --cell '川越市_回答.xlsx!①設置状況!B16'
              kyogikai trace 2024 --municipality 112011
    """
    from pipeline.audit.render import print_touched, print_trace
    from pipeline.audit.reverse import figures_of_cell, figures_of_municipality
    from pipeline.audit.trace import trace_figure

    named = [name for name in (figure_id, cell, municipality) if name is not None]
    if len(named) != 1:
        raise click.UsageError("name one of: FIGURE_ID, --cell, --municipality")
    declarations, warehouse = setting.survey.load_year(year), setting.home.warehouse
    if figure_id is not None:
        found = trace_figure(warehouse, declarations, figure_id)
        _show(found.as_json(), as_json, lambda: print_trace(found, stdout))
    else:
        find = figures_of_cell if cell is not None else figures_of_municipality
        touched = find(warehouse, declarations, named[0])
        _show(touched.as_json(), as_json, lambda: print_touched(touched, stdout))
    _tell_missing(setting, year)


@cli.command()
@year_argument
@click.option("--by", required=True, help="Who releases.")
@pass_setting
def release(setting: Setting, year: int, by: str) -> None:
    """Publish a year. Refused unless the gate passed on exactly these inputs.

    Example: kyogikai release 2024 --by 山田
    """
    from pipeline.publish.release import release_year

    with setting.home.writer(), stderr.status("release …"):
        folder = release_year(setting.home, setting.survey, year, by=by)
    stdout.print(escape(f"released: {folder}"))
    _next(f"open {folder / 'public' / 'report.html'}; kyogikai trace {year} FIGURE_ID")


def _show(content: dict[str, Any], as_json: bool, show: Callable[[], None]) -> None:
    if as_json:
        click.echo(json.dumps(content, ensure_ascii=False, indent=2))
    else:
        show()


@cli.command()
@click.argument("release", metavar="RELEASE")
@json_option
@pass_setting
def verify(setting: Setting, release: str, as_json: bool) -> None:
    """Compare every byte of a release, and of what it was made from, with what its manifest says.

    RELEASE is a year, for its newest release, YEAR/rN, or a folder. Exit code 11 when anything is not as it was.

    Example: kyogikai verify 2024/r1
    """
    from pipeline.audit.verify import find_release, verify_release

    with stderr.status("verify …"):
        found = verify_release(setting.home, find_release(setting.home, release))
    _show(found.as_json(), as_json, lambda: _print_verification(found.checked, found.faults))
    if found.faults:
        sys.exit(InputError.exit_code)


def _print_verification(checked: dict[str, int], faults: list[Fault]) -> None:
    for fault in faults:
        stdout.print(f"[red]changed[/]  {escape(fault.where)}\n  found     {fault.found}\n  expected  {fault.expected}")
    counts = ", ".join(f"{count} {kind}" for kind, count in checked.items())
    stdout.print(f"{len(faults)} faults; checked: {counts}")


def _print(rows: list[dict[str, Any]], as_json: bool, columns: list[str]) -> None:
    if as_json:
        click.echo(json.dumps(rows, ensure_ascii=False, indent=2))
        return
    table = Table(box=None, header_style="bold")
    for column in columns:
        table.add_column(column, overflow="fold", no_wrap=column.endswith("_id"))
    for row in rows:
        table.add_row(*(escape("" if row[column] is None else str(row[column])) for column in columns))
    # A file or another program gets whole lines; on a screen long texts go on in the next line.
    (stdout if stdout.is_terminal else whole_lines).print(table, soft_wrap=not stdout.is_terminal)
    stderr.print(f"{len(rows)} rows")


def _tell_missing(setting: Setting, year: int) -> None:
    """Say beside figures that returns are missing; a figure without any answer is 0."""
    from pipeline.collect.ledger import current_returns, read_ledger

    expected = len(setting.survey.load_year(year).municipalities)
    received = len(current_returns(read_ledger(setting.home.ledger), year))
    if received < expected:
        stderr.print(f"[yellow]{received} of {expected} returns[/]: what is missing is not in these figures")


def _next(text: str) -> None:
    text = click.get_current_context().find_root().obj.typed(text)
    stderr.print(f"[dim]next: {escape(text)}[/]", soft_wrap=True)


def main() -> None:
    """Run the command; what is no error of the product's own ends here."""
    settle()
    try:
        cli(standalone_mode=False)
    except click.exceptions.Exit as error:
        sys.exit(error.exit_code)
    except click.Abort:
        stderr.print("aborted")
        sys.exit(130)
    except click.ClickException as error:
        error.show()
        sys.exit(2)
    except Exception:  # noqa: BLE001 - a bug is shown whole, with an exit code of its own
        stderr.print_exception()
        sys.exit(BUG)


if __name__ == "__main__":
    main()
