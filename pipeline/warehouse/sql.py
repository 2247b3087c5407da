"""SQL of an analyst's own on the published tables: read only, on the file as it was when it was opened."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import duckdb

from pipeline.warehouse.reading import as_damaged_warehouse, open_warehouse, shut_in
from schemas.errors import UsageError

WITH_ROWS = (duckdb.StatementType.SELECT, duckdb.StatementType.EXPLAIN)


@dataclass(frozen=True)
class Answered:
    """The columns and rows of a statement's result."""

    columns: Sequence[str]
    rows: Sequence[tuple[Any, ...]]


class SqlSession:
    """An open session, from which no other file can be read or written.

    A run puts another file in its place and never waits; this one keeps what it opened, to its end.

    The variable `year` holds the year of the session: `where year = getvariable('year')`.
    """

    def __init__(self, database: Path, year: int) -> None:
        self._database, self._year = database, year
        self._connection = open_warehouse(database, year)
        self._connection.execute("set variable year = ?::integer", [year])
        # Without this a statement could write any file, as the ledger, though the tables are open for reading only.
        shut_in(self._connection)

    def __enter__(self) -> SqlSession:
        return self

    def __exit__(self, *_: object) -> None:
        self._connection.close()

    def answer(self, text: str) -> Iterator[Answered]:
        """The results of the statements in a text, one after the other; of one that gives no rows, none.

        Raises UsageError with the database's own words where it cannot carry one out, and where there is none.
        """
        try:
            statements = self._connection.extract_statements(text)
            if not statements:
                raise _refused("no statement", "a query, as: select * from mart_council")
            for statement in statements:
                relation = self._connection.execute(statement)
                if relation.description and statement.type in WITH_ROWS:
                    yield Answered([column[0] for column in relation.description], relation.fetchall())
        except duckdb.Error as error:
            if (damaged := as_damaged_warehouse(error, self._database, self._year)) is not None:
                raise damaged from error
            raise _refused(
                str(error).strip(), "a query that the database can answer; it is open for reading only"
            ) from error

    def tables(self) -> dict[str, list[str]]:
        """The columns of every table by its name."""
        rows = self._connection.execute(
            "select table_name, list(column_name order by column_index) from duckdb_columns() where not internal"
            " group by table_name order by table_name"
        ).fetchall()
        return dict(rows)

    def keywords(self) -> list[str]:
        """The words of the language."""
        return [word for (word,) in self._connection.execute("select keyword_name from duckdb_keywords()").fetchall()]


def _refused(found: str, expected: str) -> UsageError:
    return UsageError(
        reference="sql-refused", where="the query", found=found, expected=expected, fix="correct the query"
    )
