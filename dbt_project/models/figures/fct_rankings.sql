-- The candidates of every ranking in order: by value, ties in the order of the form. What nobody chose is not printed.
with figures as (
    select * from {{ ref('stg_figures') }} where operation = 'ranking'
),

candidates as (
    select * from {{ ref('stg_figure_candidates') }}
),

base_figures as (
    select * from {{ ref('int_base_figures') }}
),

ranked as (
    select
        figures.year,
        figures.figure_id,
        candidates.candidate_id,
        base_figures.value,
        figures.top_count,
        cast(row_number() over (
            partition by figures.year, figures.figure_id
            order by base_figures.value desc, candidates.candidate_order asc
        ) as bigint) as position
    from figures
    inner join candidates
        on figures.year = candidates.year and figures.figure_id = candidates.figure_id
    inner join base_figures
        on candidates.year = base_figures.year and candidates.candidate_id = base_figures.figure_id
)

select
    year,
    figure_id,
    candidate_id,
    value,
    position,
    case when position <= top_count and value > 0 then true else false end as is_printed
from ranked
