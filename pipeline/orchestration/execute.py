"""Jobs run to their end in this process, as the demonstration and the tests do."""

from __future__ import annotations

from dagster import DagsterInstance, ExecuteInProcessResult, Failure, RunConfig

from pipeline.definitions import ReleaseConfig, build_definitions
from pipeline.home import Home
from pipeline.orchestration.settings import prepare
from schemas.errors import KyogikaiError
from schemas.survey import Survey

QUIET = {"console": {"config": {"log_level": "WARNING"}}}


def history(home: Home) -> DagsterInstance:
    """The instance that `make ui` shows: its history lies in the home. The caller closes it, as by `with`."""
    return DagsterInstance.from_config(str(prepare(home)))


def run_job(
    home: Home, survey: Survey, year: int, *, instance: DagsterInstance | None = None
) -> ExecuteInProcessResult:
    """Run `survey_year` for one year, from the inbox to the release candidate.

    Without an instance, nothing is remembered of the run. Raises KyogikaiError as the command line would.
    """
    return execute(home, survey, "survey_year", year, instance=instance)


def release_job(
    home: Home, survey: Survey, year: int, *, by: str, instance: DagsterInstance | None = None
) -> ExecuteInProcessResult:
    """Run `release` for one year in the name of a person; raises GateRefusedError where the gate has not passed."""
    ops = {"publication": ReleaseConfig(by=by)}
    return execute(home, survey, "release", year, instance=instance, ops=ops)


def execute(
    home: Home, survey: Survey, job: str, year: int,
    *, instance: DagsterInstance | None = None, ops: dict[str, ReleaseConfig] | None = None,
) -> ExecuteInProcessResult:  # fmt: skip
    """Run a job for one year's partition, and tell the terminal only what is wrong."""
    definition = build_definitions(home=home, survey=survey).resolve_job_def(job)
    run_config = RunConfig(ops=dict(ops or {}), loggers=QUIET)
    try:
        if instance is not None:
            return definition.execute_in_process(partition_key=str(year), instance=instance, run_config=run_config)
        with DagsterInstance.ephemeral(settings={"telemetry": {"enabled": False}}) as ephemeral:
            return definition.execute_in_process(partition_key=str(year), instance=ephemeral, run_config=run_config)
    except Failure as failure:
        if isinstance(failure.__cause__, KyogikaiError):
            raise failure.__cause__ from failure
        raise
