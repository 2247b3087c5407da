"""Survey years one after the other, each from inbox to gate and draft, in one process.

`python -m tests.benchmarks.survey_years HOME SURVEY YEAR...` prints JSON: how many seconds each stage took in all years.
"""

from __future__ import annotations

import json
import sys
from collections import defaultdict
from pathlib import Path
from time import perf_counter

from pipeline.home import Home
from pipeline.process import settle
from pipeline.run import open_run, run_year
from schemas.survey import Survey


def main(home_root: str, survey_root: str, *years: str) -> None:
    """Run the years in their order."""
    home, survey = Home(Path(home_root)), Survey(Path(survey_root))
    seconds: dict[str, float] = defaultdict(float)
    verdicts: dict[str, str] = {}
    for year in years:
        began = [("open", perf_counter())]
        run = open_run(home, survey, int(year))
        with home.writer():
            gate = run_year(run, progress=lambda stage, began=began: began.append((stage, perf_counter())))
        ends = [at for _, at in began[1:]] + [perf_counter()]
        for (stage, at), end in zip(began, ends, strict=True):
            seconds[stage] += end - at
        verdicts[year] = str(gate["verdict"])
    print(json.dumps({"stages": seconds, "verdicts": verdicts}))  # noqa: T201


if __name__ == "__main__":
    settle()
    main(*sys.argv[1:])
