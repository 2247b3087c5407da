"""The command for a document that is printed already, or about to be."""

from __future__ import annotations

import sys
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING

import click
from rich.markup import escape

from pipeline.commands.output import show
from pipeline.commands.setting import (
    FINDINGS_BLOCK,
    Setting,
    json_option,
    pass_setting,
    stderr,
    stdout,
    tell_next,
    year_argument,
)
from schemas.errors import UsageError

if TYPE_CHECKING:
    from pipeline.reconcile.reconcile import Reconciliation


@click.command()
@year_argument
@click.argument("document", type=click.Path(path_type=Path))
@click.option("--no-returns", is_flag=True, help="Judge the document by itself, without figures of ours.")
@click.option("--prefecture", help="Whose document it is, by name or code, where not our own; with --no-returns.")
@json_option
@pass_setting
def reconcile(
    setting: Setting, year: int, document: Path, no_returns: bool, prefecture: str | None, as_json: bool
) -> None:
    """Compare a printed report (.txt, .docx, .html, .xlsx, .pdf) with the figures, and judge its own numbers.

    Exit code 1 when a number differs or a relation does not hold.

    \b
    Examples: kyogikai reconcile 2024 report.docx --no-returns
              kyogikai reconcile 2024 gunma.pdf --no-returns --prefecture 群馬県
    """
    from pipeline.audit.listing import list_figures
    from pipeline.audit.summary import summarise_traces
    from pipeline.reconcile.reconcile import reconcile_document

    declarations = setting.survey.load_year(year)
    if prefecture and not no_returns:
        raise UsageError(
            reference="other-prefecture", where="--prefecture", found=prefecture,
            expected="--no-returns with it: our returns are those of our own municipalities", fix="add --no-returns",
        )  # fmt: skip
    if prefecture:
        declarations = declarations.of_prefecture(prefecture)
    ours = traces = None
    if not no_returns:
        traces = summarise_traces(setting.home, year)
        rows = list_figures(setting.home, year)
        ours = {row["figure_id"]: (row["value"], row["display"] or "", row["unit"] or "") for row in rows}
    with stderr.status("reading, comparing, judging …"):
        last_year = {} if prefecture else _last_year(setting, year)
        found = reconcile_document(document, declarations, ours, last_year=last_year, traces=traces)
    show(found.as_json(), as_json, lambda: _print(found, year))
    if not as_json:
        different = next((f for f in found.figures if f.verdict == "different"), None)
        if different:
            tell_next(f"kyogikai trace {year} {different.published_id or different.figure_id}")
    if not found.is_clean:
        sys.exit(FINDINGS_BLOCK)


def _last_year(setting: Setting, year: int) -> dict[str, str]:
    """How the figures of the year before were released; empty where they were not."""
    import polars as pl

    from pipeline.warehouse.released import RELEASED_FIGURES, newest_release

    release = newest_release(setting.home, year - 1)
    if release is None:
        return {}
    figures = pl.read_parquet(release / RELEASED_FIGURES, columns=["figure_id", "display"])
    return dict(figures.drop_nulls().iter_rows())


def _print(found: Reconciliation, year: int) -> None:
    for figure in found.figures:
        if figure.verdict in ("equal", "printed"):
            continue
        number = f" [{figure.published_id}]" if figure.published_id else ""
        beside = f", ours {figure.ours}" if figure.ours else ""
        stdout.print(
            f"[yellow]{figure.verdict}[/]  {escape(figure.label + number)}: printed {escape(str(figure.printed or '-'))}"
            f"{escape(beside)}  ({escape(figure.place or 'nowhere')})"
        )
        if figure.trace:
            groups = [f"{group.reason} {group.entity_count}, adding {group.value}" for group in figure.trace.groups]
            told = "; ".join(groups) or f"ratio of {' to '.join(figure.trace.terms)}"
            stdout.print(escape(f"  ours: {told} (kyogikai trace {year} {figure.published_id or figure.figure_id})"))
    for relation in found.relations:
        if relation.verdict in ("violated", "warning"):
            stdout.print(
                f"[red]{relation.verdict}[/]  {escape(relation.published_relation or relation.relation_id)}"
                f"  {escape(relation.explanation)}  ({escape(relation.place or 'nowhere')})"
            )
    counts = Counter(
        [*(figure.verdict for figure in found.figures), *(relation.verdict for relation in found.relations)]
    )
    stdout.print(", ".join(f"{verdict}: {count}" for verdict, count in sorted(counts.items())))
