-- ③ How each municipality judges its council's vitality against the baseline year.
with municipalities as (
    select * from {{ ref('stg_municipalities') }}
),

answers as (
    select * from {{ ref('stg_answers') }}
),

vitality as (
    select
        year,
        municipality_code,
        max(case when question_id = 'plenary_vitality' then value_code end) as plenary_vitality,
        max(case when question_id = 'subcommittee_vitality' then value_code end) as subcommittee_vitality
    from answers
    where question_id in ('plenary_vitality', 'subcommittee_vitality')
    group by year, municipality_code
)

select
    municipalities.year,
    municipalities.municipality_code,
    municipalities.name,
    municipalities.area,
    vitality.plenary_vitality,
    vitality.subcommittee_vitality
from municipalities
left join vitality
    on municipalities.year = vitality.year and municipalities.municipality_code = vitality.municipality_code
