-- ① How each municipality has established its council.
with municipalities as (
    select * from {{ ref('stg_municipalities') }}
),

answers as (
    select * from {{ ref('stg_answers') }}
),

memberships as (
    select * from {{ ref('int_entities') }} where grain = 'membership'
),

establishments as (
    select
        year,
        municipality_code,
        value_code as establishment,
        status
    from answers
    where question_id = 'establishment'
),

council_counts as (
    select
        year,
        municipality_code,
        count(*) as council_count
    from memberships
    group by year, municipality_code
)

select
    municipalities.year,
    municipalities.municipality_code,
    municipalities.name,
    municipalities.kind,
    municipalities.area,
    establishments.establishment,
    coalesce(establishments.status, 'no_return') as status,
    case
        when establishments.status is not null then cast(coalesce(council_counts.council_count, 0) as bigint)
    end as council_count
from municipalities
left join establishments
    on
        municipalities.year = establishments.year
        and municipalities.municipality_code = establishments.municipality_code
left join council_counts
    on
        municipalities.year = council_counts.year
        and municipalities.municipality_code = council_counts.municipality_code
