"""How results are shown: JSON on demand, a table that fits the screen, lines with tabs for files and programs."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import click
from rich.markup import escape
from rich.table import Table

from pipeline.commands.setting import stderr, stdout
from schemas.visible import UNSEEN, visible

_NOT_IN_JSON = re.compile(rf"(?![\n]){UNSEEN.pattern}")


def show_json(content: Any) -> None:
    """Print JSON with Japanese as it is, and letters that nobody sees by their numbers."""
    text = json.dumps(content, ensure_ascii=False, indent=2)
    click.echo(_NOT_IN_JSON.sub(lambda letter: f"\\u{ord(letter.group()):04x}", text))


def show(content: Mapping[str, Any], as_json: bool, print_it: Callable[[], None]) -> None:
    """Print JSON, or whatever prints it for people."""
    if as_json:
        show_json(content)
    else:
        print_it()


def show_rows(rows: Sequence[Mapping[str, Any]], columns: Sequence[str]) -> None:
    """Print a table: on a screen one that fits it, elsewhere a line a row with a tab between columns."""
    if stdout.is_terminal:
        table = Table(box=None, header_style="bold", pad_edge=False)
        for column in columns:
            is_number = all(isinstance(row[column], int | float | None) for row in rows)
            table.add_column(
                column, overflow="fold", no_wrap=column.endswith("_id"), justify="right" if is_number else "left"
            )
        for row in rows:
            table.add_row(*(escape(_text(row[column])) for column in columns))
        stdout.print(table, soft_wrap=False)
    else:
        click.echo("\t".join(columns))
        for row in rows:
            click.echo("\t".join(" ".join(_text(row[column]).split()) for column in columns))
    stderr.print(f"{len(rows)} rows")


def show_findings(rows: Sequence[Mapping[str, Any]], columns: Sequence[str]) -> None:
    """Print findings: on a screen each as a block that wraps, elsewhere as rows."""
    if not stdout.is_terminal:
        show_rows(rows, columns)
        return
    colours = {"error": "red", "warning": "yellow", "info": "cyan"}
    for row in rows:
        subject = " ".join(filter(None, (row["municipality"], row["file"])))
        waived = f" (waived by {row['waiver_id']})" if row["waiver_id"] else ""
        stdout.print(
            f"[{colours[row['severity']]}]{row['severity']}[/] {row['verdict']}{escape(waived)}  [bold]{escape(subject)}[/]"
        )
        stdout.print(f"  {escape(row['message'])}")
        if row["effect"]:
            stdout.print(f"  would change {escape(row['figure_id'])} by {row['effect']:.1%}")
        stdout.print(f"  [dim]{escape(row['waiver_key'])}[/]")
    stderr.print(f"{len(rows)} findings")


def _text(value: Any) -> str:
    return "" if value is None else visible(str(value), kept="\n\t")
