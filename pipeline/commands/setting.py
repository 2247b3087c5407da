"""What every command shares: the home, the survey, how it was called, and the two consoles."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
from rich.console import Console
from rich.markup import escape

from pipeline.home import Home, default_home, expect_home
from schemas.bundle import PROJECT_ROOT
from schemas.survey import Survey
from schemas.visible import visible

if TYPE_CHECKING:
    from pipeline.observe.record import RunLog

FINDINGS_BLOCK = 1


class _Console(Console):
    """A console whose reader may leave, as `head` does; exit code 1 would say that findings block.

    No text that came from outside commands the terminal: of control characters, tab and line break alone reach it.
    """

    def print(self, *objects: Any, **options: Any) -> None:
        """Print what rich prints, and of texts what can be seen."""
        super().print(*(visible(one, kept="\n\t") if isinstance(one, str) else one for one in objects), **options)

    def on_broken_pipe(self) -> None:
        """Leave it to the command's own end."""
        raise BrokenPipeError


stdout = _Console(highlight=False, soft_wrap=True)
stderr = _Console(stderr=True, highlight=False)


class Setting:
    """The home and the survey of one call."""

    def __init__(self, home: Path | None, survey_root: Path | None) -> None:
        self._home = Home(home.resolve()) if home else default_home()
        self.survey = Survey((survey_root or PROJECT_ROOT).resolve())
        options = [("--home", home), ("--survey", survey_root)]
        self.command = shlex.join(["kyogikai", *(word for name, path in options if path for word in (name, str(path)))])

    @cached_property
    def home(self) -> Home:
        """The home, once it is seen that its folders are folders. Raises InputError where they are not."""
        expect_home(self._home)
        return self._home

    def typed(self, text: str) -> str:
        """A text with commands in it, as one has to type them here; a command that names its home stays as it is."""
        return re.sub(r"\bkyogikai (?=[a-z])", lambda _: f"{self.command} ", text)


pass_setting = click.make_pass_decorator(Setting)
year_argument = click.argument("year", type=int)
json_option = click.option("--json", "as_json", is_flag=True, help="Print JSON in a documented, stable shape.")


@contextmanager
def logged_writer(setting: Setting, year: int, job: str) -> Iterator[RunLog]:
    """Let a command write to the home as its only writer, and give the log in which it says what it does.

    Raises UsageError for a year that is not declared, which leaves no log.
    """
    from pipeline.observe.record import recorded

    setting.survey.expect_year(year)
    with (
        recorded(setting.home, year, job=job, started_by="command") as log,
        setting.home.writer(),
        stderr.status(f"{job} …"),
    ):
        yield log


def tell_unfinished(setting: Setting, year: int) -> None:
    """Say on stderr that a year's findings are not all there, where its last run did not come to the gate."""
    from pipeline.check.gate import read_gate

    if read_gate(setting.home, year) is None:
        stderr.print(
            f"[yellow]incomplete[/]: the last run of {year} did not come to its gate, so that findings may be missing or old; "
            f"{escape(setting.typed(f'kyogikai run {year}'))} ends it",
            soft_wrap=True,
        )


def tell_next(text: str) -> None:
    """Say on stderr what to do next."""
    text = click.get_current_context().find_root().obj.typed(text)
    stderr.print(f"[dim]next: {escape(text)}[/]", soft_wrap=True)
