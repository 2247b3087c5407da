"""From a figure to the cells behind it, read from the very rows that the figure was added up from."""

from __future__ import annotations

from collections import defaultdict
from pathlib import Path
from typing import Any

import duckdb

from pipeline.audit.recompute import recompute
from pipeline.audit.traced import (
    Analysis,
    Method,
    Trace,
    TracedCell,
    TracedEntity,
    TracedFinding,
    group_entities,
    traced_cell,
)
from pipeline.warehouse.reading import open_warehouse
from schemas.errors import InputError, UsageError
from schemas.figures import Figure
from schemas.survey import YearDeclarations

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

READ_CELLS = """
select
    wanted.entity_id, cells.cell_id, cells.municipality_code, returns.file_name, cells.sheet, cells.address, cells.kind,
    cells.text, places.question_id, places.option_code, places.row_no,
    case
        when cells.correction_id is not null then {
            'correction_id': cells.correction_id, 'corrected_text': cells.corrected_text,
            'reason': corrections.reason, 'authority': corrections.authority
        }
    end as correction,
    coalesce(ticks.status, answers.status) as status,
    coalesce(ticks.problem, answers.problem) as problem,
    case
        when places.option_code = ''
            then coalesce(
                answers.value_code, cast(answers.value_number as varchar), cast(answers.value_date as varchar),
                answers.value_text
            )
        when coalesce(ticks.status, answers.status) in ('unreadable', 'missing', 'not_asked') then null
        when ticks.status = 'answered' or answers.value_code = places.option_code then 'chosen'
        when coalesce(ticks.status, answers.status) is not null then 'not_chosen'
    end as read_as
from wanted
inner join stg_cells as cells on wanted.year = cells.year and wanted.cell_id = cells.cell_id
inner join stg_returns as returns on cells.year = returns.year and cells.return_id = returns.return_id
left join stg_corrections as corrections
    on cells.year = corrections.year and cells.correction_id = corrections.correction_id
inner join stg_answer_places as places
    on cells.year = places.year and cells.sheet = places.sheet and cells.address = places.address
left join stg_answers as answers
    on
        cells.year = answers.year
        and cells.return_id = answers.return_id
        and places.question_id = answers.question_id
        and places.row_no = answers.row_no
        and answers.option_code = ''
left join stg_answers as ticks
    on
        cells.year = ticks.year
        and cells.return_id = ticks.return_id
        and places.question_id = ticks.question_id
        and places.row_no = ticks.row_no
        and places.option_code = ticks.option_code
        and ticks.option_code <> ''
order by cells.cell_id, wanted.entity_id
"""
"""The cells of `wanted` (year, entity_id, cell_id), each with what was read from it."""

FIGURE_CELLS = f"""
with bridge as (
    select * from int_figure_contribution_cells where year = $year and figure_id = $figure_id
),

figure_cells as (
    select * from int_figure_cells where year = $year and figure_id = $figure_id
),

wanted as materialized (
    select year, entity_id, cell_id from bridge
    union all
    select year, null as entity_id, cell_id from figure_cells where cell_id not in (select cell_id from bridge)
)

{READ_CELLS}
"""
"""Of a figure: the cells on which its entities rest, and those that it reads besides, without an entity."""

ENTITIES = """
select
    contributions.entity_id,
    coalesce(
        entities.name, municipalities.name, own.name || '・' || pair.name, contributions.entity_id
    ) as name,
    contributions.municipality_code, contributions.value, contributions.is_counted, contributions.reason,
    contributions.is_assumed, returns.return_id, returns.received_at, returns.supersedes
from int_figure_contributions as contributions
left join stg_register_entities as entities
    on contributions.year = entities.year and contributions.entity_id = entities.entity_id
left join stg_municipalities as municipalities
    on contributions.year = municipalities.year and contributions.entity_id = municipalities.municipality_code
left join stg_municipalities as own
    on contributions.year = own.year and contributions.municipality_code = own.municipality_code
left join stg_register_entities as pair
    on
        contributions.year = pair.year
        and contributions.entity_id = contributions.municipality_code || ':' || pair.entity_id
left join stg_returns as returns
    on contributions.year = returns.year and contributions.municipality_code = returns.municipality_code
where contributions.year = $year and contributions.figure_id = $figure_id
order by contributions.municipality_code, contributions.entity_id
"""


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

    def _rows(self, sql: str, **parameters: object) -> list[dict[str, Any]]:
        return self._connection.execute(sql, {"year": self._declarations.year, **parameters}).pl().to_dicts()

    def trace(self, figure_id: str) -> Trace:
        declared = self._declarations.figures[figure_id]
        rows = self._rows(
            "select * from fct_figures where year = $year and figure_id = $figure_id", figure_id=figure_id
        )
        if not rows:
            raise InputError(
                reference="figure-not-computed", where=figure_id, found="declared, but not in the warehouse",
                fix=f"run `kyogikai run {self._declarations.year}`",
            )  # fmt: skip
        row = rows[0]
        terms = [self.trace(term) for term in self._term_ids(declared)]
        cells = self._cells(figure_id) if not terms else {}
        entities = self._entities(declared, cells) if not terms else []
        raw_value, formatted_value = recompute(declared, entities, terms)
        return Trace(
            year=self._declarations.year,
            analysis=Analysis(
                figure_id=figure_id, published_id=row["published_id"], label=row["label_ja"], section=row["section_id"],
                grain=row["grain"], question_id=declared.question, reference=row["reference"],
            ),
            method=Method(
                operation=row["operation"], options=list(declared.options),
                rounding=f"{declared.rounding.mode}:{declared.rounding.digits}", sql_models=MODELS[row["operation"]],
            ),
            groups=group_entities(entities), raw_value=row["value"], formatted_value=row["display"], unit=row["unit"],
            recomputed_raw_value=raw_value, recomputed_formatted_value=formatted_value,
            entities=entities, unused_cells=cells.get(None, []), terms=terms,
        )  # fmt: skip

    def _term_ids(self, figure: Figure) -> list[str]:
        if figure.operation == "ratio":
            return [name for name in (figure.numerator, figure.denominator) if name]
        if figure.operation == "ranking":
            rows = self._rows(
                "select candidate_id from fct_rankings where year = $year and figure_id = $figure_id order by position",
                figure_id=figure.id,
            )
            return [row["candidate_id"] for row in rows]
        return []

    def _cells(self, figure_id: str) -> dict[str | None, list[TracedCell]]:
        """Cells by entity; under None those that the figure reads and no entity rests on."""
        cells: dict[str | None, list[TracedCell]] = defaultdict(list)
        for row in self._rows(FIGURE_CELLS, figure_id=figure_id):
            cells[row.pop("entity_id")].append(traced_cell(row))
        return cells

    def _entities(self, figure: Figure, cells: dict[str | None, list[TracedCell]]) -> list[TracedEntity]:
        findings: dict[str, list[TracedFinding]] = defaultdict(list)
        for row in self._rows(
            "select municipality_code, finding_id, severity, verdict, message, waiver_id from quality_finding"
            " where year = $year and question_id = $question_id order by finding_id",
            question_id=figure.question,
        ):
            findings[row.pop("municipality_code")].append(TracedFinding(**row))
        return [
            TracedEntity(
                **row, cells=cells.get(row["entity_id"], []), findings=findings.get(row["municipality_code"], [])
            )
            for row in self._rows(ENTITIES, figure_id=figure.id)
        ]
