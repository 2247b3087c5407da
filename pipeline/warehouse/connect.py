"""Connecting to DuckDB without what it would tell the terminal by itself."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path

import duckdb

MEMORY = ":memory:"


def connect(
    path: Path | str = MEMORY, *, read_only: bool = False, config: Mapping[str, str] | None = None
) -> duckdb.DuckDBPyConnection:
    """Open a DuckDB file, or a database in memory; the caller closes it. Raises duckdb.Error where it cannot be opened.

    A statement that takes longer than two seconds would draw a bar over what the command tells.
    """
    connection = duckdb.connect(str(path), read_only=read_only, config=dict(config or {}))
    # Where this process has the file open already and let nobody change its settings, the first connection has said so.
    with suppress(duckdb.InvalidInputException):
        connection.execute("set enable_progress_bar = false")
    return connection
