"""The figures of a year as the report needs them: by either id, with rankings and the names of counted entities."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pipeline.warehouse.reading import open_warehouse
from schemas.survey import YearDeclarations


@dataclass(frozen=True)
class BookFigure:
    """One figure as it is displayed. `value` is None only for a ratio without a denominator."""

    figure_id: str
    published_id: str | None
    section_id: str
    label: str
    operation: str
    value: float | None
    display: str
    unit: str
    reference: str


class DeclaredBook:
    """The declared figures of a year before anything is counted: every display and every list is empty."""

    def __init__(self, declarations: YearDeclarations) -> None:
        self.figures = {
            figure.id: BookFigure(
                figure.id, figure.published_id, figure.section, figure.label.ja, figure.operation, None, "",
                "", figure.reference,
            )
            for figure in declarations.figures.values()
        }  # fmt: skip
        self._published = {f.published_id: f for f in self.figures.values() if f.published_id}

    def find(self, name: str) -> BookFigure | None:
        """The figure with this stable or published id."""
        return self.figures.get(name) or self._published.get(name)

    def printed(self, ranking_id: str) -> list[BookFigure]:
        """Nothing is ranked yet."""
        return []

    def members(self, figure_id: str) -> list[str]:
        """Nobody is counted yet."""
        return []


class FigureBook:
    """All figures of one year, read from a warehouse that stays open until `close`."""

    def __init__(self, warehouse: Path, year: int) -> None:
        self._connection = open_warehouse(warehouse, year)
        self._year = year
        rows = self._query(
            "select figure_id, published_id, section_id, label_ja as label, operation, value, display, unit,"
            " reference from fct_figures where year = ? order by figure_order"
        )
        self.figures = {row["figure_id"]: BookFigure(**row) for row in rows}
        self._published = {f.published_id: f for f in self.figures.values() if f.published_id}

    def close(self) -> None:
        """Let go of the warehouse."""
        self._connection.close()

    def find(self, name: str) -> BookFigure | None:
        """The figure with this stable or published id."""
        return self.figures.get(name) or self._published.get(name)

    def printed(self, ranking_id: str) -> list[BookFigure]:
        """The figures that a ranking prints, best first."""
        rows = self._query(
            "select candidate_id from fct_rankings where year = ? and figure_id = ? and is_printed order by position",
            ranking_id,
        )
        return [self.figures[row["candidate_id"]] for row in rows]

    def members(self, figure_id: str) -> list[str]:
        """Names of the entities that a figure counts: registered names, or municipalities, in order of code."""
        rows = self._query(
            "select coalesce(e.name, m.name, s.name || '（名簿にないもの）', c.entity_id) as name from int_figure_contributions as c"
            " left join stg_register_entities as e on e.year = c.year and e.entity_id = c.entity_id"
            " left join stg_municipalities as m on m.year = c.year and m.municipality_code = c.entity_id"
            " left join stg_municipalities as s on s.year = c.year and s.municipality_code = c.municipality_code"
            " where c.year = ? and c.figure_id = ? and c.is_counted order by c.municipality_code, c.entity_id",
            figure_id,
        )
        return [row["name"] for row in rows]

    def _query(self, sql: str, *parameters: object) -> list[dict[str, Any]]:
        found = self._connection.execute(sql, [self._year, *parameters])
        names = [column[0] for column in found.description or ()]
        return [dict(zip(names, row, strict=True)) for row in found.fetchall()]
