"""The lists that commands print: figures, findings, and the state of every municipality; JSON shapes are stable."""

from __future__ import annotations

import json
from typing import Any

import polars as pl

from pipeline.check.waive import waiver_keys
from pipeline.collect.ledger import current_returns, read_ledger
from pipeline.home import Home
from pipeline.tables import is_written, load
from pipeline.validate.receipts import rejected_files
from pipeline.warehouse.reading import open_warehouse
from schemas.errors import InputError
from schemas.survey import YearDeclarations


def list_figures(home: Home, year: int) -> list[dict[str, Any]]:
    """Every figure of a year in the order of the report. Raises InputError where the year was not run."""
    with open_warehouse(home.warehouse, year) as connection:
        rows = connection.execute(
            "select figure_id, published_id, value, display, unit, section_id as section, label_ja as label, numerator,"
            " denominator, rounding_mode || ':' || rounding_digits as rounding, reference"
            " from fct_figures where year = ? order by figure_order",
            [year],
        ).pl()
    if rows.is_empty():
        raise _not_run(year, str(home.warehouse))
    return [_with_whole_numbers(row) for row in rows.to_dicts()]


def list_figures_as_sent(home: Home, declarations: YearDeclarations) -> list[dict[str, Any]]:
    """Every figure as `list_figures` gives it, but calculated from the returns as they were sent, without corrections.

    They come from the second calculation, since the warehouse holds no answers but those that count. Raises InputError
    where the year was not run, or where the archive lacks a return.
    """
    from pipeline.check.recalculate import calculate_figures
    from pipeline.read.read import read_returns

    sent = calculate_figures(declarations, read_returns(home, declarations)["answers"])
    rows = []
    for row in list_figures(home, declarations.year):
        if row["figure_id"] not in sent:
            continue
        declared, own = declarations.figures[row["figure_id"]], sent[row["figure_id"]]
        terms = {"numerator": declared.numerator, "denominator": declared.denominator}
        values = {name: sent[term].value if term else None for name, term in terms.items()}
        rows.append(
            _with_whole_numbers({**row, "value": own.value, "display": own.display, "unit": own.unit, **values})
        )
    return rows


def _with_whole_numbers(row: dict[str, Any]) -> dict[str, Any]:
    return {
        name: int(value) if isinstance(value, float) and value.is_integer() else value for name, value in row.items()
    }


def _not_run(year: int, where: str) -> InputError:
    return InputError(
        reference="year-not-run", where=where, found=f"nothing of {year}", fix=f"run `kyogikai run {year}` first"
    )


def list_findings(home: Home, year: int) -> list[dict[str, Any]]:
    """Every finding of a year, of every owner, the gravest first; cells as `file!sheet!cell`.

    Raises InputError where nothing was judged yet, since no finding would then look like a clean year.
    """
    if not is_written(home, year, "findings"):
        raise _not_run(year, str(home.work(year)))
    findings = pl.concat([load(home, year, "findings"), load(home, year, "gate_findings")])
    findings = findings.with_columns(waiver_key=pl.Series(waiver_keys(home, year, findings), dtype=pl.String))
    order = {"error": 0, "warning": 1, "info": 2}
    # What came again under another name is no return: cells are named as `trace` and `status` name them.
    names = {r.sha256[:16]: r.file_name for r in read_ledger(home.ledger) if r.event != "duplicate"}
    columns = [
        "finding_id", "rule_id", "level", "severity", "verdict", "municipality_code", "question_id", "cells",
        "message", "follows_from", "waiver_id", "waiver_key",
    ]  # fmt: skip
    rows = findings.select(columns).to_dicts()
    for row in rows:
        row["follows_from"] = json.loads(row["follows_from"])
        row["cells"] = [_with_file(cell, names) for cell in json.loads(row["cells"])]
    return sorted(rows, key=lambda row: (order[row["severity"]], row["verdict"], row["finding_id"]))


def list_contradictions(home: Home, year: int) -> list[dict[str, Any]]:
    """Every answer of every set that can explain an error, set by set; cells as `file!sheet!cell`.

    Raises InputError where nothing was judged yet.
    """
    if not is_written(home, year, "localisations"):
        raise _not_run(year, str(home.work(year)))
    names = {r.sha256[:16]: r.file_name for r in read_ledger(home.ledger) if r.event != "duplicate"}
    rows = load(home, year, "localisations").drop("year").to_dicts()
    for row in rows:
        row |= {name: json.loads(row[name]) for name in ("possible", "findings")}
        row["cells"] = [_with_file(cell, names) for cell in json.loads(row["cells"])]
    return rows


def _with_file(cell: str, names: dict[str, str]) -> str:
    file, separator, place = cell.partition("!")
    return f"{names.get(file, file)}{separator}{place}"


def list_status(home: Home, declarations: YearDeclarations) -> list[dict[str, Any]]:
    """One row a municipality: whether its return came, when, how often, and what is open about it."""
    receipts = read_ledger(home.ledger)
    current = current_returns(receipts, declarations.year)
    rejected = rejected_files(receipts, declarations)
    findings = load(home, declarations.year, "findings").filter(pl.col("waiver_id").is_null())
    counts: dict[tuple[str, str], int] = {}
    for code, severity in findings.select("municipality_code", "severity").iter_rows():
        counts[code, severity] = counts.get((code, severity), 0) + 1
    rows = []
    for municipality in declarations.municipalities:
        receipt = current.get(municipality.code)
        times = [
            r for r in receipts
            if r.year == declarations.year and r.event == "accepted" and r.municipality_code == municipality.code
        ]  # fmt: skip
        rows.append({
            "municipality_code": municipality.code, "name": municipality.name,
            "state": "received" if receipt else "rejected" if municipality.code in rejected else "not_sent",
            "received_at": receipt.received_at if receipt else None,
            "file_name": receipt.file_name if receipt else None,
            "sha256": receipt.sha256 if receipt else None,
            "evidence": list(receipt.evidence or ()) if receipt else [],
            "return_count": len(times),
            "error_count": counts.get((municipality.code, "error"), 0),
            "warning_count": counts.get((municipality.code, "warning"), 0),
        })  # fmt: skip
    return rows
