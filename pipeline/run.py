"""A survey year from inbox to gate and draft: the stages in their order, as plain functions.

Each stage reads and writes the home's tables. A year whose inputs, declarations and code are what the last gate
judged is not run again.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import polars as pl

from pipeline.check import gate
from pipeline.check.beside import load_beside
from pipeline.check.inputs import fingerprint, published_contents, year_inputs
from pipeline.check.waive import apply_waivers
from pipeline.clock import Clock, now
from pipeline.collect.archive import archived_bytes
from pipeline.collect.collect import collect
from pipeline.collect.ledger import current_returns, read_ledger
from pipeline.home import Home
from pipeline.queries.ledger import read_history
from pipeline.read.correct import are_read
from pipeline.tables import TABLES, is_written, load, save
from pipeline.warehouse import build as warehouse
from pipeline.warehouse.dbt import NodeResult
from pipeline.warehouse.engines import DUCKDB, Engine
from pipeline.warehouse.query_tables import query_table
from pipeline.warehouse.released import expect_receipts, newest_release, released_answers
from schemas.corrections import expect_placed, load_corrections
from schemas.errors import InputError
from schemas.survey import Survey, YearDeclarations
from schemas.waivers import load_waivers

Progress = Callable[[str], None]


@dataclass
class RunContext:
    """One run of one year: where, what is declared, the clock it lives by, and the engine that computes its figures."""

    home: Home
    survey: Survey
    declarations: YearDeclarations
    clock: Clock = now
    engine: Engine = DUCKDB
    executed: list[str] = field(default_factory=list)

    @property
    def year(self) -> int:
        """The survey year."""
        return self.declarations.year


def open_run(home: Home, survey: Survey, year: int, *, clock: Clock = now, engine: Engine = DUCKDB) -> RunContext:
    """Load what is declared of the year, and of the others that are built with it.

    Raises DeclarationError for any fault of it, a waiver that is not in force included, before anything has run.
    """
    from pipeline.publish.docx_template import find_template
    from pipeline.publish.template import check_texts

    declarations = survey.load_year(year)
    for other in warehouse.years_at_hand(home, survey):
        survey.load_year(other)
    load_waivers(home.waivers(year), year=year, on=clock().date())
    load_corrections(home.corrections(year), declarations, on=clock().date())
    check_texts(survey, declarations)
    find_template(survey, declarations)
    return RunContext(home, survey, declarations, clock, engine)


def collect_stage(run: RunContext, paths: Sequence[Path] | None = None) -> int:
    """Inbox to archive and ledger; returns how many new receipts there are.

    Raises InputError where the ledger lacks what a release was made from.
    """
    from pipeline.queries.take import take_replies

    expect_receipts(run.home, run.survey.years)
    new = collect(run.home, run.declarations, paths=paths, clock=run.clock)
    take_replies(run.home, run.declarations, clock=run.clock)
    return len(new)


def read_stage(run: RunContext) -> dict[str, int]:
    """Archived returns to cells and answers; returns the rows of each table."""
    from pipeline.read.read import had_cell_before, read_returns

    load_beside()
    corrections = load_corrections(run.home.corrections(run.year), run.declarations, on=run.clock().date())
    tables = read_returns(run.home, run.declarations, corrections)
    outcomes = tables["corrections"].select("correction_id", "state").iter_rows()
    without_cell = {name for name, state in outcomes if state == "no_cell"}
    left = [correction for correction in corrections if correction.id in without_cell]
    without_cell -= had_cell_before(run.home, run.declarations, left)
    expect_placed(run.home.corrections(run.year), run.declarations, without_cell)
    gate.withdraw(run.home, run.year)
    save(run.home, run.year, tables)
    _read_previous(run)
    run.executed.append("read")
    return {name: table.height for name, table in tables.items()}


def _read_previous(run: RunContext) -> None:
    """Read last year's returns too, as they are corrected, where that year is not released: answers are compared.

    With a year that is released, they are compared as they were released.
    """
    year = run.year - 1
    if year not in run.survey.years or newest_release(run.home, year):
        return
    declarations = run.survey.load_year(year)
    corrections = load_corrections(run.home.corrections(year), declarations, on=None)
    counting = {code: receipt.sha256 for code, receipt in current_returns(read_ledger(run.home.ledger), year).items()}
    returns = dict(load(run.home, year, "returns").select("municipality_code", "return_id").iter_rows())
    if returns != counting or not are_read(load(run.home, year, "corrections"), corrections):
        from pipeline.read.read import read_returns

        save(run.home, year, read_returns(run.home, declarations, corrections))


def validate_stage(run: RunContext) -> dict[str, int]:
    """Answers to findings; returns how many findings of each severity there are."""
    from pipeline.macro.judge import edit_returns
    from pipeline.validate.validate import validate_returns

    previous = released_answers(run.home, run.year - 1)
    tables = validate_returns(run.home, run.declarations, previous_answers=previous)
    together = edit_returns(run.home, run.declarations, previous_answers=previous)
    tables = {name: pl.concat([table, together[name]]) for name, table in tables.items()}
    save(run.home, run.year, tables)
    run.executed.append("validate")
    return dict(tables["findings"].group_by("severity").len().sort("severity").iter_rows())


def localise_stage(run: RunContext) -> dict[str, int]:
    """Errors to the answers that can explain them; returns how many contradictions and answers in doubt there are."""
    from pipeline.localise.localise import localise_returns
    from pipeline.queries.settle import close_settled

    tables = localise_returns(run.home, run.declarations, previous_answers=released_answers(run.home, run.year - 1))
    save(run.home, run.year, tables)
    close_settled(run.home, run.declarations, clock=run.clock)
    run.executed.append("localise")
    found = tables["localisations"]
    return {
        "contradiction_count": found["contradiction_id"].n_unique(),
        "doubtful_answer_count": found["cells"].n_unique(),
    }


def warehouse_stage(home: Home, survey: Survey, engine: Engine = DUCKDB) -> list[NodeResult]:
    """All years' tables to the warehouse built aside; returns what became of every model and test."""
    load_beside()
    years = [survey.load_year(year) for year in warehouse.years_at_hand(home, survey)]
    return warehouse.build_warehouse(home, survey, years, engine=engine)


