"""Opening the published warehouse to read it, and what is said where that cannot be done."""

from __future__ import annotations

from pathlib import Path

import duckdb

from pipeline.warehouse.connect import connect
from schemas.errors import InputError

_DAMAGE = ("Corrupt database file", "Could not read", "could not read", "not a valid DuckDB database")


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
        return connect(path, read_only=True)
    except duckdb.Error as error:
        raise _unreadable(error, path, year) from error


def changes_beside(path: Path) -> Path:
    """Where DuckDB keeps what a program has written to a file, until it is written into the file itself."""
    return path.with_name(f"{path.name}.wal")


def as_damaged_warehouse(error: BaseException, path: Path, year: int | str = "YEAR") -> InputError | None:
    """The error of the product for a part of the warehouse that cannot be read, which shows only when it is asked for.

    None where the error comes from anything else.
    """
    is_damage = isinstance(error, duckdb.Error) and any(words in str(error) for words in _DAMAGE)
    return _unreadable(error, path, year) if is_damage else None


def _unreadable(error: BaseException, path: Path, year: int | str) -> InputError:
    return InputError(
        reference="warehouse-unreadable", where=str(path), found=str(error).splitlines()[0],
        fix=f"close the program that has it open for writing; if there is none, run `kyogikai run {year}`",
    )  # fmt: skip
