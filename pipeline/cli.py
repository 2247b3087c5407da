"""The `kyogikai` command: what it is called with, the commands it knows, and how every error ends."""

from __future__ import annotations

import atexit
import os
import sys
from pathlib import Path
from typing import Any

import click
from rich.markup import escape

from pipeline import __version__
from pipeline.commands.asking import queries, remind, withdraw
from pipeline.commands.auditing import figures, sign, trace, verify
from pipeline.commands.collecting import collect, demo, forms, status
from pipeline.commands.comparing import diff
from pipeline.commands.examining import standards
from pipeline.commands.keeping import backup, restore
from pipeline.commands.observing import runs
from pipeline.commands.querying import sql
from pipeline.commands.questionnaires import questionnaire
from pipeline.commands.reconciling import reconcile
from pipeline.commands.returning import feedback, template
from pipeline.commands.ruling import rules
from pipeline.commands.running import explain, findings, release, run
from pipeline.commands.setting import Setting, stderr
from pipeline.commands.upgrading import upgrade
from pipeline.home import Home
from pipeline.process import heed_keyboard, is_stopped, settle
from pipeline.storage import as_storage_error
from schemas.errors import KyogikaiError

BUG = 70
STOPPED = 130
UNREAD = 141


class Commands(click.Group):
    """Commands whose errors become messages and exit codes."""

    def invoke(self, ctx: click.Context) -> Any:
        """Run a command."""
        try:
            result = super().invoke(ctx)
            sys.stdout.flush()
            return result
        except BrokenPipeError:
            # What is left in the buffer must not fail once more when the process ends.
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
            sys.exit(UNREAD)
        except KyogikaiError as error:
            if is_stopped():
                raise click.Abort from error
            self._end(ctx, error)
        except (click.ClickException, click.Abort, click.exceptions.Exit):
            raise
        except Exception as error:
            found = None if is_stopped() else _known(error, ctx.obj.home)
            if found is None:
                raise
            self._end(ctx, found)

    @staticmethod
    def _end(ctx: click.Context, error: KyogikaiError) -> None:
        stderr.print(escape(ctx.obj.typed(error.render())), soft_wrap=True)
        sys.exit(error.exit_code)


def _known(error: Exception, home: Home) -> KyogikaiError | None:
    """The error of the product for one of a library, None where it is a bug."""
    from pipeline.check.other_code import as_other_code
    from pipeline.warehouse.reading import as_damaged_warehouse

    return (
        as_storage_error(error, str(home.root))
        or as_damaged_warehouse(error, home.warehouse)
        or as_other_code(error, home)
    )


@click.group(cls=Commands, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__)
@click.option(
    "--home",
    type=click.Path(file_okay=False, path_type=Path),
    help="Folder that holds all state [default: $KYOGIKAI_HOME, else data/ of the repository, kyogikai/ where it is installed].",
)
@click.option(
    "--survey",
    "survey_root",
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    help="Root of the survey's declarations [default: the product's own].",
)
@click.pass_context
def cli(context: click.Context, home: Path | None, survey_root: Path | None) -> None:
    """From returned questionnaires to a published report whose every figure can be traced to its cells.

    \b
    A year, in order:
      kyogikai forms 2024              write the blank forms
      kyogikai status 2024             who has answered
      kyogikai run 2024                inbox to gate, and a draft of the report
      kyogikai findings 2024           what is wrong
      kyogikai queries 2024            ask back
      kyogikai release 2024 --by NAME  publish
      kyogikai trace 2024 A05          from a figure to its cells
      kyogikai verify 2024             is the release as it was
      kyogikai diff 2023 2024          what differs between two releases, and why
    """
    context.obj = Setting(home, survey_root)


for command in (
    forms,
    demo,
    collect,
    run,
    runs,
    status,
    findings,
    explain,
    rules,
    queries,
    remind,
    withdraw,
    figures,
    trace,
    release,
    diff,
    verify,
    sign,
    reconcile,
    standards,
    sql,
    questionnaire,
    feedback,
    template,
    backup,
    restore,
    upgrade,
):
    cli.add_command(command)


def main() -> None:
    """Run the command; what is no error of the product's own ends here."""
    settle()
    heed_keyboard()
    try:
        cli(standalone_mode=False)
    except click.exceptions.Exit as error:
        sys.exit(error.exit_code)
    except click.Abort:
        stderr.print("aborted")
        sys.exit(STOPPED)
    except click.ClickException as error:
        error.show()
        sys.exit(2)
    except Exception:  # noqa: BLE001 - a bug is shown whole, with an exit code of its own
        if is_stopped():
            stderr.print("aborted")
            sys.exit(STOPPED)
        stderr.print_exception()
        sys.exit(BUG)


def run_as_process() -> None:
    """Run the command as a process of its own.

    Where a stop came while a class was being made from text, Python would end by the signal, whatever it was told to end with.
    """
    told: list[object] = []
    # What is registered first runs last, when all that others have begun is taken down.
    atexit.register(_end_where_stopped, told)
    try:
        main()
    except SystemExit as end:
        told.append(end.code)
        raise


def _end_where_stopped(told: list[object]) -> None:
    if STOPPED in told:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(STOPPED)


if __name__ == "__main__":
    run_as_process()
