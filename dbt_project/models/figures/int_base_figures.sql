-- Counts and sums: the contributions of a figure, added up; a declared figure with no population is 0.
with figures as (
    select * from {{ ref('stg_figures') }} where operation in ('count', 'sum')
),

contributions as (
    select * from {{ ref('int_figure_contributions') }}
),

totals as (
    select
        year,
        figure_id,
        sum(value) as value,
        count(*) as population_count,
        sum(case when is_counted then 1 else 0 end) as counted_count,
        sum(case when reason in ('missing', 'unreadable', 'no_return') then 1 else 0 end) as unknown_count
    from contributions
    group by year, figure_id
)

select
    figures.year,
    figures.figure_id,
    cast(coalesce(totals.value, 0) as bigint) as value,
    coalesce(totals.population_count, 0) as population_count,
    cast(coalesce(totals.counted_count, 0) as bigint) as counted_count,
    cast(coalesce(totals.unknown_count, 0) as bigint) as unknown_count
from figures
left join totals
    on figures.year = totals.year and figures.figure_id = totals.figure_id
