-- Everything about a figure that a relation may compare, one row for each (figure, measure).
with figures as (
    select * from {{ ref('fct_figures') }}
),

kinds as (
    select * from {{ ref('int_figure_kinds') }}
),

rankings as (
    select * from {{ ref('fct_rankings') }}
),

earlier as (
    select * from {{ ref('int_earlier_figures') }}
)

select
    year,
    figure_id,
    'value' as measure,
    value
from figures where operation <> 'ratio'
union all
select
    year,
    figure_id,
    'displayed' as measure,
    cast(display as double) as value
from figures
where operation <> 'ranking' and display <> '－'
union all
select
    year,
    figure_id,
    'quotient' as measure,
    value
from figures where operation = 'ratio'
union all
select
    year,
    figure_id,
    'reference_day' as measure,
    cast(reference_day as double) as value
from figures
union all
select
    figures.year,
    figures.figure_id,
    'previous' as measure,
    earlier.value
from figures
inner join earlier
    on
        figures.year = earlier.year
        and figures.figure_id = earlier.figure_id
        and figures.year = earlier.observed_year + 1
where earlier.is_newest and earlier.break_year is null
union all
select
    year,
    figure_id,
    'kind_' || kind as measure,
    cast(member_count as double) as value
from kinds
union all
select
    year,
    figure_id,
    'kind_count' as measure,
    cast(sum(case when member_count > 0 then 1 else 0 end) as double) as value
from kinds
group by year, figure_id
union all
select
    year,
    figure_id,
    'position_' || cast(position as {{ dbt.type_string() }}) as measure,
    cast(value as double) as value
from rankings
