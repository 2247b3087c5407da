"""One survey year through Dagster, inbox to release, as the schedule and a person would run it.

`python -m tests.benchmarks.survey_year HOME SURVEY YEAR` prints JSON: the steps that ran, the seconds that reading
the workbooks took, and the release.
"""

from __future__ import annotations

import json
import logging
import sys
from pathlib import Path
from time import perf_counter


def main(home_root: str, survey_root: str, year_text: str) -> None:
    """Run and release a year; a year that is released from these inputs runs no stage."""
    import dagster as dg

    from pipeline.home import Home
    from pipeline.orchestration.execute import release_job, run_job
    from pipeline.warehouse.released import newest_release
    from schemas.survey import Survey

    logging.disable(logging.INFO)
    home, survey, year = Home(Path(home_root)), Survey(Path(survey_root)), int(year_text)
    began = perf_counter()
    with dg.DagsterInstance.ephemeral(settings={"telemetry": {"enabled": False}}) as instance:
        ran = run_job(home, survey, year, instance=instance)
        ran_until = perf_counter()
        release_job(home, survey, year, by="benchmark", instance=instance)
    released_until = perf_counter()
    seconds = {
        event.step_key: round(event.event_specific_data.duration_ms / 1000, 3)  # type: ignore[union-attr]
        for event in ran.all_events
        if event.is_step_success and event.step_key
    }
    print(  # noqa: T201
        json.dumps(
            {
                "steps": seconds,
                "run_seconds": ran_until - began,
                "release_seconds": released_until - ran_until,
                "release": str(newest_release(home, year)),
            }
        )
    )


if __name__ == "__main__":
    main(*sys.argv[1:])
