"""`make bench`: the limits of the product, as ratios within this one run. Exit code 1 where one is passed."""

from __future__ import annotations

import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import Any

from rich.console import Console
from rich.table import Table

from pipeline.demo.demo import make_demo
from pipeline.home import PROJECT_ROOT, Home
from pipeline.process import settle
from pipeline.warehouse.dbt import manifest_path
from schemas.survey import Survey
from tests.benchmarks.measure import Measured, measure
from tests.benchmarks.nationwide import declare_nationwide

YEAR = 2024
ROUNDS = 3
FLOOR, SURVEY_YEAR, AUDIT = "tests.benchmarks.floor", "tests.benchmarks.survey_year", "tests.benchmarks.audit"
LOCALISE, SITE = "tests.benchmarks.localise", "tests.benchmarks.site"
MEGABYTE = 1_000_000


@dataclass(frozen=True)
class Line:
    """One figure of the benchmark; without a limit it is only told."""

    what: str
    value: float
    unit: str
    limit: float | None = None

    @property
    def is_kept(self) -> bool:
        """True where there is no limit or the value is not above it."""
        return self.limit is None or self.value <= self.limit


def main(folder: Path, console: Console) -> int:
    """Measure, print, and say by the exit code whether every limit is kept."""
    lines = measure_prefecture(folder, console)
    lines += measure_nation(folder, console)
    table = Table(box=None, header_style="bold")
    for heading in ("what", "value", "", "limit", ""):
        table.add_column(heading, justify="right" if heading in ("value", "limit") else "left")
    for line in lines:
        limit = "" if line.limit is None else f"{line.limit:g}"
        kept = "" if line.limit is None else "kept" if line.is_kept else "[red]EXCEEDED[/]"
        table.add_row(line.what, f"{line.value:.2f}", line.unit, limit, kept)
    console.print(table)
    return 0 if all(line.is_kept for line in lines) else 1


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
        *_site_lines(site, 1),
        Line(f"localise: {count} returns with one to eight errors each", localised["seconds"], "s", 2),
        Line("  contradictions, the first solution of each proven the cheapest", localised["contradictions"], ""),
        Line("  errors in answers that none explains", localised["unexplained"], "", 0),
    ]  # fmt: skip


def measure_nation(folder: Path, console: Console) -> list[Line]:
    """The same survey asked of every municipality of the country; told beside, without limits."""
    survey = declare_nationwide(Survey(PROJECT_ROOT), YEAR, folder / "nation")
    home = Home(folder / "nation_home")
    console.print("every municipality of the country: making the returns takes two minutes")
    count = len(make_demo(home, survey, years=[YEAR]))
    manifest_path(survey)
    console.print(f"{count} returns from inbox to release")
    measured = measure(SURVEY_YEAR, home.root, survey.root, YEAR)
    audit = measure(AUDIT, home.root, survey.root, YEAR).printed
    site = measure(SITE, home.root, survey.root, YEAR).printed
    return [
        Line(f"{count} returns, inbox to release", measured.seconds, "s"),
        Line("  reading their answers", measured.printed["steps"]["answers"], "s"),
        Line("  peak memory of all processes", measured.mebibytes, "MiB"),
        Line("  trace of a figure that counts or adds up", 1000 * audit["trace_median"], "ms", 200),
        Line(
            "  models that keep the trace, against the others",
            audit["models_of_trace"] / audit["other_models"],
            "x",
            0.5,
        ),
        *_site_lines(site, 2),
    ]


def _site_lines(site: dict[str, Any], seconds: float) -> list[Line]:
    """The first page is soon there, and no page is large but for its data."""
    return [
        Line(f"first of {site['pages']} pages of the site, opened from disk", site["first_page"], "s", seconds),
        Line("  the largest before its data, with what it loads", site["largest_page"] / MEGABYTE, "MB", 1),
    ]


if __name__ == "__main__":
    settle()
    with tempfile.TemporaryDirectory(prefix="kyogikai-bench-") as place:
        sys.exit(main(Path(place), Console(highlight=False)))
