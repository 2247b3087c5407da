"""The same survey asked of every municipality of the country, year after year, beside a floor that only reads, inserts and queries."""

from __future__ import annotations

from pathlib import Path

from rich.console import Console

from pipeline.home import Home
from pipeline.warehouse.dbt import manifest_path
from schemas.bundle import PROJECT_ROOT
from schemas.survey import Survey
from tests.benchmarks.lines import Line, site_lines
from tests.benchmarks.measure import measure
from tests.benchmarks.nationwide import change_one_return, declare_nationwide, declare_years, floor_plan, make_inboxes
from tests.benchmarks.prefecture import AUDIT, SITE, SURVEY_YEAR

FIRST = 2024
FLOOR, SURVEY_YEARS = "tests.benchmarks.floor_of_years", "tests.benchmarks.survey_years"
MOST_MEBIBYTES = 2048


def measure_nation(folder: Path, console: Console, year_count: int) -> list[Line]:
    """The first year alone and released, then the others, then one changed return of the last."""
    survey = declare_nationwide(Survey(PROJECT_ROOT), FIRST, folder / "nation")
    home = Home(folder / "nation_home")
    years = declare_years(survey, FIRST, year_count)
    console.print(f"every municipality of the country, {year_count} years: making the returns")
    count = make_inboxes(home, survey, years)
    own = count // year_count
    manifest_path(survey)
    console.print(f"{own} returns of the first year from inbox to gate, then their release")
    first = measure(SURVEY_YEARS, home.root, survey.root, FIRST)
    released = measure(SURVEY_YEAR, home.root, survey.root, FIRST)
    audit = measure(AUDIT, home.root, survey.root, FIRST).printed
    site = measure(SITE, home.root, survey.root, FIRST).printed
    floor = measure(FLOOR, floor_plan(home, survey, [FIRST], folder / "floor"))
    lines = [
        Line(f"floor of {own} returns: cells read and inserted, marts queried", floor.seconds, "s"),
        Line(f"{own} returns, inbox to gate", first.seconds, "s"),
        *(Line(f"    {stage}", seconds, "s") for stage, seconds in first.printed["stages"].items()),
        Line("  against the floor", first.seconds / floor.seconds, "x", 3),
        Line("  peak memory of all processes", first.mebibytes, "MiB", MOST_MEBIBYTES),
        Line("  their release", released.seconds, "s"),
        Line("  peak memory of the release", released.mebibytes, "MiB", MOST_MEBIBYTES),
        Line("  trace of a figure that counts or adds up", 1000 * audit["trace_median"], "ms", 200),
        Line(
            "  models that keep the trace, against the others",
            audit["models_of_trace"] / audit["other_models"],
            "x",
            0.5,
        ),
        *site_lines(site, 2),
    ]
    if year_count == 1:
        return lines
    console.print(f"the other {count - own} returns, year by year")
    others = measure(SURVEY_YEARS, home.root, survey.root, *years[1:])
    seconds = first.seconds + others.seconds
    whole_floor = measure(FLOOR, floor_plan(home, survey, years, folder / "floors"))
    console.print("one changed return of the last year")
    change_one_return(home, survey, years[-1])
    changed = measure(SURVEY_YEARS, home.root, survey.root, years[-1])
    return [
        *lines,
        Line(f"floor of {count} returns", whole_floor.seconds, "s"),
        Line(f"{count} returns, inbox to gate", seconds, "s"),
        *(Line(f"    {stage}", spent, "s") for stage, spent in others.printed["stages"].items()),
        Line("  against the floor", seconds / whole_floor.seconds, "x", 2),
        Line(f"  time of a return, against one of {own}", seconds / count / (first.seconds / own), "x", 1.2),
        Line("  peak memory of all processes", others.mebibytes, "MiB", MOST_MEBIBYTES),
        Line(f"one changed return among {count}", changed.seconds, "s"),
        *(Line(f"    {stage}", spent, "s") for stage, spent in changed.printed["stages"].items()),
        Line("  against all of them", changed.seconds / seconds, "x", 0.1),
        Line("  peak memory of all processes", changed.mebibytes, "MiB", MOST_MEBIBYTES),
    ]
