"""One look at all that a team may have to be told: reads the home and Dagster's history, and calls the hook for what is new."""

from __future__ import annotations

from collections.abc import Callable, Collection
from datetime import UTC, datetime, timedelta

import polars as pl
from dagster import DagsterInstance, DagsterRunStatus, RunsFilter, SensorEvaluationContext

from pipeline.chase.standing import standings
from pipeline.check.gate import read_gate
from pipeline.collect.ledger import read_ledger
from pipeline.home import Home
from pipeline.observe.summary import find_run, last_success
from pipeline.orchestration.alert_hook import VARIABLE, deliver, hook_command
from pipeline.orchestration.alerts import (
    Alert,
    FailedRun,
    Memory,
    YearState,
    alerts_of,
    cannot_verify,
    read_memory,
    run_failed,
)
from pipeline.orchestration.resource import PARTITION_TAG
from pipeline.tables import load
from pipeline.validate.receipts import MISSING_RETURN
from pipeline.warehouse.released import newest_release
from schemas.errors import KyogikaiError
from schemas.survey import Survey
from schemas.waivers import load_waivers

RUNS_OF_A_YEAR = ("run", "survey_year", "calendar")
REMEMBERED = timedelta(days=7)
"""How far back failed runs are looked for: so long the hook may be out of order without one being lost."""
MOST_RUNS = 100

Failures = Callable[[datetime], list[FailedRun]]
"""The failed runs since a moment."""


def watch(
    home: Home, survey: Survey, failures: Failures, cursor: str | None, now: datetime, tell_fault: Callable[[str], object]
) -> tuple[str, str]:  # fmt: skip
    """Tell the hook what it was not told yet; returns what came of it, and what to remember until the next look."""
    memory = read_memory(cursor, now)
    since = max(memory.since, now - REMEMBERED)
    found = [alert for year in survey.years for alert in _look(home, survey, year, now)]
    found += [run_failed(run) for run in failures(since)]
    return _tell(found, memory, now, tell_fault)


def _tell(found: list[Alert], memory: Memory, now: datetime, tell_fault: Callable[[str], object]) -> tuple[str, str]:
    new, command = memory.unsent(found), hook_command()
    if new and not command:
        tell_fault(f"{VARIABLE} is not set; these alerts wait for it: {', '.join(alert.key for alert in new)}")
    delivered = deliver(command, new, now, tell_fault) if command else set[str]()
    told = f"{len(found)} alerts hold; {len(delivered)} sent now, {len(new) - len(delivered)} waiting"
    return told, memory.after(found, delivered).written()


def _look(home: Home, survey: Survey, year: int, now: datetime) -> list[Alert]:
    try:
        return alerts_of(year_state(home, survey, year, now), now)
    except KyogikaiError as error:
        return [cannot_verify(year, error.reference)]


def year_state(home: Home, survey: Survey, year: int, now: datetime) -> YearState:
    """How a year stands at a moment; raises KyogikaiError where its declarations or its state cannot be read."""
    declarations = survey.load_year(year)
    waived = load_waivers(home.waivers(year), year=year, on=now.date())
    absent = [
        one.municipality for one in standings(home, declarations, today=now.date())
        if one.receipt is None and f"{MISSING_RETURN}:{one.municipality.code}" not in waived
    ]  # fmt: skip
    gate = read_gate(home, year)
    success = last_success(home, year, RUNS_OF_A_YEAR)
    return YearState(
        year, declarations.questionnaire.calendar, tuple(municipality.name for municipality in absent),
        any(receipt.year == year for receipt in read_ledger(home.ledger)), newest_release(home, year) is not None,
        gate["verdict"] if gate else None, _blocking(home, year, gate["blocking"], gate["blocking_by_others"]) if gate else (),
        datetime.fromisoformat(success.started_at) if success else None,
    )  # fmt: skip


def _blocking(home: Home, year: int, blocking: list[str], by_others: list[str]) -> tuple[str, ...]:
    """The findings that block by themselves; that a return has not come is told by name."""
    findings = load(home, year, "findings").filter(pl.col("rule_id") == MISSING_RETURN)
    return tuple(sorted({*blocking} - {*by_others, *findings["finding_id"]}))


def failed_runs(instance: DagsterInstance, home: Home, jobs: Collection[str]) -> Failures:
    """The runs of these jobs in Dagster's history that failed, whether they came to say so or their process died."""

    def since(moment: datetime) -> list[FailedRun]:
        filters = RunsFilter(statuses=[DagsterRunStatus.FAILURE], updated_after=moment.astimezone(UTC))
        runs = [record.dagster_run for record in instance.get_run_records(filters, limit=MOST_RUNS)]
        return [
            FailedRun(run.run_id, run.job_name, _year_of(run.tags.get(PARTITION_TAG)), _error_of(home, run.run_id))
            for run in runs
            if run.job_name in jobs
        ]

    return since


def jobs_of(context: SensorEvaluationContext) -> set[str]:
    """The jobs of the sensor's own code location."""
    assert context.repository_def is not None
    return set(context.repository_def.job_names)


def _year_of(partition: str | None) -> int | None:
    return int(partition) if partition else None


def _error_of(home: Home, run_id: str) -> str | None:
    run = find_run(home, run_id)
    return run.error if run else None
