-- noqa: disable=RF04
-- Written from schemas/questionnaires by `kyogikai questionnaire marts`; do not edit.
-- ③ vitality: one row for each municipality and year.
with municipalities as (
    select * from {{ ref('stg_municipalities') }}
),

answers as (
    select * from {{ ref('stg_answers') }} where block_id in ('vitality_answers')
)

select
    municipalities.year,
    municipalities.municipality_code,
    municipalities.name,
    municipalities.kind,
    municipalities.area,
    {{ answer('plenary_vitality', 'value_code') }} as plenary_vitality,
    {{ answer('plenary_vitality_other_text', 'value_text') }} as plenary_vitality_other_text,
    {{ answer('subcommittee_vitality', 'value_code') }} as subcommittee_vitality,
    {{ answer('subcommittee_vitality_other_text', 'value_text') }} as subcommittee_vitality_other_text
from municipalities
left join answers
    on municipalities.year = answers.year and municipalities.municipality_code = answers.municipality_code
group by
    municipalities.year,
    municipalities.municipality_code,
    municipalities.name,
    municipalities.kind,
    municipalities.area
