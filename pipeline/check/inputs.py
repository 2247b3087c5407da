"""What a gate's verdict is bound to: every input, every declaration, the code; and what it was said of."""

from __future__ import annotations

import hashlib
import json
from functools import lru_cache
from pathlib import Path
from typing import Any

import duckdb
from pydantic import BaseModel

from pipeline import __version__
from pipeline.collect.ledger import current_returns, read_ledger
from pipeline.hashes import sha256_file
from pipeline.home import Home, read_kept, write_atomically
from pipeline.warehouse.dbt import DBT_PROJECT, GENERIC_FOLDERS
from pipeline.warehouse.reading import as_damaged_warehouse, changes_beside, open_warehouse
from pipeline.warehouse.released import RELEASED_FIGURES, newest_release, read_manifest
from schemas.bundle import CODE_ROOT, PROJECT_ROOT
from schemas.survey import Survey

LOCK = PROJECT_ROOT / "requirements.txt"
NO_CODE = {"json", "reports", "unit_tests"}
CODE_SUFFIXES = {".py", ".sql", ".yml", ".html", ".css", ".js", ".typ", ".md"}


def _sha256_if_there(path: Path) -> str | None:
    return sha256_file(path) if path.exists() else None


@lru_cache(maxsize=1)
def code_fingerprint() -> str:
    """SHA-256 over the version, the source of pipeline and schemas, and the generic dbt project with its tests.

    The same code has the same one, whether it runs from the repository or from a wheel.
    """
    digest = hashlib.sha256(__version__.encode())
    folders = [(CODE_ROOT, name) for name in ("pipeline", "schemas")]
    folders += [(PROJECT_ROOT, f"{DBT_PROJECT.name}/{name}") for name in GENERIC_FOLDERS]
    files = {
        path.relative_to(root).as_posix(): path
        for root, name in folders
        for path in (root / name).rglob("*")
        if path.suffix in CODE_SUFFIXES and path.parent.name not in NO_CODE
    }
    files |= {path.relative_to(PROJECT_ROOT).as_posix(): path for path in DBT_PROJECT.glob("*.yml")}
    for name, path in sorted(files.items()):
        digest.update(name.encode())
        digest.update(path.read_bytes())
    return digest.hexdigest()


def year_inputs(home: Home, survey: Survey, year: int) -> dict[str, Any]:
    """Everything a year's run depends on, as JSON-ready data with hashes; equal inputs give equal data."""
    receipts = [receipt for receipt in read_ledger(home.ledger) if receipt.year == year]
    earlier = {y: newest_release(home, y) for y in survey.years if y < year}
    return {
        "year": year,
        "returns": {code: r.sha256 for code, r in sorted(current_returns(receipts, year).items())},
        "receipts": receipts[-1].hash if receipts else None,
        "declarations": {
            path.relative_to(survey.root).as_posix(): sha256_file(path) for path in survey.declaration_files(year)
        },
        "corrections": _sha256_if_there(home.corrections(year)),
        "waivers": _sha256_if_there(home.waivers(year)),
        "queries": _sha256_if_there(home.query_history(year)),
        "earlier_releases": {
            str(y): {
                "manifest": sha256_file(folder / "manifest.json"),
                "figures": sha256_file(folder / RELEASED_FIGURES),
            }
            for y, folder in earlier.items()
            if folder is not None
        },
        "code": code_fingerprint(),
        "lock": sha256_file(LOCK),
        **_previous_inputs(home, year - 1, earlier.get(year - 1)),
    }


def _previous_inputs(home: Home, year: int, release: Path | None) -> dict[str, Any]:
    """With which returns of the year before answers are compared: those of its release, without one those that count."""
    if release is not None:
        inputs = read_manifest(release)["inputs"]
        return {"previous_returns": inputs["returns"], "previous_corrections": inputs.get("corrections")}
    returns = {code: r.sha256 for code, r in sorted(current_returns(read_ledger(home.ledger), year).items())}
    return {"previous_returns": returns, "previous_corrections": _sha256_if_there(home.corrections(year))}


def fingerprint(inputs: dict[str, Any]) -> str:
    """SHA-256 over JSON-ready data."""
    return hashlib.sha256(json.dumps(inputs, sort_keys=True, ensure_ascii=False).encode()).hexdigest()


class _Remembered(BaseModel):
    sha256: str
    years: dict[str, dict[str, str]]


def published_contents(home: Home, year: int) -> dict[str, str]:
    """`warehouse_contents` of the published warehouse, remembered for as long as no byte of the file changes.

    Nothing is remembered of a file beside which a program has left changes.
    """
    if changes_beside(home.warehouse).exists():
        return warehouse_contents(home.warehouse, year)
    sha256 = sha256_file(home.warehouse)
    remembered = home.warehouse.with_suffix(".contents.json")
    known = read_kept(remembered, _Remembered)
    if known is None or known["sha256"] != sha256:
        known = {"sha256": sha256, "years": {}}
    if str(year) not in known["years"]:
        known["years"][str(year)] = warehouse_contents(home.warehouse, year)
        write_atomically(remembered, json.dumps(known, indent=1, sort_keys=True).encode())
    contents: dict[str, str] = known["years"][str(year)]
    return contents


def warehouse_contents(warehouse: Path, year: int) -> dict[str, str]:
    """SHA-256 over the hashes of the year's rows of every table of a warehouse, by table name; views are left out.

    The hash of a row is DuckDB's own of 64 bits, as its locked version has it. Count, sum and bitwise difference of them know
    rows that are changed, gone, new or doubled, in whatever order, and take no memory. Raises InputError where the file is
    damaged or held open for writing.
    """
    try:
        return _contents(warehouse, year)
    except duckdb.Error as error:
        if (damaged := as_damaged_warehouse(error, warehouse, year)) is None:
            raise
        raise damaged from error


def _contents(warehouse: Path, year: int) -> dict[str, str]:
    with open_warehouse(warehouse, year) as connection:
        tables = connection.execute(
            "select distinct t.table_name from information_schema.tables as t"
            " inner join information_schema.columns as c"
            " on t.table_name = c.table_name and t.table_schema = c.table_schema"
            " where t.table_type = 'BASE TABLE' and c.column_name = 'year' order by 1"
        ).fetchall()
        contents: dict[str, str] = {}
        for (table,) in tables:
            rows = connection.execute(
                f"select count(*), sum(hash(t)), bit_xor(hash(t)) from {table} as t where t.year = ?", [year]
            ).fetchone()
            contents[table] = hashlib.sha256(repr(rows).encode()).hexdigest()
    return contents
