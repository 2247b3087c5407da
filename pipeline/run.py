"""A survey year from inbox to gate and draft: the stages in their order, as plain functions.

Each stage reads and writes the home's tables. A year whose inputs, declarations and code are what the last gate
judged is not run again.
"""

from __future__ import annotations

import gc
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from functools import wraps
from pathlib import Path
from typing import Any, Concatenate, ParamSpec, TypeVar

import polars as pl

from pipeline.beside import load_beside
from pipeline.check import gate
from pipeline.check.inputs import fingerprint, published_contents, year_inputs
from pipeline.check.waive import apply_waivers
from pipeline.clock import Clock, now
from pipeline.collect.archive import archived_bytes
from pipeline.collect.collect import collect
from pipeline.collect.ledger import current_returns, read_ledger
from pipeline.home import Home
from pipeline.observe.record import SILENT, RunLog
from pipeline.observe.told import tell_findings, tell_gate, tell_receipts
from pipeline.queries.ledger import read_history
from pipeline.read.correct import are_read
from pipeline.tables import TABLES, is_written, load, save
from pipeline.warehouse import build as warehouse
from pipeline.warehouse.compose import publish_warehouse, put_together
from pipeline.warehouse.dbt import NodeResult
from pipeline.warehouse.engines import DUCKDB, Engine, versioned
from pipeline.warehouse.query_tables import query_table
from pipeline.warehouse.released import expect_receipts, newest_release, released_answers
from schemas.corrections import expect_placed, load_corrections
from schemas.errors import InputError
from schemas.survey import Survey, YearDeclarations
from schemas.waivers import load_waivers

JUDGES = ("great_expectations.expectations",)
"""What takes as long to load as dbt takes to build."""
Progress = Callable[[str], None]
P = ParamSpec("P")
R = TypeVar("R")


@dataclass
class RunContext:
    """One run of one year: where, what is declared, the clock it lives by, where it says what it does, and what computes."""

    home: Home
    survey: Survey
    declarations: YearDeclarations
    clock: Clock = now
    log: RunLog = SILENT
    engine: Engine = DUCKDB
    executed: list[str] = field(default_factory=list)

    @property
    def year(self) -> int:
        """The survey year."""
        return self.declarations.year


Stage = Callable[Concatenate[RunContext, P], R]


def _logged(name: str) -> Callable[[Stage[P, R]], Stage[P, R]]:
    """Let a stage of a run say when it begins and ends."""

    def decorate(stage: Stage[P, R]) -> Stage[P, R]:
        @wraps(stage)
        def logged(run: RunContext, /, *args: P.args, **options: P.kwargs) -> R:
            with run.log.stage(name):
                return stage(run, *args, **options)

        return logged

    return decorate


def open_run(
    home: Home, survey: Survey, year: int, *, clock: Clock = now, log: RunLog = SILENT, engine: Engine = DUCKDB
) -> RunContext:
    """Load what is declared of the year, and of the others that are built with it.

    Raises DeclarationError for any fault of it, a waiver that is not in force included, before anything has run.
    """
    from pipeline.publish.docx_template import find_template
    from pipeline.publish.template import check_texts

    # What dbt left of a year before in this process is much, and found by chance else.
    gc.collect()
    declarations = survey.load_year(year)
    for other in warehouse.years_at_hand(home, survey):
        survey.load_year(other)
    load_waivers(home.waivers(year), year=year, on=clock().date())
    load_corrections(home.corrections(year), declarations, on=clock().date())
    check_texts(survey, declarations)
    find_template(survey, declarations)
    return RunContext(home, survey, declarations, clock, log, engine)


@_logged("collect")
def collect_stage(run: RunContext, paths: Sequence[Path] | None = None) -> int:
    """Inbox to archive and ledger; returns how many new receipts there are.

    Raises InputError where the ledger lacks what a release was made from, or what the last run judged.
    """
    from pipeline.queries.take import take_replies

    expect_receipts(run.home, run.survey.years)
    gate.expect_judged_receipts(run.home, run.survey.years)
    new = collect(run.home, run.declarations, paths=paths, clock=run.clock)
    take_replies(run.home, run.declarations, clock=run.clock)
    tell_receipts(run.log, new)
    return len(new)


@_logged("read")
def read_stage(run: RunContext) -> dict[str, int]:
    """Archived returns to cells and answers; returns the rows of each table."""
    from pipeline.read.again import read_year, save_read
    from pipeline.read.read import had_cell_before

    load_beside(*JUDGES)
    corrections = load_corrections(run.home.corrections(run.year), run.declarations, on=run.clock().date())
    tables = read_year(run.home, run.survey, run.year, corrections)
    outcomes = tables["corrections"].select("correction_id", "state").iter_rows()
    without_cell = {name for name, state in outcomes if state == "no_cell"}
    left = [correction for correction in corrections if correction.id in without_cell]
    without_cell -= had_cell_before(run.home, run.declarations, left)
    expect_placed(run.home.corrections(run.year), run.declarations, without_cell)
    gate.withdraw(run.home, run.year)
    save_read(run.home, run.survey, run.year, corrections, tables)
    _read_previous(run)
    run.executed.append("read")
    row_counts = {name: table.height for name, table in tables.items()}
    run.log.say("tables_read", **row_counts)
    return row_counts


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
        from pipeline.read.again import read_year, save_read

        save_read(run.home, run.survey, year, corrections, read_year(run.home, run.survey, year, corrections))


