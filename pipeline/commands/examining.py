"""The command that examines files of tables by the standards for published tables."""

from __future__ import annotations

import sys
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from pipeline.commands.output import show_json, show_rows
from pipeline.commands.setting import FINDINGS_BLOCK, Setting, json_option, pass_setting, stderr

if TYPE_CHECKING:
    from pipeline.publish.standards.examine import Finding

COLUMNS = ("file", "standard", "item", "verdict", "place", "statement", "told")


@click.command()
@click.argument("paths", nargs=-1, required=True, type=click.Path(dir_okay=False, path_type=Path), metavar="FILE...")
@click.option("--failed", "only_failed", is_flag=True, help="Show the items that fail alone; all of them are counted.")
@json_option
@pass_setting
def standards(_: Setting, paths: tuple[Path, ...], only_failed: bool, as_json: bool) -> None:
    """Examine tables (.xlsx, .csv) item by item: are they machine-readable (総務省, 2020), and accessible (UK Analysis Function)?

    Every item of both lists has a line: pass, fail with the first place and what to do, not_applicable or unverifiable with the
    reason. Exit code 1 where something fails. Metadata beside a CSV (datapackage.json, csv-metadata.json) count.

    Example: kyogikai standards public/tables_for_machines.xlsx public/figures.csv
    """
    from pipeline.publish.standards.examine import examine_files

    found = examine_files(paths)
    shown = [finding for finding in found if not only_failed or finding.judged.verdict == "fail"]
    if as_json:
        show_json([_as_json(finding) for finding in shown])
    else:
        show_rows([dict(zip(COLUMNS, _row(finding), strict=True)) for finding in shown], COLUMNS)
        counts = Counter(finding.judged.verdict for finding in found)
        stderr.print(", ".join(f"{count} {verdict}" for verdict, count in counts.items()))
    if any(finding.judged.verdict == "fail" for finding in found):
        sys.exit(FINDINGS_BLOCK)


def _row(finding: Finding) -> tuple[str, ...]:
    judged = finding.judged
    first, more = next(iter(judged.faults), None), len(judged.faults) - 1
    place = (first.place + (f" (and {more} more)" if more else "")) if first else ""
    told = f"{first.found}：{first.fix}" if first else judged.reason
    return finding.file, finding.standard.id, finding.item.number, judged.verdict, place, finding.item.statement, told


def _as_json(finding: Finding) -> dict[str, Any]:
    judged = finding.judged
    return {
        "file": finding.file, "standard": finding.standard.id, "title": finding.standard.title, "item": finding.item.number,
        "is_essential": finding.item.is_essential, "statement": finding.item.statement, "verdict": judged.verdict,
        "reason": judged.reason,
        "faults": [
            {"sheet": fault.sheet, "cell": fault.cell, "found": fault.found, "fix": fault.fix} for fault in judged.faults
        ],
    }  # fmt: skip
