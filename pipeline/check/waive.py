"""Waivers on findings: those that a waiver names, and those that only follow from what is waived."""

from __future__ import annotations

import json

import polars as pl

from pipeline.clock import Clock, now
from pipeline.home import Home
from pipeline.tables import load
from schemas.errors import DeclarationError
from schemas.waivers import load_waivers


def apply_waivers(home: Home, year: int, *, clock: Clock = now) -> dict[str, pl.DataFrame]:
    """Mark waived findings; returns the tables findings and gate_findings anew.

    A finding that follows from others is waived where every one of those is, by their waivers.
    Raises DeclarationError for a waiver that names a finding that is not there.
    """
    path = home.waivers(year)
    waived = load_waivers(path, year=year, on=clock().date())
    tables = {name: load(home, year, name) for name in ("findings", "gate_findings")}
    known = {finding for table in tables.values() for finding in table["finding_id"]}
    unknown = sorted(set(waived) - known)
    if unknown:
        raise DeclarationError(
            reference="waiver-matches-nothing", where=str(path), found=", ".join(unknown),
            expected="ids of findings that this run has", fix="remove the waiver; what it waived is gone",
        )  # fmt: skip
    for table in tables.values():
        for finding, causes in table.select("finding_id", "follows_from").iter_rows():
            waivers = [waived.get(cause) for cause in json.loads(causes)]
            if waivers and all(waivers):
                waived.setdefault(finding, ", ".join(sorted({str(waiver) for waiver in waivers})))
    return {
        name: table.with_columns(
            waiver_id=pl.col("finding_id").replace_strict(waived, default=None, return_dtype=pl.String)
        )
        for name, table in tables.items()
    }
