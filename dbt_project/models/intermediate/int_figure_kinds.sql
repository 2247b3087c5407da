-- How many municipalities of each kind a figure counts; every kind on the roster has a row, zero included.
with contributions as (
    select * from {{ ref('int_figure_contributions') }}
),

figures as (
    select * from {{ ref('stg_figures') }} where operation = 'count' and grain = 'municipality'
),

municipalities as (
    select * from {{ ref('stg_municipalities') }}
),

kinds as (
    select distinct
        year,
        kind,
        kind_letter,
        kind_order
    from municipalities
),

counted as (
    select
        contributions.year,
        contributions.figure_id,
        municipalities.kind,
        count(*) as member_count
    from contributions
    inner join municipalities
        on
            contributions.year = municipalities.year
            and contributions.municipality_code = municipalities.municipality_code
    where contributions.is_counted
    group by contributions.year, contributions.figure_id, municipalities.kind
)

select
    figures.year,
    figures.figure_id,
    kinds.kind,
    kinds.kind_letter,
    kinds.kind_order,
    coalesce(counted.member_count, 0) as member_count
from figures
inner join kinds
    on figures.year = kinds.year
left join counted
    on
        figures.year = counted.year
        and figures.figure_id = counted.figure_id
        and kinds.kind = counted.kind
