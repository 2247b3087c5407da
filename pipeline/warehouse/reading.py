"""Opening the published warehouse to read it."""

from __future__ import annotations

from pathlib import Path

import duckdb

from schemas.errors import InputError


def shut_in(connection: duckdb.DuckDBPyConnection) -> None:
    """From now on no statement, view or macro of this connection's file reads or writes another file, or loads an extension."""
    connection.execute("set enable_external_access = false; set lock_configuration = true")


def open_warehouse(path: Path, year: int) -> duckdb.DuckDBPyConnection:
    """Open the published warehouse read-only; the caller closes it.

    Raises InputError where no run has made it, or where it cannot be read: another program holds it open for writing, or
    it is damaged.
    """
    if not path.exists():
        raise InputError(reference="no-warehouse", where=str(path), fix=f"run `kyogikai run {year}` first")
    try:
        return duckdb.connect(str(path), read_only=True)
    except duckdb.Error as error:
        raise InputError(
            reference="warehouse-unreadable", where=str(path), found=str(error).splitlines()[0],
            fix=f"close the program that has it open for writing; if there is none, run `kyogikai run {year}`",
        ) from error  # fmt: skip
