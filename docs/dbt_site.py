"""Writes dbt's own pages of the warehouse into `build/docs/dbt/index.html`: `python -m docs.dbt_site`.

The types of columns come from a warehouse without returns: no model's columns depend on its rows.
"""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

from pipeline.home import Home
from pipeline.tables import frame, save
from pipeline.warehouse.build import RAW_TABLES, add_quality_tables, build_warehouse
from pipeline.warehouse.dbt import write_site
from schemas.survey import Survey

ROOT = Path(__file__).resolve().parent.parent
PAGE = ROOT / "build" / "docs" / "dbt" / "index.html"


def build_without_returns(home: Home, survey: Survey, year: int) -> Home:
    """Build the warehouse of a year to which nobody has returned anything: all tables, with all columns and their types."""
    save(home, year, {table: frame(table, []) for table in RAW_TABLES})
    build_warehouse(home, survey, [survey.load_year(year)])
    add_quality_tables(home, [year])
    return home


def write(survey: Survey, page: Path) -> None:
    """Write dbt's pages of a survey's tables as one file."""
    with tempfile.TemporaryDirectory(prefix="kyogikai-docs-") as name:
        home = build_without_returns(Home(Path(name).resolve()), survey, survey.years[-1])
        write_site(survey, home.warehouse_build, page)


if __name__ == "__main__":
    write(Survey(ROOT), PAGE)
    sys.stdout.write(f"{PAGE.relative_to(ROOT)}: the tables of the warehouse, written by dbt\n")
