"""The command for those who ask what changed between two releases: diff."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from typing import TYPE_CHECKING

import click
from rich.markup import escape

from pipeline.commands.output import show
from pipeline.commands.setting import Setting, json_option, pass_setting, stderr, stdout

if TYPE_CHECKING:
    from pipeline.publish.compare import Cause, Comparison

CAUSES = {
    "return": "return of", "late_return": "return, not there before, of", "correction": "correction",
    "withdrawn_correction": "correction, made no longer,",
    "declaration": "declaration", "code": "another version of the code",
    "earlier_release": "revised release of", "another_year": "another year",
}  # fmt: skip


@click.command()
@click.argument("before", metavar="A")
@click.argument("after", metavar="B")
@json_option
@pass_setting
def diff(setting: Setting, before: str, after: str, as_json: bool) -> None:
    """Show which figures, entities and cells differ between two releases, and what made them differ.

    A and B are releases as `kyogikai verify` takes them: a year for its newest release, YEAR/rN, or a folder.

    \b
    Examples: kyogikai diff 2024/r1 2024/r2
              kyogikai diff 2023 2024
    """
    from pipeline.audit.verify import find_release
    from pipeline.publish.compare import compare, read_side

    folders = [find_release(setting.home, name) for name in (before, after)]
    with stderr.status("diff …"):
        found = compare(*(read_side(folder) for folder in folders))
    show(found.as_json(), as_json, lambda: _print(found, _names(setting)))


def _names(setting: Setting) -> dict[str, str]:
    """What municipalities and registered entities are called, with their code or id."""
    from schemas.reference_files import load_reference

    reference = load_reference(setting.survey.reference_folder)
    names = {entity.entity_id: f"{entity.name} {entity.entity_id}" for entity in reference.register}
    return names | {m.code: f"{m.name} {m.code}" for m in reference.municipalities}


def _print(found: Comparison, names: Mapping[str, str]) -> None:
    stdout.print(f"[bold]{escape(found.before)} → {escape(found.after)}[/]")
    stdout.print(f"inputs that differ: {', '.join(found.inputs) or 'none'}")
    for figure in found.figures:
        number = f" [{figure.published_id}]" if figure.published_id else ""
        shown = f"{figure.before or '(not there)'} → {figure.after or '(not there)'}"
        causes = "; ".join(_cause(cause, names) for cause in figure.causes)
        stdout.print(f"{escape(figure.figure_id + number)} {escape(figure.label)}: {escape(shown)} — {escape(causes)}")
        for row in found.rows:
            if row.figure_id == figure.figure_id:
                old, new = (
                    "not there" if reason is None else f"{value} {reason}"
                    for value, reason in ((row.value_before, row.reason_before), (row.value_after, row.reason_after))
                )
                subjects = dict.fromkeys(names.get(name, name) for name in (row.entity_id, row.municipality_code))
                stdout.print(escape(f"  {', '.join(subjects)}: {old} → {new}"))
    for label in found.labels:
        number = f" [{label.published_id}]" if label.published_id else ""
        stdout.print(escape(f"{label.figure_id}{number} is called 「{label.after}」, before 「{label.before}」"))
    for path in found.texts:
        stdout.print(escape(f"{path}: other words of the report"))
    blank = Counter(cell.municipality_code for cell in found.cells if not cell.before and not cell.after)
    for code, count in blank.items():
        stdout.print(escape(f"{names.get(code, code)}: {count} blank cells of a return that only one of them has"))
    for cell in (cell for cell in found.cells if cell.before or cell.after):
        old, new = ("(no return)" if t is None else f"「{t}」" if t else "(blank)" for t in (cell.before, cell.after))
        stdout.print(
            escape(
                f"{names.get(cell.municipality_code, cell.municipality_code)} {cell.sheet}!{cell.address}:"
                f" {old} → {new} — {_cause(cell.cause, names)}"
            )
        )
    told = f", {len(found.labels)} figures are called otherwise" if found.labels else ""
    stdout.print(f"{len(found.figures)} figures, {len(found.rows)} rows, {len(found.cells)} cells differ{told}")


def _cause(cause: Cause, names: Mapping[str, str]) -> str:
    return f"{CAUSES[cause.kind]} {names.get(cause.subject, cause.subject)}".strip()
