"""The lists that commands print: figures, findings, and the state of every municipality; JSON shapes are stable."""

from __future__ import annotations

import json
from typing import Any

import polars as pl

from pipeline.chase.standing import standings
from pipeline.check.waive import waiver_keys
from pipeline.clock import Clock, now
from pipeline.collect.ledger import read_ledger
from pipeline.home import Home
from pipeline.queries.ledger import queries_of, read_history
from pipeline.tables import is_written, load
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
    """Every finding of a year, of every owner, the gravest first, of one severity those with the largest effect on a figure.

    Cells are as `file!sheet!cell`.

    Raises InputError where nothing was judged yet, since no finding would then look like a clean year.
    """
    if not is_written(home, year, "findings"):
        raise _not_run(year, str(home.work(year)))
    findings = pl.concat([load(home, year, "findings"), load(home, year, "gate_findings")])
    findings = findings.with_columns(waiver_key=pl.Series(waiver_keys(home, year, findings), dtype=pl.String))
    order = {"error": 0, "warning": 1, "info": 2}
    # What came again under another name is no return: cells are named as `trace` and `status` name them.
    names = {r.sha256[:16]: r.file_name for r in read_ledger(home.ledger) if r.event not in ("duplicate", "withdrawn")}
    columns = [
        "finding_id", "rule_id", "level", "severity", "verdict", "municipality_code", "question_id", "cells",
        "message", "figure_id", "effect", "follows_from", "waiver_id", "waiver_key",
    ]  # fmt: skip
    rows = findings.select(columns).to_dicts()
    for row in rows:
        row["follows_from"] = json.loads(row["follows_from"])
        row["cells"] = [_with_file(cell, names) for cell in json.loads(row["cells"])]
    return sorted(
        rows, key=lambda row: (order[row["severity"]], row["verdict"], -(row["effect"] or 0), row["finding_id"])
    )


def list_contradictions(home: Home, year: int) -> list[dict[str, Any]]:
    """Every answer of every set that can explain an error, set by set; cells as `file!sheet!cell`.

    Raises InputError where nothing was judged yet.
    """
    if not is_written(home, year, "localisations"):
        raise _not_run(year, str(home.work(year)))
    names = {r.sha256[:16]: r.file_name for r in read_ledger(home.ledger) if r.event not in ("duplicate", "withdrawn")}
    rows = load(home, year, "localisations").drop("year").to_dicts()
    for row in rows:
        row |= {name: json.loads(row[name]) for name in ("possible", "findings")}
        row["cells"] = [_with_file(cell, names) for cell in json.loads(row["cells"])]
    return rows


def list_queries(home: Home, year: int) -> list[dict[str, Any]]:
    """Every query of a year as its history tells it, in the order in which they were opened."""
    return [
        {
            "query_id": query.query_id, "municipality_code": query.municipality_code, "state": query.state,
            "outcome": query.outcome, "question_id": query.question_id or None, "is_error": query.is_error,
            "findings": list(query.findings), "cells": list(query.cells), "opened_at": query.opened_at,
            "answered_at": query.answered_at, "closed_at": query.closed_at,
            "replies": [
                {"reply": e.reply, "value": e.value, "reason": e.reason, "person": e.person, "day": e.day}
                for e in query.replies
            ],
        }
        for query in queries_of(read_history(home, year)).values()
    ]  # fmt: skip


def _with_file(cell: str, names: dict[str, str]) -> str:
    file, separator, place = cell.partition("!")
    return f"{names.get(file, file)}{separator}{place}"


def list_status(home: Home, declarations: YearDeclarations, *, clock: Clock = now) -> list[dict[str, Any]]:
    """One row a municipality: how it stands, when its return came, how often, what is open about it, and how it came to that."""
    return [
        {
            "municipality_code": one.municipality.code, "name": one.municipality.name, "state": one.state,
            "received_at": one.receipt.received_at if one.receipt else None,
            "file_name": one.receipt.file_name if one.receipt else None,
            "sha256": one.receipt.sha256 if one.receipt else None,
            "evidence": list(one.receipt.evidence or ()) if one.receipt else [],
            "return_count": one.return_count, "days_late": one.days_late, "error_count": one.counts["error"],
            "warning_count": one.counts["warning"], "open_query_count": one.open_query_count,
            "history": [{"at": step.at, "event": step.event, "about": step.about} for step in one.history],
        }
        for one in standings(home, declarations, today=clock().date())
    ]  # fmt: skip
