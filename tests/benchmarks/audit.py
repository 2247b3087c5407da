"""What auditing costs once the process is up: a trace of every figure, the trace's share of the marts, a document reconciled.

`python -m tests.benchmarks.audit HOME SURVEY YEAR` prints JSON, in seconds: the median and the slowest trace of figures that
count or add up, and the slowest of all, with the warehouse open; opening it; the models that keep the trace and the others;
the release's own report reconciled.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from statistics import median
from time import perf_counter

TRACE_MODELS = ("int_figure_contribution_cells", "int_figure_cells", "fct_figure_corrections")


def main(home_root: str, survey_root: str, year_text: str) -> None:
    """Measure on a home whose year is released."""
    from pipeline.audit.listing import list_figures
    from pipeline.audit.trace import Tracer
    from pipeline.home import Home
    from pipeline.reconcile.reconcile import reconcile_document
    from pipeline.run import open_run, warehouse_stage
    from pipeline.warehouse.reading import open_warehouse
    from pipeline.warehouse.released import newest_release
    from schemas.survey import Survey

    home, survey, year = Home(Path(home_root)), Survey(Path(survey_root)), int(year_text)
    declarations = survey.load_year(year)
    seconds: dict[str, float] = {}
    with open_warehouse(home.warehouse, year) as connection:
        tracer = Tracer(connection, declarations)
        tracer.trace(next(iter(declarations.figures)))
        for figure_id in declarations.figures:
            began = perf_counter()
            tracer.trace(figure_id)
            seconds[figure_id] = perf_counter() - began
    opening = perf_counter()
    open_warehouse(home.warehouse, year).close()
    opening = perf_counter() - opening
    base = [seconds[name] for name, figure in declarations.figures.items() if figure.operation in ("count", "sum")]
    rows = list_figures(home, year)
    ours = {row["figure_id"]: (row["value"], row["display"] or "", row["unit"] or "") for row in rows}
    report = (newest_release(home, year) or home.releases(year)) / "public" / "report.txt"
    reconcile_document(report, declarations, ours)
    began = perf_counter()
    reconcile_document(report, declarations, ours)
    reconciled = perf_counter() - began
    run = open_run(home, survey, year)
    models = [result for result in warehouse_stage(run.home, run.survey)[year] if result.kind == "model"]
    kept = sum(result.seconds for result in models if result.name in TRACE_MODELS)
    print(json.dumps({  # noqa: T201
        "trace_median": median(base), "trace_slowest": max(base), "trace_slowest_of_all": max(seconds.values()),
        "opening": opening, "models_of_trace": kept, "other_models": sum(result.seconds for result in models) - kept,
        "reconcile": reconciled,
    }))  # fmt: skip


if __name__ == "__main__":
    main(*sys.argv[1:])
