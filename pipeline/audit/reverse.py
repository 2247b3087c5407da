"""From a cell or a municipality to every figure that reads it, by the same rows as a trace, the other way."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import duckdb

from pipeline.audit.trace import READ_CELLS
from pipeline.audit.traced import TracedCell, plain, traced_cell
from pipeline.warehouse.reading import open_warehouse
from schemas.errors import UsageError
from schemas.survey import YearDeclarations


@dataclass(frozen=True)
class TouchedFigure:
    """A figure with what the cell or municipality is to it, in words: counted, a reason, unused, or through a figure."""

    figure_id: str
    published_id: str | None
    label: str
    display: str
    unit: str
    how: list[str]


@dataclass(frozen=True)
class Touched:
    """Every figure that reads a cell or a municipality's answers, in the order of the report."""

    year: int
    what: str
    cells: list[TracedCell]
    figures: list[TouchedFigure]

    def as_json(self) -> dict[str, Any]:
        """The same as JSON-ready data."""
        return plain(self)  # type: ignore[no-any-return]


FIGURES = """
with uses as (
    select * from int_figure_uses where year = $year
),

touched as ({touched})

select distinct
    figures.figure_order, figures.figure_id, figures.published_id, figures.label_ja, figures.display, figures.unit,
    uses.used_id, touched.how
from touched
inner join uses on touched.figure_id = uses.used_id
inner join fct_figures as figures on uses.year = figures.year and uses.figure_id = figures.figure_id
order by figures.figure_order, uses.used_id, touched.how
"""

BY_CELL = """
    select bridge.figure_id, contributions.reason as how
    from int_figure_contribution_cells as bridge
    inner join int_figure_contributions as contributions
        on
            bridge.year = contributions.year
            and bridge.figure_id = contributions.figure_id
            and bridge.entity_id = contributions.entity_id
    where bridge.year = $year and bridge.cell_id = $cell_id
    union
    select figure_cells.figure_id, 'unused' as how
    from int_figure_cells as figure_cells
    where figure_cells.year = $year and figure_cells.cell_id = $cell_id and figure_cells.figure_id not in (
        select figure_id from int_figure_contribution_cells where year = $year and cell_id = $cell_id
    )
"""

BY_MUNICIPALITY = """
    select figure_id, reason as how
    from int_figure_contributions
    where year = $year and municipality_code = $municipality_code
    union
    select figure_id, 'unused' as how
    from int_figure_cells
    where year = $year and municipality_code = $municipality_code and figure_id not in (
        select figure_id from int_figure_contributions where year = $year and municipality_code = $municipality_code
    )
"""


def figures_of_cell(warehouse: Path, declarations: YearDeclarations, place: str) -> Touched:
    """Every figure that reads a cell named as `FILE!SHEET!CELL`, blank cells included.

    FILE is the name of the file as it came, or the first digits of its hash. Raises UsageError for a place that is no
    declared answer cell of a return that counts, and InputError where no run was made.
    """
    year = declarations.year
    file, sheet, address = (["", "", *place.rsplit("!", 2)])[-3:]
    with open_warehouse(warehouse, year) as connection:
        rows = _rows(
            connection,
            "select cells.cell_id from stg_cells as cells inner join stg_returns as returns"
            " on cells.year = returns.year and cells.return_id = returns.return_id"
            " where cells.year = $year and cells.sheet = $sheet and upper(cells.address) = upper($address)"
            " and cells.is_declared and (returns.file_name = $file or starts_with(returns.return_id, lower($file)))",
            year=year, sheet=sheet, address=address, file=file or "-",
        )  # fmt: skip
        if len(rows) != 1:
            found = f"{place}, which names cells of {len(rows)} returns" if rows else f"{place}, which names none"
            raise UsageError(
                reference="unknown-cell", where=f"year {year}", found=found,
                expected="FILE!SHEET!CELL of one answer cell of a return that counts, FILE being its name or the beginning of its SHA-256",
                fix=f"take the file from `kyogikai status {year} --json`, and sheet and cell as a finding names them",
            )  # fmt: skip
        cell_id = rows[0]["cell_id"]
        cells = connection.execute(
            "with read_cells as (select * from stg_cells where year = $year and cell_id = $cell_id),"
            " read_answers as (select * from stg_answers where year = $year),"
            f" wanted as (select $year as year, null as figure_id, null as entity_id, $cell_id as cell_id) {READ_CELLS}",
            {"year": year, "cell_id": cell_id},
        ).fetchall()  # fmt: skip
        figures = _rows(connection, FIGURES.format(touched=BY_CELL), year=year, cell_id=cell_id)
    return Touched(year, place, [traced_cell(cell) for _, _, *cell in cells], _figures(figures))


def figures_of_municipality(warehouse: Path, declarations: YearDeclarations, code: str) -> Touched:
    """Every figure that reads a municipality's answers, with what it is to each. Raises UsageError for an unknown code."""
    names = {municipality.code: municipality.name for municipality in declarations.municipalities}
    if code not in names:
        raise UsageError(
            reference="unknown-municipality", where=f"year {declarations.year}", found=code,
            expected="the six-digit code of a municipality that is surveyed",
            fix=f"`kyogikai status {declarations.year}` lists them",
        )  # fmt: skip
    with open_warehouse(warehouse, declarations.year) as connection:
        rows = _rows(
            connection, FIGURES.format(touched=BY_MUNICIPALITY), year=declarations.year, municipality_code=code
        )
    return Touched(declarations.year, f"{code} {names[code]}", [], _figures(rows))


def _rows(connection: duckdb.DuckDBPyConnection, sql: str, **parameters: object) -> list[dict[str, Any]]:
    return connection.execute(sql, parameters).pl().to_dicts()


def _figures(rows: list[dict[str, Any]]) -> list[TouchedFigure]:
    how: dict[str, list[str]] = defaultdict(list)
    first: dict[str, dict[str, Any]] = {}
    for row in rows:
        first.setdefault(row["figure_id"], row)
        through = "" if row["used_id"] == row["figure_id"] else f" through {row['used_id']}"
        how[row["figure_id"]].append(f"{row['how']}{through}")
    return [
        TouchedFigure(name, row["published_id"], row["label_ja"], row["display"], row["unit"], how[name])
        for name, row in first.items()
    ]
