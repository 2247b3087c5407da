"""A trace as a page of text."""

from __future__ import annotations

from rich.console import Console
from rich.markup import escape

from pipeline.audit.trace import Trace

REASONS = {
    "counted": "counted", "not_chosen": "another answer", "not_asked": "not asked (非該当)",
    "missing": "no answer (無回答)", "unreadable": "unreadable", "no_return": "no return",
}  # fmt: skip


def print_trace(trace: Trace, console: Console, *, indent: int = 0) -> None:
    """Print a figure, its definition, and every entity counted and not counted with its cells."""
    pad = " " * indent

    def line(text: str) -> None:
        console.print(pad + text)

    number = f" [{trace.published_id}]" if trace.published_id else ""
    line(f"[bold]{escape(trace.label)}[/]{escape(number)}: [bold]{escape(trace.display)}{escape(trace.unit)}[/]")
    line(f"  figure      {trace.figure_id} ({trace.year})")
    definition = f"{trace.operation} at grain {trace.grain}"
    if trace.question_id:
        definition += f" of question {trace.question_id}"
    if trace.options:
        definition += f", options {', '.join(trace.options)}"
    line(f"  definition  {definition}; rounding {trace.rounding}")
    line(f"  reference   {trace.reference}")
    line(f"  SQL models  {' → '.join(trace.sql_models)}")
    line(f"  recomputed  {escape(trace.recomputed_display)}")
    for entity in sorted(trace.entities, key=lambda e: not e.is_counted):
        mark = "+" if entity.is_counted else "·"
        assumed = " (assumed in the register)" if entity.is_assumed else ""
        value = f"{entity.value} " if entity.is_counted else ""
        line(f"  {mark} {escape(entity.name)} {entity.municipality_code}: {value}{REASONS[entity.reason]}{assumed}")
        if entity.return_id:
            line(
                f"      file {entity.return_id[:16]}…"
                + (f", supersedes {entity.supersedes[:16]}…" if entity.supersedes else "")
            )
        for cell in entity.cells:
            shown = f"「{cell.text}」" if cell.text else "(blank)"
            line(f"      {escape(f'{cell.file_name}!{cell.sheet}!{cell.address}')} {escape(shown)}")
        for finding in entity.findings:
            line(f"      finding {escape(finding)}")
    for term in trace.terms:
        print_trace(term, console, indent=indent + 4)
