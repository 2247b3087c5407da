"""From a figure to the cells behind it, read from the very rows that the figure was added up from."""

from __future__ import annotations

from collections import ChainMap, defaultdict
from collections.abc import Mapping, Sequence
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
    wanted.figure_id, wanted.entity_id, cells.cell_id, cells.municipality_code, returns.file_name, cells.sheet, cells.address, cells.kind,
    cells.text, places.question_id, places.option_code, places.row_no,
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
    end as read_as,
    case
        when cells.correction_id is not null
            then struct_pack(
                correction_id := cells.correction_id, corrected_text := cells.corrected_text,
                reason := corrections.reason, authority := corrections.authority
            )
    end as correction
from wanted
inner join read_cells as cells on wanted.year = cells.year and wanted.cell_id = cells.cell_id
inner join stg_returns as returns on cells.year = returns.year and cells.return_id = returns.return_id
left join stg_corrections as corrections
    on cells.year = corrections.year and cells.correction_id = corrections.correction_id
inner join stg_answer_places as places
    on cells.year = places.year and cells.form_sheet = places.sheet and cells.form_address = places.address
left join read_answers as answers
    on
        cells.year = answers.year
        and cells.return_id = answers.return_id
        and places.question_id = answers.question_id
        and places.row_no = answers.row_no
        and answers.option_code = ''
left join read_answers as ticks
    on
        cells.year = ticks.year
        and cells.return_id = ticks.return_id
        and places.question_id = ticks.question_id
        and places.row_no = ticks.row_no
        and places.option_code = ticks.option_code
        and ticks.option_code <> ''
order by wanted.figure_id, cells.cell_id, wanted.entity_id
"""
"""The cells of `wanted` (year, figure_id, entity_id, cell_id) among `read_cells`, rows of stg_cells, each with what was read
from it, of `read_answers`, rows of stg_answers: the fields of a TracedCell."""

PLACES = """
select places.question_id, places.sheet, places.address
from stg_answer_places as places
inner join stg_questions as questions on places.year = questions.year and questions.question_id in $question_ids
where
    places.year = $year and places.question_id in (questions.question_id, questions.identity_question_id)
order by all
"""
"""Where the answers to questions stand, and those that tell what they are about."""

FIGURE_CELLS = f"""
with read_cells as (
    select * from stg_cells
    where year = $year and form_sheet in ({{sheets}}) and form_address in ({{addresses}})
),

read_answers as (
    select * from stg_answers where year = $year and question_id in ({{questions}})
),

bridge as (
    select * from int_figure_contribution_cells where year = $year and figure_id in ({{figure_ids}})
),

figure_cells as (
    select * from int_figure_cells where year = $year and figure_id in ({{figure_ids}})
),

wanted as materialized (
    select year, figure_id, entity_id, cell_id from bridge
    union all
    select figure_cells.year, figure_cells.figure_id, null as entity_id, figure_cells.cell_id
    from figure_cells
    anti join bridge on figure_cells.figure_id = bridge.figure_id and figure_cells.cell_id = bridge.cell_id
)

{READ_CELLS}
"""
"""Of figures: the cells on which their entities rest, and those that they read besides, without an entity.

