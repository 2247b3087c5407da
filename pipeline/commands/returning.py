"""Commands for what an office sends out: a page with the results for each municipality, and the look of documents."""

from __future__ import annotations

from pathlib import Path

import click
from rich.markup import escape

from pipeline.commands.setting import Setting, pass_setting, stderr, stdout, tell_next, year_argument
from schemas.errors import UsageError


@click.command()
@year_argument
@click.option("--release", "release_name", metavar="rN", help="The release that it tells of [default: the newest].")
@pass_setting
def feedback(setting: Setting, year: int, release_name: str | None) -> None:
    """Write a page (.docx) for each municipality, to be sent back: its answers, how many answered alike, what was corrected.

    It is made from the files of a release alone. Of other municipalities it shows nothing but counts, and these only of
    questions whose totals are published.

    Example: kyogikai feedback 2024 --release r1
    """
    from pipeline.audit.verify import find_release
    from pipeline.publish.feedback.write import write_feedback

    setting.survey.expect_year(year)
    folder = find_release(setting.home, f"{year}/{release_name}" if release_name else str(year))
    with setting.home.writer(), stderr.status("feedback …"):
        paths = write_feedback(setting.home, setting.survey, folder)
    stdout.print(escape(f"pages: {len(paths)}, in {setting.home.feedback(year) / folder.name}"))
    tell_next("look at some of them, then send each to its municipality")


@click.command()
@click.argument("kind", type=click.Choice(["docx"]))
@click.option("--output", type=click.Path(dir_okay=False, path_type=Path), required=True, help="The file to write.")
@pass_setting
def template(setting: Setting, kind: str, output: Path) -> None:
    """Write the built-in look of documents as a file to start from.

    Change its page, styles, header and footer in Word, and save it as schemas/reports/YEAR.docx: reports of that year, and of
    the years nearest to it, look like it. The text in its body is not used.

    Example: kyogikai template docx --output 2024.docx
    """
    from pipeline.home import write_atomically
    from pipeline.publish.docx_style import built_in_docx

    if output.exists():
        raise UsageError(
            reference="file-exists", where=str(output), found="a file", expected="a name that is free",
            fix="name another file, or move this one away",
        )  # fmt: skip
    write_atomically(output, built_in_docx())
    stdout.print(escape(f"template: {output}"))
    tell_next(f"change it in Word, then save it as {setting.survey.report_folder / 'YEAR.docx'}")