@_logged("validate")
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
    tell_findings(run.log, tables["findings"])
    return dict(tables["findings"].group_by("severity").len().sort("severity").iter_rows())


@_logged("localise")
def localise_stage(run: RunContext) -> dict[str, int]:
    """Errors to the answers that can explain them; returns how many contradictions and answers in doubt there are."""
    from pipeline.localise.localise import localise_returns
    from pipeline.queries.settle import close_settled

    tables = localise_returns(run.home, run.declarations, previous_answers=released_answers(run.home, run.year - 1))
    save(run.home, run.year, tables)
    close_settled(run.home, run.declarations, clock=run.clock)
    run.executed.append("localise")
    found = tables["localisations"]
    counts = {
        "contradiction_count": found["contradiction_id"].n_unique(),
        "doubtful_answer_count": found["cells"].n_unique(),
    }
    run.log.say("contradictions_found", **counts)
    return counts


def warehouse_stage(
    home: Home, survey: Survey, *, log: RunLog = SILENT, engine: Engine = DUCKDB
) -> dict[int, list[NodeResult]]:
    """Each year's tables to its part of the warehouse, aside; returns what became of every model and test, by year."""
    with log.stage("warehouse"):
        load_beside(*JUDGES)
        results = warehouse.build_years(home, survey, engine)
        every = [result for of_year in results.values() for result in of_year]
        tests = [result for result in every if result.kind == "test"]
        log.say(
            "models_built", engine=versioned(engine), model_count=len(every) - len(tests), test_count=len(tests),
            failed_count=sum(not test.is_success for test in tests),
        )  # fmt: skip
    return results


@_logged("gate")
def gate_stage(run: RunContext, results: Sequence[NodeResult]) -> dict[str, Any]:
    """Judge the figures, apply waivers, publish the warehouse, decide; returns the gate's manifest."""
    from pipeline.check.judge import judge_figures

    docs = run.home.gate(run.year) / "data_docs"
    at_hand = warehouse.years_at_hand(run.home, run.survey)
    built = [year for year in at_hand if run.home.built_from(year).exists()]
    # DuckDB does its part while Python judges.
    with ThreadPoolExecutor(1) as beside:
        aside = beside.submit(put_together, run.home, built)
        save(run.home, run.year, judge_figures(run.home, run.survey, run.declarations, results, docs_folder=docs))
        save(run.home, run.year, apply_waivers(run.home, run.year, clock=run.clock))
        save(run.home, run.year, query_table(read_history(run.home, run.year), run.year))
        publish_warehouse(run.home, aside.result())
    contents = published_contents(run.home, run.year)
    run.executed.append("gate")
    manifest = gate.decide(run.home, run.survey, run.declarations, contents, clock=run.clock, engine=run.engine)
    tell_gate(run.log, manifest)
    return manifest


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


def standing_gate(run: RunContext) -> dict[str, Any] | None:
    """The manifest of the last gate where nothing has changed since, which the log is told; else None."""
    manifest = gate.read_gate(run.home, run.year) if is_current(run) else None
    if manifest is not None:
        run.log.say("nothing_changed")
        tell_gate(run.log, manifest)
    return manifest


def run_year(
    run: RunContext, *, paths: Sequence[Path] | None = None, progress: Progress = lambda _: None
) -> dict[str, Any]:
    """Run a year from inbox to gate and draft; returns the gate's manifest.

    The caller holds the home's writer lock. With nothing changed no stage is executed again, but the archive is looked
    through. Raises InputError where it no longer holds a return as it was received.
    """
    progress("collect")
    collect_stage(run, paths)
    if (standing := standing_gate(run)) is not None:
        for sha256 in standing["inputs"]["returns"].values():
            archived_bytes(run.home, sha256)
        return standing
    progress("read")
    read_stage(run)
    progress("validate")
    validate_stage(run)
    progress("localise")
    localise_stage(run)
    progress("warehouse")
    results = warehouse_stage(run.home, run.survey, log=run.log, engine=run.engine)
    progress("gate")
    manifest = gate_stage(run, results[run.year])
    progress("draft")
    draft_stage(run, manifest)
    return manifest


@_logged("draft")
def draft_stage(run: RunContext, manifest: dict[str, Any]) -> Path:
    """Write the watermarked draft of the report; returns its folder."""
    from pipeline.publish.draft import write_draft

    run.executed.append("draft")
    return write_draft(run.home, run.survey, run.declarations, manifest)


def release_stage(
    home: Home, survey: Survey, year: int, *, by: str, clock: Clock = now, log: RunLog = SILENT
) -> tuple[Path, bool]:
    """Publish a year in the name of a person; returns the release's folder, and whether it is a new one.

    The caller holds the home's writer lock. Raises what `release_year` raises.
    """
    from pipeline.publish.release import release_year

    with log.stage("release"):
        before = newest_release(home, year)
        folder = release_year(home, survey, year, by=by, clock=clock)
        log.say("release_made", release=f"{year}/{folder.name}", is_new=folder != before)
    return folder, folder != before
