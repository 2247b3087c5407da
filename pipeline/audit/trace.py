"""From a figure to the cells behind it, read from the very rows that the figure was added up from."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import duckdb

from pipeline.audit.recompute import recompute
from pipeline.warehouse.reading import open_warehouse
from schemas.errors import InputError, UsageError
from schemas.survey import YearDeclarations


@dataclass(frozen=True)
class TracedCell:
    """A cell as it stands in the return. `text` is what was written, empty where the cell is blank."""

    cell_id: str
    file_name: str
    sheet: str
    address: str
    kind: str
    text: str


@dataclass(frozen=True)
class TracedEntity:
    """One entity of the figure's population: what it adds, or why it adds nothing."""

    entity_id: str
    name: str
    municipality_code: str
    value: int
    is_counted: bool
    reason: str
    is_assumed: bool
    return_id: str | None
    supersedes: str | None
    cells: list[TracedCell]
    findings: list[str]


@dataclass(frozen=True)
class Trace:
    """A figure with everything behind it. `terms` are the figures that a ratio or ranking uses."""

    year: int
    figure_id: str
    published_id: str | None
    label: str
    value: float | None
    display: str
    unit: str
    operation: str
    grain: str
    question_id: str | None
    options: list[str]
    reference: str
    rounding: str
    sql_models: list[str]
    recomputed: float | None
    recomputed_display: str
    entities: list[TracedEntity]
    terms: list[Trace]

    def as_json(self) -> dict[str, Any]:
        """The trace as JSON-ready data."""
        return asdict(self)


BASE_MODELS = [
    "stg_answers",
    "int_entities",
    "int_figure_answers",
    "int_figure_contributions",
    "int_base_figures",
    "fct_figures",
]
MODELS = {
    "count": BASE_MODELS, "sum": BASE_MODELS, "ratio": ["int_base_figures", "fct_figures"],
    "ranking": ["int_base_figures", "fct_rankings", "fct_figures"],
}  # fmt: skip


def trace_figure(warehouse: Path, declarations: YearDeclarations, name: str) -> Trace:
    """Trace a figure named by its stable or published id.

    Raises UsageError for an unknown figure, with the nearest known ones, and InputError where no run was made.
    """
    figure = declarations.figure(name)
    if figure is None:
        from difflib import get_close_matches

        known = [*declarations.figures, *(f.published_id for f in declarations.figures.values() if f.published_id)]
        near = get_close_matches(name, known, n=3, cutoff=0.3)
        raise UsageError(
            reference="unknown-figure", where=f"year {declarations.year}", found=name,
            expected=f"a declared figure; nearest: {', '.join(near) or 'none'}",
            fix=f"`kyogikai figures {declarations.year}` lists them all",
        )  # fmt: skip
    with open_warehouse(warehouse, declarations.year) as connection:
        return _Tracer(connection, declarations).trace(figure.id)


class _Tracer:
    def __init__(self, connection: duckdb.DuckDBPyConnection, declarations: YearDeclarations) -> None:
        self._connection = connection
        self._declarations = declarations

    def _rows(self, sql: str, *parameters: object) -> list[dict[str, Any]]:
        return self._connection.execute(sql, [self._declarations.year, *parameters]).pl().to_dicts()

    def trace(self, figure_id: str) -> Trace:
        declared = self._declarations.figures[figure_id]
        rows = self._rows("select * from fct_figures where year = ? and figure_id = ?", figure_id)
        if not rows:
            raise InputError(
                reference="figure-not-computed", where=figure_id, found="declared, but not in the warehouse",
                fix=f"run `kyogikai run {self._declarations.year}`",
            )  # fmt: skip
        row = rows[0]
        terms = [self.trace(term) for term in self._term_ids(figure_id)]
        entities = self._entities(figure_id) if not terms else []
        recomputed, recomputed_display = recompute(declared, entities, terms)
        return Trace(
            year=self._declarations.year, figure_id=figure_id, published_id=row["published_id"],
            label=row["label_ja"], value=row["value"], display=row["display"], unit=row["unit"],
            operation=row["operation"], grain=row["grain"], question_id=declared.question,
            options=list(declared.options), reference=row["reference"],
            rounding=f"{declared.rounding.mode}:{declared.rounding.digits}",
            sql_models=MODELS[row["operation"]], recomputed=recomputed, recomputed_display=recomputed_display,
            entities=entities, terms=terms,
        )  # fmt: skip

    def _term_ids(self, figure_id: str) -> list[str]:
        figure = self._declarations.figures[figure_id]
        if figure.operation == "ratio":
            return [name for name in (figure.numerator, figure.denominator) if name]
        if figure.operation == "ranking":
            rows = self._rows(
                "select candidate_id from fct_rankings where year = ? and figure_id = ? order by position", figure_id
            )
            return [row["candidate_id"] for row in rows]
        return []

    def _entities(self, figure_id: str) -> list[TracedEntity]:
        cells: dict[str, list[TracedCell]] = defaultdict(list)
        for row in self._rows(
            "select b.entity_id, c.cell_id, r.file_name, c.sheet, c.address, c.kind, c.text"
            " from int_figure_contribution_cells as b"
            " inner join stg_cells as c on c.year = b.year and c.cell_id = b.cell_id"
            " inner join stg_returns as r on r.year = c.year and r.return_id = c.return_id"
            " where b.year = ? and b.figure_id = ? order by c.cell_id",
            figure_id,
        ):
            cells[row.pop("entity_id")].append(TracedCell(**row))
        findings: dict[str, list[str]] = defaultdict(list)
        question = self._declarations.figures[figure_id].question
        for row in self._rows(
            "select municipality_code, finding_id, message from quality_finding"
            " where year = ? and question_id = ? order by finding_id",
            question,
        ):
            findings[row["municipality_code"]].append(f"{row['finding_id']}: {row['message']}")
        rows = self._rows(
            "select c.entity_id, coalesce(e.name, m.name, own.name || '・' || pair.name, c.entity_id) as name,"
            " c.municipality_code,"
            " c.value, c.is_counted, c.reason, c.is_assumed, r.return_id, r.supersedes"
            " from int_figure_contributions as c"
            " left join stg_register_entities as e on e.year = c.year and e.entity_id = c.entity_id"
            " left join stg_municipalities as m on m.year = c.year and m.municipality_code = c.entity_id"
            " left join stg_municipalities as own on own.year = c.year and own.municipality_code = c.municipality_code"
            " left join stg_register_entities as pair"
            " on pair.year = c.year and c.municipality_code || ':' || pair.entity_id = c.entity_id"
            " left join stg_returns as r on r.year = c.year and r.municipality_code = c.municipality_code"
            " where c.year = ? and c.figure_id = ? order by c.municipality_code, c.entity_id",
            figure_id,
        )
        return [
            TracedEntity(**row, cells=cells[row["entity_id"]], findings=findings.get(row["municipality_code"], []))
            for row in rows
        ]
