"""On which engine the models are computed. Whichever it is, its tables end in the DuckDB file, equal to the last digit."""

from __future__ import annotations

from typing import Literal, get_args

Engine = Literal["duckdb", "spark"]
ENGINES: tuple[Engine, ...] = get_args(Engine)
DUCKDB: Engine = "duckdb"
SPARK: Engine = "spark"
