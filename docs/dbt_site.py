"""Writes dbt's own pages of the warehouse into `build/docs/dbt/index.html`: `python -m docs.dbt_site`.

The types of columns come from a warehouse without returns: no model's columns depend on its rows.
"""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

import duckdb

from pipeline.home import Home
from pipeline.tables import frame, save
from pipeline.warehouse.build import build_years
from pipeline.warehouse.compose import add_quality_tables
from pipeline.warehouse.dbt import write_site
from pipeline.warehouse.raw_tables import OF_STAGES
from schemas.survey import Survey

ROOT = Path(__file__).resolve().parent.parent
PAGE = ROOT / "build" / "docs" / "dbt" / "index.html"


def build_without_returns(home: Home, survey: Survey, year: int) -> Home:
    """Build the warehouse of a year to which nobody has returned anything: all tables, with all columns and their types."""
    save(home, year, {table: frame(table, []) for table in OF_STAGES})
    build_years(home, survey)
    with duckdb.connect(str(home.year_warehouse(year))) as connection:
        add_quality_tables(connection, home, [year])
    return home


def write(survey: Survey, page: Path) -> None:
    """Write dbt's pages of a survey's tables as one file."""
    with tempfile.TemporaryDirectory(prefix="kyogikai-docs-") as name:
        year = survey.years[-1]
        home = build_without_returns(Home(Path(name).resolve()), survey, year)
        write_site(survey, home.year_warehouse(year), page)


if __name__ == "__main__":
    write(Survey(ROOT), PAGE)
    sys.stdout.write(f"{PAGE.relative_to(ROOT)}: the tables of the warehouse, written by dbt\n")