def gate_stage(run: RunContext, results: Sequence[NodeResult]) -> dict[str, Any]:
    """Judge the figures, apply waivers, publish the warehouse, decide; returns the gate's manifest."""
    from pipeline.check.judge import judge_figures

    docs = run.home.gate(run.year) / "data_docs"
    save(run.home, run.year, judge_figures(run.home, run.survey, run.declarations, results, docs_folder=docs))
    save(run.home, run.year, apply_waivers(run.home, run.year, clock=run.clock))
    save(run.home, run.year, query_table(read_history(run.home, run.year), run.year))
    years = warehouse.years_at_hand(run.home, run.survey)
    warehouse.add_quality_tables(run.home, years)
    warehouse.publish_warehouse(run.home)
    contents = published_contents(run.home, run.year)
    run.executed.append("gate")
    return gate.decide(run.home, run.survey, run.declarations, contents, clock=run.clock, engine=run.engine)


def is_current(run: RunContext) -> bool:
    """True when the last gate judged exactly these inputs, computed on this engine, and its figures and a draft are there."""
    manifest = gate.read_gate(run.home, run.year)
    if manifest is None or manifest.get("engine", DUCKDB) != run.engine:
        return False
    if manifest["fingerprint"] != fingerprint(year_inputs(run.home, run.survey, run.year)):
        return False
    draft = run.home.draft_inputs(run.year)
    outputs = (run.home.warehouse, run.home.drafts(run.year) / "report.txt", draft)
    if not all(path.exists() for path in outputs) or not all(is_written(run.home, run.year, name) for name in TABLES):
        return False
    if draft.read_bytes() != manifest["fingerprint"].encode():
        return False
    try:
        return bool(manifest["contents"] == published_contents(run.home, run.year))
    except InputError:
        return False


def run_year(
    run: RunContext, *, paths: Sequence[Path] | None = None, progress: Progress = lambda _: None
) -> dict[str, Any]:
    """Run a year from inbox to gate and draft; returns the gate's manifest.

    The caller holds the home's writer lock. With nothing changed no stage is executed again, but the archive is looked
    through. Raises InputError where it no longer holds a return as it was received.
    """
    progress("collect")
    collect_stage(run, paths)
    if is_current(run):
        manifest = gate.read_gate(run.home, run.year) or {}
        for sha256 in manifest["inputs"]["returns"].values():
            archived_bytes(run.home, sha256)
        return manifest
    progress("read")
    read_stage(run)
    progress("validate")
    validate_stage(run)
    progress("localise")
    localise_stage(run)
    progress("warehouse")
    results = warehouse_stage(run.home, run.survey, run.engine)
    progress("gate")
    manifest = gate_stage(run, results)
    progress("draft")
    draft_stage(run, manifest)
    return manifest


def draft_stage(run: RunContext, manifest: dict[str, Any]) -> Path:
    """Write the watermarked draft of the report; returns its folder."""
    from pipeline.publish.draft import write_draft

    run.executed.append("draft")
    return write_draft(run.home, run.survey, run.declarations, manifest)
