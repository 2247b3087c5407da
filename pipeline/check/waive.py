"""Waivers on findings: those that a waiver names as they are, and those that only follow from what is waived."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from typing import Any

import polars as pl

from pipeline.clock import Clock, now
from pipeline.home import Home
from pipeline.tables import load
from schemas.errors import DeclarationError
from schemas.waivers import load_waivers

KEY_MARK = "@"


def apply_waivers(home: Home, year: int, *, clock: Clock = now) -> dict[str, pl.DataFrame]:
    """Mark waived findings; returns the tables findings and gate_findings anew.

    A finding that follows from others is waived where every one of those is, by their waivers.
    Raises DeclarationError for a waiver that names a finding that is not there, or that is not as it was waived.
    """
    path = home.waivers(year)
    declared = load_waivers(path, year=year, on=clock().date())
    tables = {name: load(home, year, name) for name in ("findings", "gate_findings")}
    keys = {
        finding: key
        for table in (tables.values() if declared else ())
        for finding, key in zip(table["finding_id"], waiver_keys(home, year, table), strict=True)
    }
    known = {key: finding for finding, key in keys.items()}
    unknown = sorted(set(declared) - known.keys())
    for name in unknown:
        if key := keys.get(name.partition(KEY_MARK)[0]):
            raise DeclarationError(
                reference="waiver-of-another-state", where=str(path), found=name, expected=key,
                fix="look at the finding as it is now; where it may still pass, name it by its key",
            )  # fmt: skip
    if unknown:
        raise DeclarationError(
            reference="waiver-matches-nothing", where=str(path), found=", ".join(unknown),
            expected="findings that this run has", fix="remove the waiver; what it waived is gone",
        )  # fmt: skip
    waived = {known[name]: waiver for name, waiver in declared.items()}
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


def waiver_keys(home: Home, year: int, findings: pl.DataFrame) -> list[str]:
    """How a waiver names each finding: its id and eight digits over what it says and what its cells hold.

    So a waiver lets pass what somebody has looked at, and no other value in the same place. What names a municipality and no
    cell, as a return that is missing, has nothing that could change: its id is enough.
    """
    cells = [cell for listed in findings["cells"] for cell in json.loads(listed)]
    held = load(home, year, "cells").filter(pl.col("cell_id").is_in(cells))
    texts = dict(held.select("cell_id", pl.coalesce("corrected_text", "text")).iter_rows())
    return [_key(row, texts) for row in findings.iter_rows(named=True)]


def _key(finding: Mapping[str, Any], texts: Mapping[str, str]) -> str:
    cells = json.loads(finding["cells"])
    if finding["municipality_code"] and not cells:
        return str(finding["finding_id"])
    state = [finding["verdict"], finding["message"], [texts.get(cell) for cell in cells]]
    digest = hashlib.sha256(json.dumps(state, ensure_ascii=False).encode()).hexdigest()
    return f"{finding['finding_id']}{KEY_MARK}{digest[:8]}"
