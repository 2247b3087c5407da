"""Queries as a table of the warehouse, and their summary for each municipality and year."""

from __future__ import annotations

import json
from typing import Any

import duckdb
import pytest

from pipeline.home import Home
from pipeline.queries.ledger import read_history
from pipeline.tables import load, save
from pipeline.warehouse.query_tables import SUMMARY, query_table
from tests.support.queries import CONFIRM, CORRECT, COUNT, DOUBTS, RANGE, UNREAD, WARNED, Year


def summary(year: Year) -> dict[str | None, dict[str, Any]]:
    """The view's rows by municipality, over the history as it is."""
    tables = {
        **query_table(read_history(year.home, year.year), year.year),
        "cells": load(year.home, year.year, "cells"),
    }
    with duckdb.connect() as connection:
        for name, table in (("quality_query", tables["queries"]), ("stg_cells", tables["cells"])):
            connection.register("incoming", table.to_arrow())
            connection.execute(f"create table {name} as select * from incoming")
            connection.unregister("incoming")
        connection.execute(SUMMARY)
        rows = connection.execute("select * from quality_query_summary").pl().to_dicts()
    return {row["municipality_code"]: row for row in rows}


@pytest.fixture
def settled(issued: Year) -> Year:
    """One query corrected after four days, one confirmed, one resolved by a new return; the others are open."""
    issued.reply(RANGE, [(CORRECT, 5)])
    issued.reply(WARNED, [(CONFIRM,)] * 5)
    issued.send(UNREAD, {COUNT: 12})
    issued.run()
    issued.issue()
    return issued


def test_a_query_is_a_row_with_its_days(settled: Year) -> None:
    rows = {row["query_id"]: row for row in query_table(read_history(settled.home, 2025), 2025)["queries"].to_dicts()}
    assert len(rows) == len(settled.queries())
    row = rows[f"{RANGE}-1"]
    assert (row["state"], row["outcome"], row["open_days"]) == ("closed", "corrected", 4)
    assert (str(row["opened_on"]), str(row["answered_on"]), str(row["closed_on"])) == (
        "2025-06-20", "2025-06-24", "2025-06-24",
    )  # fmt: skip
    assert json.loads(row["cells"]) == ["計画!C12"]
    assert json.loads(row["findings"]) == [f"range.plan_count:{RANGE}"]
    assert (row["cell_count"], row["issue_count"], row["reopened_count"]) == (1, 1, 0)


def test_the_summary_of_all_is_the_sum_of_the_municipalities(settled: Year) -> None:
    rows = summary(settled)
    whole = rows.pop(None)
    assert len(rows) == len(settled.declarations.municipalities)
    for name in ("asked_cell_count", "declared_cell_count", "query_count", "corrected_count", "confirmed_count"):
        assert whole[name] == sum(row[name] for row in rows.values()), name
    assert (whole["corrected_count"], whole["confirmed_count"], whole["resolved_count"]) == (1, 1, 1)
    assert whole["query_count"] == len(settled.queries())
    assert whole["corrected_share"] == pytest.approx(1 / whole["query_count"])
    assert whole["asked_share"] == pytest.approx(whole["asked_cell_count"] / whole["declared_cell_count"])
    assert 0 < whole["asked_share"] < 1


def test_the_summary_of_a_municipality(settled: Year) -> None:
    rows = summary(settled)
    own = rows[RANGE]
    assert (own["query_count"], own["asked_cell_count"], own["corrected_share"]) == (1, 1, 1)
    assert own["declared_cell_count"] == len(settled.declarations.layout.slots)
    assert (own["median_age_days"], own["longest_age_days"]) == (4, 4)
    idle = next(row for code, row in rows.items() if code and code not in DOUBTS and not row["query_count"])
    assert (idle["asked_share"], idle["corrected_share"], idle["median_age_days"]) == (0, None, None)


def test_an_open_query_grows_older(settled: Year) -> None:
    whole = summary(settled)[None]
    assert whole["open_count"] == whole["query_count"] - 3
    assert whole["longest_age_days"] > 4


def test_a_cell_that_two_queries_ask_about_is_counted_once(settled: Year) -> None:
    tables = query_table(read_history(settled.home, 2025), 2025)
    asked = {
        (row["municipality_code"], cell) for row in tables["queries"].to_dicts() for cell in json.loads(row["cells"])
    }
    assert summary(settled)[None]["asked_cell_count"] == len(asked)


def test_a_year_without_queries_has_no_rows_and_a_summary_of_zeros(issued: Year) -> None:
    issued.home.query_history(issued.year).unlink()
    assert query_table(read_history(issued.home, issued.year), issued.year)["queries"].is_empty()
    whole = summary(issued)[None]
    assert (whole["query_count"], whole["asked_share"], whole["median_age_days"]) == (0, 0, None)


def test_the_run_writes_both_into_the_warehouse(finished_home: Home) -> None:
    with duckdb.connect(str(finished_home.warehouse), read_only=True) as connection:
        assert connection.execute("select count(*) from quality_query").fetchone() == (0,)
        row = connection.execute(
            "select query_count, asked_share from quality_query_summary where municipality_code is null"
        ).fetchone()
    assert row == (0, 0)


def test_the_table_has_the_shape_that_is_declared(issued: Year) -> None:
    table = query_table(read_history(issued.home, issued.year), issued.year)
    save(issued.home, issued.year, table)
    assert load(issued.home, issued.year, "queries").equals(table["queries"])
