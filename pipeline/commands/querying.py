"""The command for those who ask questions of their own: sql."""

from __future__ import annotations

import csv
import sys
from math import isfinite
from pathlib import Path

import click

from pipeline.commands.output import show_json, show_rows
from pipeline.commands.setting import Setting, pass_setting, year_argument
from pipeline.csv_files import csv_value
from pipeline.warehouse.released import releases_of
from pipeline.warehouse.sql import Answered, SqlSession
from schemas.errors import InputError, UsageError
from schemas.visible import visible


@click.command()
@year_argument
@click.argument("query", required=False)
@click.option("--file", type=click.Path(path_type=Path), help="Take the query from a file.")
@click.option("--release", metavar="rN", help="Ask the public tables of this release, in place of the warehouse.")
@click.option(
    "--format", "form", type=click.Choice(["table", "csv", "json"]), default="table", help="How rows are printed."
)
@pass_setting
def sql(setting: Setting, year: int, query: str | None, file: Path | None, release: str | None, form: str) -> None:
    """Query the tables of a home with SQL, read only; without a query, at a prompt that completes names.

    getvariable('year') is the year that was named.

    \b
    Examples: kyogikai sql 2024 "select display, unit from fct_figures where published_id = 'A05'"
              kyogikai sql 2024 --file council.sql --format csv
              kyogikai sql 2024
    """
    if query is not None and file is not None:
        raise click.UsageError("name a query or --file, not both")
    setting.survey.expect_year(year)
    with SqlSession(_database(setting, year, release), year) as session:
        text = _read(file) if file else query
        if text is None and not sys.stdin.isatty():
            text = sys.stdin.read()
        if text is None:
            from pipeline.commands.sql_prompt import prompt_for_queries

            prompt_for_queries(session, lambda answered: _print(answered, form))
            return
        for answered in session.answer(text):
            _print(answered, form)


def _read(file: Path) -> str:
    try:
        return file.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise InputError(
            reference="unreadable-query", where=str(file), found=str(error), expected="a text in UTF-8",
            fix="name the file that holds the query",
        ) from error  # fmt: skip


def _database(setting: Setting, year: int, release: str | None) -> Path:
    if release is None:
        return setting.home.warehouse
    folder = setting.home.releases(year)
    path = folder / release / "public" / f"kyogikai_{year}.duckdb"
    if not path.is_file():
        there = [found.name for found in releases_of(setting.home, year)] or ["none is there"]
        raise UsageError(
            reference="unknown-release", where="--release", found=release, expected=f"one of: {', '.join(there)}",
            fix=f"name a release of {year}",
        )  # fmt: skip
    return path


def _print(answered: Answered, form: str) -> None:
    rows = [dict(zip(answered.columns, row, strict=True)) for row in answered.rows]
    if form == "json":
        show_json([{name: _plain(value) for name, value in row.items()} for row in rows])
    elif form == "csv":
        writer = csv.writer(sys.stdout, lineterminator="\n")
        writer.writerows([_cell(value) for value in row] for row in (answered.columns, *answered.rows))
    else:
        show_rows(rows, answered.columns)


def _cell(value: object) -> object:
    """A value for a CSV file: no formula, and nothing that would command a terminal."""
    return visible(value, kept="\n\t") if isinstance(value := csv_value(value), str) else value


def _plain(value: object) -> object:
    if isinstance(value, float) and not isfinite(value):
        return None
    return value if isinstance(value, str | int | float | bool | list | dict | None) else str(value)