`questions`, `sheets` and `addresses` are those of `PLACES`: cells lie in their order, so that other parts of the table are not
read.
"""

ENTITIES = """
select
    contributions.figure_id, contributions.entity_id,
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
where contributions.year = $year and contributions.figure_id in $figure_ids
order by contributions.figure_id, contributions.municipality_code, contributions.entity_id
"""


def trace_figure(warehouse: Path, declarations: YearDeclarations, name: str) -> Trace:
    """Trace one figure; see `Tracer.trace`. Raises InputError, too, where no run was made."""
    with open_warehouse(warehouse, declarations.year) as connection:
        return Tracer(connection, declarations).trace(name)


Cells = Mapping[tuple[str, str | None], list[TracedCell]]
"""Cells by figure and entity; under no entity those that the figure reads and none rests on."""


class Tracer:
    """Traces figures from an open warehouse, with as many queries for a ranking as for one of the figures that it uses."""

    def __init__(self, connection: duckdb.DuckDBPyConnection, declarations: YearDeclarations) -> None:
        self._connection = connection
        self._declarations = declarations

    def _execute(self, sql: str, **parameters: object) -> duckdb.DuckDBPyConnection:
        return self._connection.execute(sql, {"year": self._declarations.year, **parameters})

    def _rows(self, sql: str, **parameters: object) -> list[dict[str, Any]]:
        found = self._execute(sql, **parameters)
        names = [column[0] for column in found.description or ()]
        return [dict(zip(names, row, strict=True)) for row in found.fetchall()]

    def trace(self, name: str) -> Trace:
        """Trace a figure named by its stable or published id.

        Raises UsageError for an unknown figure, with the nearest known ones, and InputError for one that was not computed.
        """
        figure = self._declared(name)
        figure_id, term_ids = figure.id, self._term_ids(figure)
        base_ids = term_ids or [figure_id]
        rows = self._figures([figure_id, *term_ids])
        entities, cells = self._entities(base_ids), self._cells(base_ids)
        traces = {name: self._trace(rows[name], entities[name], cells) for name in dict.fromkeys(base_ids)}
        terms = [traces[name] for name in term_ids]
        return self._trace(rows[figure_id], [], {}, terms) if terms else traces[figure_id]

    def _declared(self, name: str) -> Figure:
        figure = self._declarations.figure(name)
        if figure is None:
            from difflib import get_close_matches

            figures, year = self._declarations.figures, self._declarations.year
            known = [*figures, *(f.published_id for f in figures.values() if f.published_id)]
            near = get_close_matches(name, known, n=3, cutoff=0.3)
            raise UsageError(
                reference="unknown-figure", where=f"year {year}", found=name if name.strip() else repr(name),
                expected=f"a declared figure; nearest: {', '.join(near) or 'none'}",
                fix=f"`kyogikai figures {year}` lists them all",
            )  # fmt: skip
        return figure

    def _trace(
        self, row: dict[str, Any], entities: list[dict[str, Any]], cells: Cells, terms: Sequence[Trace] = ()
    ) -> Trace:
        figure_id = row["figure_id"]
        declared = self._declarations.figures[figure_id]
        traced = [TracedEntity(**entity, cells=cells.get((figure_id, entity["entity_id"]), [])) for entity in entities]
        raw_value, formatted_value = recompute(declared, traced, terms)
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
            groups=group_entities(traced), raw_value=row["value"], formatted_value=row["display"], unit=row["unit"],
            recomputed_raw_value=raw_value, recomputed_formatted_value=formatted_value,
            entities=traced, unused_cells=cells.get((figure_id, None), []), terms=list(terms),
        )  # fmt: skip

    def _figures(self, figure_ids: Sequence[str]) -> dict[str, dict[str, Any]]:
        """Rows of figures by id. Raises InputError for one that the warehouse lacks."""
        found = self._rows(
            "select figure_id, published_id, label_ja, section_id, grain, reference, operation, value, display, unit"
            " from fct_figures where year = $year and figure_id in $figure_ids",
            figure_ids=figure_ids,
        )
        rows = {row["figure_id"]: row for row in found}
        if lacking := [name for name in figure_ids if name not in rows]:
            raise InputError(
                reference="figure-not-computed", where=lacking[0], found="declared, but not in the warehouse",
                fix=f"run `kyogikai run {self._declarations.year}`",
            )  # fmt: skip
        return rows

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

    def _questions(self, figure_ids: Sequence[str]) -> list[str]:
        return sorted({name for figure_id in figure_ids if (name := self._declarations.figures[figure_id].question)})

    def _cells(self, figure_ids: Sequence[str]) -> Cells:
        cells: dict[tuple[str, str | None], list[TracedCell]] = defaultdict(list)
        places = self._execute(PLACES, question_ids=self._questions(figure_ids)).fetchall()
        if not places:
            return cells
        # One parameter a value: the parts of a table that hold none of them are passed over, unlike with a list.
        wanted = dict(zip(("questions", "sheets", "addresses"), zip(*places, strict=True), strict=True))
        parameters = {
            name: {f"{name}_{number}": value for number, value in enumerate(dict.fromkeys(values))}
            for name, values in {**wanted, "figure_ids": figure_ids}.items()
        }
        sql = FIGURE_CELLS.format(**{name: ", ".join(f"${key}" for key in own) for name, own in parameters.items()})
        for figure_id, entity_id, *cell in self._execute(sql, **ChainMap(*parameters.values())).fetchall():
            cells[figure_id, entity_id].append(traced_cell(cell))
        return cells

    def _entities(self, figure_ids: Sequence[str]) -> dict[str, list[dict[str, Any]]]:
        """What a TracedEntity is made of but its cells, by figure."""
        findings: dict[tuple[str, str], list[TracedFinding]] = defaultdict(list)
        for row in self._rows(
            "select question_id, municipality_code, finding_id, severity, verdict, message, waiver_id from quality_finding"
            " where year = $year and question_id in $question_ids order by finding_id",
            question_ids=self._questions(figure_ids),
        ):
            findings[row.pop("question_id"), row.pop("municipality_code")].append(TracedFinding(**row))
        entities: dict[str, list[dict[str, Any]]] = defaultdict(list)
        for row in self._rows(ENTITIES, figure_ids=figure_ids):
            figure_id = row.pop("figure_id")
            question_id = self._declarations.figures[figure_id].question or ""
            own = findings.get((question_id, row["municipality_code"]), [])
            entities[figure_id].append({**row, "findings": own})
        return entities
