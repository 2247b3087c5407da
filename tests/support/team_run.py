"""`python -m tests.support.team_run FOLDER`: the year of the second survey as Dagster's job, past the queue, in the team's history."""

from __future__ import annotations

import sys

from dagster import DagsterInstance

from pipeline.home import PROJECT_ROOT, default_home
from pipeline.orchestration.execute import run_job
from schemas.survey import Survey

if __name__ == "__main__":
    with DagsterInstance.from_config(sys.argv[1]) as instance:
        result = run_job(default_home(), Survey(PROJECT_ROOT / "tests" / "second_survey"), 2025, instance=instance)
    sys.stdout.write(result.run_id)
