"""The queries of a year as a table of the warehouse, and a view that sums them up for each municipality and in all."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Sequence
from datetime import date

import polars as pl

from pipeline.queries.ledger import QueryEvent, queries_of
from pipeline.tables import frame

SUMMARY = """
create or replace view quality_query_summary as
with declared_cells as (
    select year, municipality_code, count(*) as declared_cell_count
    from stg_cells
    where is_declared
    group by year, municipality_code
),

asked_cells as (
    select distinct year, municipality_code, unnest(from_json(cells, '["VARCHAR"]')) as cell
    from quality_query
),

asked as (
    select year, municipality_code, count(*) as asked_cell_count
    from asked_cells
    group by year, municipality_code
),

queries as (
    select
        year,
        municipality_code,
        count(*) as query_count,
        count(*) filter (where state = 'open') as open_count,
        count(*) filter (where state = 'answered') as answered_count,
        count(*) filter (where outcome = 'corrected') as corrected_count,
        count(*) filter (where outcome = 'confirmed') as confirmed_count,
        count(*) filter (where outcome = 'resolved') as resolved_count,
        list(coalesce(closed_on, current_date) - opened_on) as ages
    from quality_query
    group by year, municipality_code
),

municipalities as (
    select year, municipality_code from declared_cells
    union
    select year, municipality_code from queries
),

counted as (
    select
        municipalities.year,
        municipalities.municipality_code,
        sum(coalesce(declared_cells.declared_cell_count, 0)) as declared_cell_count,
        sum(coalesce(asked.asked_cell_count, 0)) as asked_cell_count,
        sum(coalesce(queries.query_count, 0)) as query_count,
        sum(coalesce(queries.open_count, 0)) as open_count,
        sum(coalesce(queries.answered_count, 0)) as answered_count,
        sum(coalesce(queries.corrected_count, 0)) as corrected_count,
        sum(coalesce(queries.confirmed_count, 0)) as confirmed_count,
        sum(coalesce(queries.resolved_count, 0)) as resolved_count,
        flatten(list(queries.ages) filter (where queries.ages is not null)) as ages
    from municipalities
    left join declared_cells using (year, municipality_code)
    left join asked using (year, municipality_code)
    left join queries using (year, municipality_code)
    group by grouping sets ((municipalities.year, municipalities.municipality_code), (municipalities.year))
)

select
    year,
    municipality_code,
    cast(asked_cell_count as bigint) as asked_cell_count,
    cast(declared_cell_count as bigint) as declared_cell_count,
    asked_cell_count / nullif(declared_cell_count, 0) as asked_share,
    cast(query_count as bigint) as query_count,
    cast(open_count as bigint) as open_count,
    cast(answered_count as bigint) as answered_count,
    cast(corrected_count as bigint) as corrected_count,
    cast(confirmed_count as bigint) as confirmed_count,
    cast(resolved_count as bigint) as resolved_count,
    corrected_count / nullif(query_count, 0) as corrected_share,
    list_median(ages) as median_age_days,
    list_max(ages) as longest_age_days
from counted
order by year, municipality_code nulls first
"""
"""Ages count to the day on which a query was closed, while it is open to the day of the question."""


def query_table(history: Sequence[QueryEvent], year: int) -> dict[str, pl.DataFrame]:
    """The table queries: one row for each query, as its history tells it."""
    issued = Counter(
        query_id
        for event in history
        if event.event == "issued"
        for query_id in {row.query_id for row in event.rows}
    )  # fmt: skip
    reopened = Counter(event.query_id for event in history if event.event == "reopened")
    rows = []
    for query in queries_of(history).values():
        opened, answered, closed = (
            date.fromisoformat(at[:10]) if at else None for at in (query.opened_at, query.answered_at, query.closed_at)
        )
        rows.append((
            year, query.query_id, query.municipality_code, query.question_id or None, query.is_error, query.state, query.outcome,
            json.dumps(list(query.findings), ensure_ascii=False), json.dumps(list(query.cells), ensure_ascii=False),
            len(query.cells), issued[query.query_id], reopened[query.query_id], opened, answered, closed,
            (closed - opened).days if closed and opened else None,
        ))  # fmt: skip
    return {"queries": frame("queries", rows)}
