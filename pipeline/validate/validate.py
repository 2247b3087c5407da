"""The validate stage: answers to findings. Nothing is dropped or repaired; every return goes on as it is."""

from __future__ import annotations

import polars as pl

from pipeline.collect.ledger import read_ledger
from pipeline.home import Home
from pipeline.queries.ledger import read_history
from pipeline.tables import load
from pipeline.validate.causes import follow_routing
from pipeline.validate.corrected import judge_corrections
from pipeline.validate.declared import judge_declared
from pipeline.validate.derived import judge_derived, judge_rows, judge_sheets
from pipeline.validate.form import judge_form
from pipeline.validate.frames import YearTables
from pipeline.validate.judged import Judgements
from pipeline.validate.letters import judge_letters
from pipeline.validate.other_texts import judge_other_texts
from pipeline.validate.places import CellPlaces
from pipeline.validate.receipts import judge_receipts
from pipeline.validate.register_rows import judge_register_rows
from pipeline.validate.registered import judge_registered
from pipeline.validate.replies import judge_replies
from schemas.survey import YearDeclarations

OWNER = "pandera"
CELL_COLUMNS = (
    "cell_id", "return_id", "municipality_code", "sheet", "address", "kind", "text", "is_declared", "corrected_text",
)  # fmt: skip
"""What is looked at of a cell; the table of cells is the largest of all, and where a cell stands on the form is not asked here."""
_BEGINS = pl.any_horizontal(pl.col(name).ne_missing(pl.col(name).shift()) for name in ("municipality_code", "sheet"))
TELLING_CELLS = _BEGINS | (pl.col("kind") != "blank") | (pl.col("text") != "") | pl.col("corrected_text").is_not_null()
"""Three of five cells are answers that were left blank: of these one of each sheet is looked at, which tells that the sheet was judged."""


def load_tables(home: Home, year: int, previous_answers: pl.DataFrame | None = None) -> YearTables:
    """Load what the read stage left for a year, and, unless they are given, for the year before."""
    return YearTables(
        returns=load(home, year, "returns"),
        cells=load(home, year, "cells", CELL_COLUMNS, TELLING_CELLS),
        answers=load(home, year, "answers"),
        answer_cells=load(home, year, "answer_cells"),
        blocks=load(home, year, "blocks"),
        corrections=load(home, year, "corrections"),
        previous_answers=load(home, year - 1, "answers") if previous_answers is None else previous_answers,
    )


def validate_returns(
    home: Home, declarations: YearDeclarations, *, previous_answers: pl.DataFrame | None = None
) -> dict[str, pl.DataFrame]:
    """Judge the year's returns with pandera; gives the tables findings and rule_outcomes.

    `previous_answers` are those of the year before as it was released; without them, those that were read last.
    """
    tables = load_tables(home, declarations.year, previous_answers)
    judgements = Judgements(declarations.year, OWNER)
    places = CellPlaces(tables)
    judge_replies(read_history(home, declarations.year), judgements)
    judge_receipts(read_ledger(home.ledger), tables.returns, declarations, judgements)
    judge_sheets(tables, declarations, judgements)
    judge_corrections(tables, judgements)
    judge_form(tables, declarations, judgements)
    judge_letters(tables, judgements)
    judge_derived(tables, declarations, places, judgements)
    judge_other_texts(tables, declarations, places, judgements)
    judge_rows(tables, declarations, places, judgements)
    judge_registered(tables, declarations, places, judgements)
    judge_register_rows(tables, declarations, places, judgements)
    judge_declared(tables, declarations, places, judgements)
    follow_routing(judgements, declarations.questionnaire)
    return {"findings": judgements.findings(), "rule_outcomes": judgements.outcomes()}
