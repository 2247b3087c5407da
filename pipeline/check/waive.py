"""Waivers on findings: those that a waiver names as they are, and those that only follow from what is waived."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from difflib import get_close_matches
from typing import Any

import polars as pl

from pipeline.clock import Clock, now
from pipeline.home import Home
from pipeline.tables import load
from schemas.errors import DeclarationError, raise_all
from schemas.waivers import Waived, load_waivers

KEY_MARK = "@"
NEAR = 0.6
"""How alike, between 0 and 1, a key must be to be offered as the nearest."""


def apply_waivers(home: Home, year: int, *, clock: Clock = now) -> dict[str, pl.DataFrame]:
    """Mark waived findings; returns the tables findings and gate_findings anew.

    A finding that follows from others is waived where every one of those is, by their waivers.
    Raises DeclarationError for a waiver that names a finding that is not there, or that is not as it was waived.
    """
    declared = load_waivers(home.waivers(year), year=year, on=clock().date())
    tables = {name: load(home, year, name) for name in ("findings", "gate_findings")}
    keys = {
        finding: key
        for table in (tables.values() if declared else ())
        for finding, key in zip(table["finding_id"], waiver_keys(home, year, table), strict=True)
    }
    known = {key: finding for finding, key in keys.items()}
    raise_all([_unmatched(name, waived, keys) for name, waived in declared.items() if name not in known])
    waived = {known[name]: waived.waiver for name, waived in declared.items()}
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


def _unmatched(name: str, waived: Waived, keys: Mapping[str, str]) -> DeclarationError:
    """What to do about a waiver whose finding is not there, or is not as it was when somebody looked at it."""
    if key := keys.get(name.partition(KEY_MARK)[0]):
        return DeclarationError(
            reference="waiver-of-another-state", where=waived.where, found=name, expected=key,
            fix="look at the finding as it is now; where it may still pass, name it by its key",
        )  # fmt: skip
    near = get_close_matches(name, keys.values(), n=1, cutoff=NEAR)
    return DeclarationError(
        reference="waiver-matches-nothing", where=waived.where, found=name,
        expected=f"a finding of this run{f'; nearest: {near[0]}' if near else ''}",
        fix="write the key as `kyogikai findings` prints it; where the finding is gone, remove it from the waiver",
    )  # fmt: skip


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
