"""The home and the survey as a Dagster resource, and the lock that a step holds while it writes."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from dagster import ConfigurableResource, Failure

from pipeline.clock import now
from pipeline.home import PROJECT_ROOT, Home, default_home
from pipeline.orchestration.handover import current_inputs, expect, sign
from pipeline.run import RunContext, open_run
from pipeline.warehouse.engines import DUCKDB, Engine
from schemas.errors import KyogikaiError
from schemas.questionnaire import Calendar
from schemas.survey import Survey


class HomeResource(ConfigurableResource["HomeResource"]):
    """Where all state is kept, what is declared, and what computes; without a value, what the command line takes by default."""

    home_root: str | None = None
    survey_root: str | None = None
    engine: Engine = DUCKDB

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

    def open(self, partition_key: str) -> RunContext:
        """One year for reading; raises Failure that shows a declaration's fault."""
        with readable_errors():
            return open_run(self.home, self.survey, int(partition_key), clock=now, engine=self.engine)

    @contextmanager
    def writing(self) -> Iterator[Home]:
        """Hold the writer lock; raises Failure at once when another run or command holds it."""
        with readable_errors(), self.home.writer():
            yield self.home

    @contextmanager
    def step(self, partition_key: str, name: str, *, after: tuple[str, ...] = ()) -> Iterator[RunContext]:
        """Hold the lock for one step of a year, which must come after others that ran on the same inputs."""
        with self.writing():
            run = self.open(partition_key)
            inputs = current_inputs(run)
            for earlier in after:
                expect(run, earlier, inputs)
            yield run
            sign(run.home, run.year, name, inputs)


@contextmanager
def readable_errors() -> Iterator[None]:
    """Let Dagster show an error of ours as what it says, without a traceback of its own telling."""
    try:
        yield
    except KyogikaiError as error:
        raise Failure(
            description=error.render(), metadata={"reference": error.reference}, allow_retries=False
        ) from error
