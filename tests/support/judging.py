"""Reading and judging returns of the second survey without a warehouse."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import polars as pl

from pipeline.collect.collect import collect
from pipeline.home import Home
from pipeline.read.read import read_returns
from pipeline.tables import load, save
from pipeline.validate.validate import validate_returns
from schemas.survey import YearDeclarations
from tests.support.workbooks import usual_workbook

Edits = Mapping[str, Mapping[tuple[str, int, str | None], Any]]


def put_returns(home: Home, declarations: YearDeclarations, edits: Edits, *, without: tuple[str, ...] = ()) -> None:
    """Fill the inbox; `edits` changes cells of a municipality, None empties one."""
    folder = home.inbox(declarations.year)
    folder.mkdir(parents=True, exist_ok=True)
    for municipality in declarations.municipalities:
        if municipality.code in without:
            continue
        content = usual_workbook(declarations, municipality, edits.get(municipality.code))
        (folder / f"{municipality.code}.xlsx").write_bytes(content)


def judge_returns(home: Home, declarations: YearDeclarations) -> tuple[list[dict[str, Any]], dict[str, dict[str, Any]]]:
    """Collect, read and validate; returns the findings, and the counts of every rule."""
    collect(home, declarations)
    save(home, declarations.year, read_returns(home, declarations))
    save(home, declarations.year, validate_returns(home, declarations))
    outcomes = load(home, declarations.year, "rule_outcomes")
    return load(home, declarations.year, "findings").to_dicts(), {row["rule_id"]: row for row in outcomes.to_dicts()}


def answer(home: Home, declarations: YearDeclarations, code: str, question: str) -> list[dict[str, Any]]:
    """The answers of a municipality to a question, in the order of the form."""
    answers = load(home, declarations.year, "answers")
    return answers.filter((pl.col("municipality_code") == code) & (pl.col("question_id") == question)).to_dicts()
