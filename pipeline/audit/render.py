"""A trace, or what a cell or a municipality touches, as a page of text."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from rich.console import Console
from rich.markup import escape

from pipeline.audit.reverse import Touched
from pipeline.audit.traced import Trace, TracedCell, TracedEntity
from pipeline.ranking import ranks

REASONS = {
    "counted": "counted", "not_chosen": "not chosen", "not_asked": "not asked (非該当)",
    "missing": "no answer (無回答)", "unreadable": "unreadable", "no_return": "no return",
}  # fmt: skip


def print_trace(trace: Trace, console: Console, *, indent: int = 0) -> None:
    """Print a figure, its definition, and every entity counted and not counted with its cells."""
    pad = " " * indent

    def line(text: str) -> None:
        console.print(pad + text)

    analysis, method = trace.analysis, trace.method
    number = f" [{analysis.published_id}]" if analysis.published_id else ""
    line(
        f"[bold]{escape(analysis.label)}[/]{escape(number)}: [bold]{escape(trace.formatted_value)}{escape(trace.unit)}[/]"
    )
    line(f"  figure      {analysis.figure_id} ({trace.year})")
    line(f"  definition  {_definition(trace)}; rounding {method.rounding}")
    line(f"  reference   {analysis.reference}")
    line(f"  SQL models  {' → '.join(method.sql_models)}")
    line(f"  recomputed  {escape(trace.recomputed_formatted_value)}")
    if trace.recomputed_formatted_value != trace.formatted_value:
        line(
            f"  [red]the figure does not follow from its cells[/]: the warehouse was changed after the run; kyogikai run"
            f" {trace.year} makes it again"
        )
    for group in trace.groups:
        line(f"  {REASONS[group.reason]}: {group.entity_count}, adding {group.value}")
    if method.operation == "ranking":
        for place, term in zip(ranks([term.raw_value for term in trace.terms]), trace.terms, strict=True):
            line(f"  {place:>2}. {escape(term.label)}: {escape(term.formatted_value + term.unit)}  {term.figure_id}")
    for entity in sorted(trace.entities, key=lambda e: not e.is_counted):
        for text in _entity_lines(entity, method.options):
            line(f"  {text}")
    if trace.unused_cells:
        line(f"  read besides, adding nothing: {_unused(trace.unused_cells)}")
    for term in trace.terms:
        print_trace(term, console, indent=indent + 4)


def _definition(trace: Trace) -> str:
    analysis, method = trace.analysis, trace.method
    if method.operation == "ratio":
        return f"ratio of {' to '.join(term.figure_id for term in trace.terms)}"
    if method.operation == "ranking":
        return f"ranking of {len(trace.terms)} figures"
    question = f" of question {analysis.question_id}" if analysis.question_id else ""
    options = f", options {', '.join(method.options)}" if method.options else ""
    return f"{method.operation} at grain {analysis.grain}{question}{options}"


def _entity_lines(entity: TracedEntity, options: Sequence[str]) -> list[str]:
    mark = "+" if entity.is_counted else "·"
    assumed = " (assumed in the register)" if entity.is_assumed else ""
    value = f"{entity.value} " if entity.is_counted else ""
    lines = [f"{mark} {escape(entity.name)} {entity.municipality_code}: {value}{REASONS[entity.reason]}{assumed}"]
    if entity.return_id:
        superseded = f", supersedes {entity.supersedes[:16]}…" if entity.supersedes else ""
        lines.append(f"    file {entity.return_id[:16]}… received {entity.received_at}{superseded}")
    decisive = [cell for cell in entity.cells if not options or not cell.option_code or cell.option_code in options]
    shown = [cell for cell in decisive if cell.text or cell.problem or cell.correction] or decisive[:1]
    lines += [f"    {escape(_cell(cell))}" for cell in shown]
    if others := [cell for cell in entity.cells if cell not in shown]:
        filled = sum(bool(cell.text) for cell in others)
        places = " ".join(cell.address for cell in others)
        noun = "cell" if len(others) == 1 else "cells"
        lines.append(f"    and {len(others)} {noun} of the same answer, {filled} filled in: {places}")
    for finding in entity.findings:
        waived = f" (waived by {finding.waiver_id})" if finding.waiver_id else ""
        lines.append(f"    finding {escape(finding.finding_id)}: {escape(finding.message)}{escape(waived)}")
    return lines


def _cell(cell: TracedCell) -> str:
    shown, read = _shown(cell.text), cell.text
    if (correction := cell.correction) is not None:
        read = correction.corrected_text
        shown += (
            f" corrected to {_shown(read)} ({correction.correction_id}, {correction.authority}: {correction.reason})"
        )
    if cell.problem:
        return f"{_place(cell)} {shown} unreadable: {cell.problem}"
    is_other = cell.read_as is not None and cell.read_as != read
    return f"{_place(cell)} {shown}" + (f" read as {cell.read_as}" if is_other else "")


def _shown(text: str) -> str:
    return f"「{text}」" if text else "(blank)"


def _place(cell: TracedCell) -> str:
    return f"{cell.file_name}!{cell.sheet}!{cell.address}"


def _unused(cells: Sequence[TracedCell]) -> str:
    kinds = Counter(
        "blank" if not cell.text else "filled in by others than the one whose answer counts" for cell in cells
    )
    told = ", ".join(f"{count} cells {kind}" for kind, count in sorted(kinds.items()))
    return f"{told} (--json lists them)"


def print_touched(touched: Touched, console: Console) -> None:
    """Print every figure that reads a cell, or that a municipality's answers are in, with how."""
    console.print(f"[bold]{escape(touched.what)}[/]")
    for cell in touched.cells:
        console.print(f"  {escape(_cell(cell))}")
    for figure in touched.figures:
        number = f" [{figure.published_id}]" if figure.published_id else ""
        how = "; ".join(figure.how)
        console.print(
            f"  {escape(figure.figure_id)}{escape(number)} {escape(figure.label)}: {escape(figure.display)}{escape(figure.unit)}"
            f" — {escape(how)}"
        )
