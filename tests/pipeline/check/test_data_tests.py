"""What a data test of the warehouse asks is said in words that name the table and its columns."""

from __future__ import annotations

from typing import Any

import polars as pl
import pytest

from pipeline.home import Home
from pipeline.tables import load
from pipeline.warehouse.data_tests import data_test_statement
from tests.conftest import SECOND_YEAR as YEAR


@pytest.mark.parametrize(
    ("kind", "arguments", "statement"),
    [
        ("primary_key", {"columns": ["year", "figure_id"]}, "集計表 m の行は year、figure_id で一つに定まる"),
        ("not_null", {"column_name": "year"}, "集計表 m の year に空欄がない"),
        (
            "accepted_values",
            {"column_name": "kind", "values": ["市", "町"]},
            "集計表 m の kind は 市、町 のいずれかである",
        ),
        (
            "references_row",
            {"columns": ["year"], "to": "ref('fct_figures')"},
            "集計表 m の year は、集計表 fct_figures にある",
        ),
        ("another", {}, "集計表の検査 name に合格する"),
        (None, {}, "集計表の検査 name に合格する"),
    ],
)
def test_a_test_says_what_it_asks(kind: str | None, arguments: dict[str, Any], statement: str) -> None:
    assert data_test_statement("name", kind, "m", arguments) == statement


def test_every_test_of_the_warehouse_names_its_table_and_columns(finished_home: Home) -> None:
    outcomes = load(finished_home, YEAR, "gate_rule_outcomes").filter(pl.col("owner") == "dbt")
    statements = outcomes["statement"].to_list()
    assert len(statements) > 20
    assert [s for s in statements if not s.startswith("集計表 ") or "None" in s or "ref(" in s] == []
    assert len(set(statements)) == len(statements)
