"""Findings about whole sheets, each with the first cells that show the fault."""

from __future__ import annotations

from typing import NamedTuple

import polars as pl

from pipeline.forms.blank import Place
from pipeline.validate.judged import Judged, Judgements
from schemas.pandera_schemas import judge

SHOWN = 3
Faults = dict[Place, list[tuple[str, str, str]]]
"""Cells as (address, text, cell id), by municipality and sheet."""


class Beside(NamedTuple):
    """A cell beside the answers: whose, on which sheet of the form, for which place of it, and where and what it is."""

    code: str
    sheet: str
    place: str
    address: str
    text: str
    cell_id: str


def report_sheets(
    rule_id: str, severity: str, statement: str, subjects: list[Place],
    faults: Faults, into: Judgements, message: str,
) -> None:  # fmt: skip
    """Judge sheets, of each municipality its own: one with cells among `faults` is a finding that shows the first of them.

    `message` is completed with the sheet and the places.
    """
    frame = pl.DataFrame(
        {"fault_count": [len(faults.get(subject, ())) for subject in subjects]}, {"fault_count": pl.Int64}
    )
    verdicts = judge(frame, {rule_id: pl.col("fault_count") == 0}, name=rule_id)[rule_id]
    into.count(rule_id, severity, statement, verdicts)
    for (code, sheet), verdict in zip(subjects, verdicts, strict=True):
        if verdict != "pass":
            cells = faults[code, sheet]
            shown = "、".join(f"{address}「{text[:30]}」" for address, text, _ in cells[:SHOWN])
            places = shown + (f"ほか{len(cells) - SHOWN}か所" if len(cells) > SHOWN else "")
            into.doubt(Judged(
                rule_id, severity, 1, statement, verdict, message.format(sheet=sheet, places=places), code, None, None,
                [cell_id for _, _, cell_id in cells[:SHOWN]], sheet,
            ))  # fmt: skip
