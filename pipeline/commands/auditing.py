"""Commands for those who ask where a figure comes from: figures, trace, verify."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click
from rich.markup import escape

from pipeline.commands.output import show, show_json, show_rows
from pipeline.commands.setting import Setting, json_option, pass_setting, stderr, stdout, tell_next, year_argument
from schemas.errors import InputError

if TYPE_CHECKING:
    from pipeline.audit.verify import Verification


@click.command()
@year_argument
@click.option("--without-corrections", is_flag=True, help="Calculate them from the returns as they were sent, instead.")
@json_option
@pass_setting
def figures(setting: Setting, year: int, without_corrections: bool, as_json: bool) -> None:
    """List every figure of a year.

    Example: kyogikai figures 2024 --json
    """
    from pipeline.audit.listing import list_figures, list_figures_as_sent

    declarations = setting.survey.load_year(year)
    rows = list_figures_as_sent(setting.home, declarations) if without_corrections else list_figures(setting.home, year)
    if as_json:
        show_json(rows)
    else:
        shown = [
            {**row, "id": row["published_id"], "value": f"{row['display'] or ''}{row['unit'] or ''}"} for row in rows
        ]
        show_rows(shown, ["figure_id", "id", "label", "value"])
    _tell_missing(setting, year)


@click.command()
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
              kyogikai trace 2024 --cell '【川越市】2024年度回答.xlsx!①設置状況!C8'
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
        show(found.as_json(), as_json, lambda: print_trace(found, stdout))
    else:
        find = figures_of_cell if cell is not None else figures_of_municipality
        touched = find(warehouse, declarations, named[0])
        show(touched.as_json(), as_json, lambda: print_touched(touched, stdout))
    _tell_missing(setting, year)


def _tell_missing(setting: Setting, year: int) -> None:
    """Say beside figures that returns are missing; a figure without any answer is 0."""
    from pipeline.collect.ledger import current_returns, read_ledger

    expected = len(setting.survey.load_year(year).municipalities)
    received = len(current_returns(read_ledger(setting.home.ledger), year))
    if received < expected:
        stderr.print(f"[yellow]{received} of {expected} returns[/]: what is missing is not in these figures")


@click.command()
@click.argument("release", metavar="RELEASE")
@click.option(
    "--printed", metavar="DIGEST", help="The digest at the end of a printed report (照合番号): is it this release's?"
)
@click.option(
    "--signers",
    type=click.Path(path_type=Path),
    help="List of those who may sign (ssh-keygen's allowed_signers): has one of them signed it?",
)
@click.option("--rebuild", is_flag=True, help="Build the release again from the archive, too, and compare every file.")
@json_option
@pass_setting
def verify(
    setting: Setting, release: str, printed: str | None, signers: Path | None, rebuild: bool, as_json: bool
) -> None:
    """Compare every byte of a release, and of what it was made from, with what its manifest says.

    RELEASE is a year, for its newest release, YEAR/rN, or a folder. Exit code 11 when anything is not as it was.

    \b
    Examples: kyogikai verify 2024/r1
              kyogikai verify 2024 --rebuild
              kyogikai verify 2024/r1 --printed ABCD-EFGH-IJKL-MNOP
    """
    from pipeline.audit.verify import find_release, verify_release

    folder = find_release(setting.home, release)
    with stderr.status("verify …"):
        found = verify_release(setting.home, folder, printed=printed, signers=signers)
    if rebuild and not found.faults:
        from pipeline.audit.rebuild import rebuild_release

        with stderr.status("building the release again …"):
            found = found.with_faults("built again", rebuild_release(setting.home, setting.survey, folder))
    show(found.as_json(), as_json, lambda: _print_verification(found))
    if found.faults:
        sys.exit(InputError.exit_code)


@click.command()
@click.argument("release", metavar="RELEASE")
@click.option("--key", type=click.Path(path_type=Path), required=True, help="Your ssh key.")
@pass_setting
def sign(setting: Setting, release: str, key: Path) -> None:
    """Sign a release's manifest with an ssh key. The release itself is not touched.

    Example: kyogikai sign 2024/r1 --key ~/.ssh/id_ed25519
    """
    from pipeline.audit.signature import sign_release
    from pipeline.audit.verify import find_release

    with setting.home.writer():
        signature = sign_release(find_release(setting.home, release), key)
    stdout.print(escape(f"signed: {signature}"))
    tell_next(f"kyogikai verify {release} --signers FILE")


def _print_verification(found: Verification) -> None:
    for fault in found.faults:
        stdout.print(f"[red]changed[/]  {escape(fault.where)}\n  found     {fault.found}\n  expected  {fault.expected}")
    if found.stale:
        compared, by = found.stale["compared_with"], found.stale["revised_by"]
        stdout.print(f"[yellow]stale[/]: it was compared with {compared}, which {by} revises")
    counts = ", ".join(f"{kind}: {count}" for kind, count in found.checked.items())
    stdout.print(f"faults: {len(found.faults)}; checked {counts}")
