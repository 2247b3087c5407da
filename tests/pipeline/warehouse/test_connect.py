"""A connection to DuckDB draws nothing on the terminal, and opens what it is told as it is told."""

from __future__ import annotations

from pathlib import Path

import duckdb
import pytest

from pipeline.warehouse.connect import connect
from pipeline.warehouse.reading import shut_in


def test_no_bar_is_drawn_in_a_file_or_in_memory(tmp_path: Path) -> None:
    for place in ((), (tmp_path / "some.duckdb",)):
        with connect(*place) as connection:
            assert connection.execute("select current_setting('enable_progress_bar')").fetchone() == (False,)


def test_a_file_that_is_opened_for_reading_takes_no_table(tmp_path: Path) -> None:
    path = tmp_path / "some.duckdb"
    connect(path).close()
    with connect(path, read_only=True) as connection, pytest.raises(duckdb.InvalidInputException, match="read-only"):
        connection.execute("create table t (i integer)")


def test_a_file_that_is_none_of_duckdb_cannot_be_opened(tmp_path: Path) -> None:
    path = tmp_path / "some.duckdb"
    path.write_text("no database" * 1000)
    with pytest.raises(duckdb.Error, match="not a valid DuckDB database"):
        connect(path, read_only=True)


def test_a_file_whose_settings_are_locked_in_this_process_is_opened_all_the_same(tmp_path: Path) -> None:
    path = tmp_path / "some.duckdb"
    connect(path).close()
    with connect(path, read_only=True) as first:
        shut_in(first)
        with connect(path, read_only=True) as second:
            assert second.execute("select 1").fetchone() == (1,)
