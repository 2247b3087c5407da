"""A home that Dagster ran once, and what its events tell."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import dagster as dg

from pipeline.home import Home
from schemas.survey import Survey
from tests.conftest import SECOND_YEAR

YEAR = str(SECOND_YEAR)


@dataclass
class Ran:
    """A home of the second survey, from the inbox to the release candidate, and the run that brought it there."""

    home: Home
    survey: Survey
    instance: dg.DagsterInstance
    definitions: dg.Definitions
    result: dg.ExecuteInProcessResult

    def start(self, job: str, **options: Any) -> dg.ExecuteInProcessResult:
        return self.definitions.resolve_job_def(job).execute_in_process(
            partition_key=YEAR, instance=self.instance, raise_on_error=False, **options
        )


def names(keys: Iterable[dg.AssetKey | None]) -> list[str]:
    """Asset keys as words, in order."""
    return sorted(key.to_user_string() for key in keys if key)


def failures(result: dg.ExecuteInProcessResult) -> dict[str, str]:
    """What each failed step tells in the user interface."""
    told: dict[str, str] = {}
    for event in result.all_events:
        if event.is_step_failure and event.step_key:
            failure = event.step_failure_data.user_failure_data
            told[event.step_key] = (failure.description if failure else None) or ""
    return told
