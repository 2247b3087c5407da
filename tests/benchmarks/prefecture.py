"""The product's own survey: 63 returns from inbox to release, beside the floor, and what is asked of it afterwards."""

from __future__ import annotations

from pathlib import Path
from statistics import median

from rich.console import Console

from pipeline.demo.demo import make_demo
from pipeline.home import Home
from pipeline.warehouse.dbt import manifest_path
from schemas.bundle import PROJECT_ROOT
from schemas.survey import Survey
from tests.benchmarks.lines import Line, site_lines
from tests.benchmarks.measure import Measured, measure

YEAR, ROUNDS = 2024, 3
FLOOR, SURVEY_YEAR, AUDIT = "tests.benchmarks.floor", "tests.benchmarks.survey_year", "tests.benchmarks.audit"
LOCALISE, SITE = "tests.benchmarks.localise", "tests.benchmarks.site"


def measure_prefecture(folder: Path, console: Console) -> list[Line]:
    """The year of the product's own survey against the floor, in turns; dbt's parse is a partial one for both."""
    survey = Survey(PROJECT_ROOT)
    manifest_path(survey)
    measure(FLOOR, folder / "floor")
    floors: list[Measured] = []
    firsts: list[Measured] = []
    seconds: list[Measured] = []
    for number in range(1, ROUNDS + 1):
        home = Home(folder / f"home{number}")
        count = len(make_demo(home, survey, years=[YEAR]))
        console.print(f"round {number} of {ROUNDS}: floor, then {count} returns from inbox to release, twice")
        floors.append(measure(FLOOR, folder / "floor"))
        firsts.append(measure(SURVEY_YEAR, home.root, survey.root, YEAR))
        seconds.append(measure(SURVEY_YEAR, home.root, survey.root, YEAR))
    floor, first, second = (median(m.seconds for m in all_) for all_ in (floors, firsts, seconds))
    audit = measure(AUDIT, home.root, survey.root, YEAR).printed
    localised = measure(LOCALISE, home.root, survey.root, YEAR).printed
    site = measure(SITE, home.root, survey.root, YEAR).printed
    # The first step looks into the inbox; it alone runs where nothing has changed.
    executed = max(len(m.printed["steps"]) - 1 for m in seconds)
    return [
        Line("floor: tools imported, empty job, dbt parsed", floor, "s"),
        Line(f"{count} returns, inbox to release", first, "s"),
        Line("  against the floor", median(a.seconds / b.seconds for a, b in zip(firsts, floors, strict=True)), "x", 1.5),
        Line("second run with nothing changed, against the first", second / first, "x", 0.5),
        Line("  stages executed", executed, "", 0),
        Line(
            f"reading the answers of {count} workbooks, which were opened when they came in",
            median(m.printed["steps"]["answers"] for m in firsts), "s", 1,
        ),
        Line("peak memory of all processes", max(m.mebibytes for m in firsts), "MiB", 1024),
        Line("trace of a figure that counts or adds up", 1000 * audit["trace_median"], "ms", 50),
        Line("  the slowest", 1000 * audit["trace_slowest"], "ms"),
        Line("  the slowest of ratios and rankings, through all their terms", 1000 * audit["trace_slowest_of_all"], "ms"),
        Line("  opening the warehouse, once", 1000 * audit["opening"], "ms"),
        Line("reconciling the report with the figures", audit["reconcile"], "s", 2),
        *site_lines(site, 1),
        Line(f"localise: {count} returns with one to eight errors each", localised["seconds"], "s", 2),
        Line("  contradictions, the first solution of each proven the cheapest", localised["contradictions"], ""),
        Line("  errors in answers that none explains", localised["unexplained"], "", 0),
    ]  # fmt: skip
