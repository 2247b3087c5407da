"""On which engine the models are computed. Whichever it is, its tables end in the DuckDB file, equal to the last digit."""

from __future__ import annotations

from importlib.metadata import PackageNotFoundError, version
from typing import Literal, get_args

Engine = Literal["duckdb", "spark"]
ENGINES: tuple[Engine, ...] = get_args(Engine)
DUCKDB: Engine = "duckdb"
SPARK: Engine = "spark"
PACKAGES: dict[Engine, str] = {DUCKDB: "duckdb", SPARK: "pyspark"}


def versioned(engine: Engine) -> str:
    """The engine with its version, as `duckdb/1.5.6`, for the logs; a cluster that is asked over the network has none here."""
    try:
        return f"{engine}/{version(PACKAGES[engine])}"
    except PackageNotFoundError:
        return engine
