"""The home and the survey as a Dagster resource: what a run writes to, how it waits for its turn, and where it says what it does."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

from dagster import ConfigurableResource, Failure, InitResourceContext
from pydantic import Field, PrivateAttr

from pipeline.clock import now
from pipeline.home import Home, default_home
from pipeline.observe.record import SILENT, Forward, RunLog, recorded
from pipeline.orchestration.handover import current_inputs, expect, sign
from pipeline.run import RunContext, open_run
from pipeline.warehouse.engines import DUCKDB, Engine
from schemas.bundle import PROJECT_ROOT
from schemas.errors import KyogikaiError
from schemas.questionnaire import Calendar
from schemas.survey import Survey

PARTITION_TAG = "dagster/partition"
STARTED_BY = "dagster"
WAIT_SECONDS = 900.0


class HomeResource(ConfigurableResource["HomeResource"]):
    """Where all state is kept, what is declared, and what computes; without a value, what the command line takes by default."""

    home_root: str | None = None
    survey_root: str | None = None
    engine: Engine = Field(default=DUCKDB, description="what computes the figures; all give the same")
    wait_seconds: float = Field(
        default=WAIT_SECONDS, ge=0, description="how long a run waits while another run or command writes to the home"
    )

    _log: RunLog = PrivateAttr(default=SILENT)
    _until_run_ends: ExitStack | None = PrivateAttr(default=None)
    _is_writer: bool = PrivateAttr(default=False)

    @contextmanager
    def yield_for_execution(self, context: InitResourceContext) -> Iterator[HomeResource]:
        """Keep the log of a run, and what it holds, until it ends; a schedule or a sensor has neither."""
        if context.run is None:
            yield self
            return
        year = context.run.tags.get(PARTITION_TAG)
        with ExitStack() as held:
            with readable_errors():
                self._log = held.enter_context(recorded(
                    self.home, int(year) if year else None, job=context.run.job_name, started_by=STARTED_BY,
                    run_id=context.run.run_id, forward=_forward(context),
                ))  # fmt: skip
            self._until_run_ends = held
            yield self
            # What breaks Dagster itself, as a database that is gone, is on its way up while it takes a run's resources down.
            if (error := sys.exception()) is not None:
                self._log.fail(error)

    @property
    def home(self) -> Home:
        """The home whose state is read and written."""
        return Home(Path(self.home_root).resolve()) if self.home_root else default_home()

    @property
    def survey(self) -> Survey:
        """The survey whose declarations hold."""
        return Survey(Path(self.survey_root).resolve() if self.survey_root else PROJECT_ROOT)

    @property
    def calendars(self) -> dict[int, Calendar]:
        """The calendar of every declared year."""
        with readable_errors():
            return {year: self.survey.load_year(year).questionnaire.calendar for year in self.survey.years}

    @property
    def log(self) -> RunLog:
        """Where the run says what it does."""
        return self._log

    def open(self, partition_key: str) -> RunContext:
        """One year for reading; raises Failure that shows a declaration's fault."""
        with self._telling():
            return open_run(self.home, self.survey, int(partition_key), clock=now, log=self._log, engine=self.engine)

    @contextmanager
    def writing(self, stage: str | None = None) -> Iterator[Home]:
        """Be the home's writer, from the first step of a run that writes to the run's end: no other one gets in between its steps.

        Waits while another run or command writes; raises Failure where that takes longer than a run may wait. `stage` names
        the step in the log, where what it calls does not.
        """
        with self._telling(), ExitStack() as step:
            if not self._is_writer:
                holder = self._until_run_ends or step
                holder.enter_context(self.home.writer(wait_seconds=self.wait_seconds, waiting=self._tell_waiting))
                self._is_writer = self._until_run_ends is not None
            if stage:
                step.enter_context(self._log.stage(stage))
            yield self.home

    @contextmanager
    def step(self, partition_key: str, name: str, *, after: tuple[str, ...] = ()) -> Iterator[RunContext]:
        """Write one step of a year, which must come after others that ran on the same inputs."""
        with self.writing():
            run = self.open(partition_key)
            inputs = current_inputs(run)
            for earlier in after:
                expect(run, earlier, inputs)
            yield run
            sign(run.home, run.year, name, inputs)

    def _tell_waiting(self) -> None:
        self._log.say("home_is_busy", seconds=self.wait_seconds)

    @contextmanager
    def _telling(self) -> Iterator[None]:
        """Let the log know what ends a step, and Dagster show it."""
        with readable_errors():
            try:
                yield
            except Exception as error:
                self._log.fail(error.__cause__ if isinstance(error, Failure) and error.__cause__ else error)
                raise


def _forward(context: InitResourceContext) -> Forward | None:
    log = context.log
    return None if log is None else log.log


@contextmanager
def readable_errors() -> Iterator[None]:
    """Let Dagster show an error of ours as what it says, without a traceback of its own telling."""
    try:
        yield
    except KyogikaiError as error:
        raise Failure(
            description=error.render(), metadata={"reference": error.reference}, allow_retries=False
        ) from error
