-- Plans of each municipality, beside what it does.
with municipalities as (
    select * from {{ ref('stg_municipalities') }}
),

answers as (
    select * from {{ ref('stg_answers') }}
),

states as (
    select
        year,
        municipality_code,
        value_code as plan_state
    from answers
    where question_id = 'plan_state'
),

counts as (
    select
        year,
        municipality_code,
        value_number as plan_count
    from answers
    where question_id = 'plan_count'
)

select
    municipalities.year,
    municipalities.municipality_code,
    municipalities.name,
    states.plan_state,
    cast(counts.plan_count as bigint) as plan_count
from municipalities
left join states
    on municipalities.year = states.year and municipalities.municipality_code = states.municipality_code
left join counts
    on municipalities.year = counts.year and municipalities.municipality_code = counts.municipality_code
