-- Which figures a figure is made of: itself, the terms of a ratio, the candidates of a ranking.
with figures as (
    select * from {{ ref('stg_figures') }}
),

candidates as (
    select * from {{ ref('stg_figure_candidates') }}
)

select
    year,
    figure_id,
    figure_id as used_id
from figures
union
select
    year,
    figure_id,
    numerator_id as used_id
from figures
where numerator_id is not null
union
select
    year,
    figure_id,
    denominator_id as used_id
from figures
where denominator_id is not null
union
select
    year,
    figure_id,
    candidate_id as used_id
from candidates
