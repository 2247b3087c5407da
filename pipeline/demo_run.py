"""`make demo`: synthetic returns of every declared year, run and released in order through Dagster."""

from __future__ import annotations

import sys

from rich.console import Console

from pipeline.home import Home, default_home
from pipeline.process import settle
from schemas.bundle import PROJECT_ROOT
from schemas.errors import KyogikaiError
from schemas.survey import Survey

RELEASED_BY = "デモ"


def run_demo(home: Home, survey: Survey, console: Console) -> None:
    """Make, run and release every declared year; a year that is released from these very inputs is left alone."""
    from pipeline.check.gate import read_gate
    from pipeline.demo.demo import make_demo
    from pipeline.orchestration.execute import history, release_job, run_job
    from pipeline.run import is_current, open_run
    from pipeline.warehouse.released import newest_release

    with home.writer():
        paths = make_demo(home, survey, years=survey.years)
    console.print(f"{len(paths)} synthetic returns in {home.root / 'inbox'}")
    for year in survey.years:
        if newest_release(home, year) and is_current(open_run(home, survey, year)):
            console.print(f"{year}: nothing has changed, the release stands")
            continue
        with history(home) as instance:
            run_job(home, survey, year, instance=instance)
            release_job(home, survey, year, by=RELEASED_BY, instance=instance)
        gate = read_gate(home, year) or {}
        console.print(f"{year}: gate {gate.get('verdict')}, released")
    last = survey.years[-1]
    commands = [f".venv/bin/kyogikai {words}" for words in (f"findings {last}", f"trace {last} A05", f"figures {last}")]
    newest = newest_release(home, last)
    public = (newest or home.releases(last)) / "public"
    console.print(f"\nreport    {public / 'report.html'}\nsite      {public / 'site' / 'index.html'}")
    console.print(f"tables    {public / 'tables_for_reading.xlsx'}\ndata      {public / 'datapackage.json'}")
    console.print(f"findings  {public.parent / 'internal' / 'findings.csv'}")
    console.print("\ntry next\n  " + "\n  ".join([*commands, "make ui"]))


def main() -> int:
    """Run the demo in the default home; errors become messages and exit codes."""
    settle()
    console = Console(highlight=False, soft_wrap=True)
    try:
        run_demo(default_home(), Survey(PROJECT_ROOT), console)
    except KyogikaiError as error:
        sys.stderr.write(f"{error.render()}\n")
        return error.exit_code
    return 0


if __name__ == "__main__":
    sys.exit(main())
