-- noqa: disable=RF04
-- Written from schemas/questionnaires by `kyogikai questionnaire marts`; do not edit.
-- ① establishment: one row for each row of council on a form and year.
with municipalities as (
    select * from {{ ref('stg_municipalities') }}
),

answers as (
    select * from {{ ref('stg_answers') }} where block_id in ('councils')
),

entities as (
    select
        year,
        municipality_code,
        answer_entity_id,
        row_no,
        true as is_counted
    from {{ ref('int_entities') }}
    where grain = 'council'
)

select
    municipalities.year,
    municipalities.municipality_code,
    municipalities.name,
    municipalities.kind,
    municipalities.area,
    answers.row_no,
    answers.entity_id,
    coalesce(entities.is_counted, false) as is_counted,
    {{ answer('council', 'value_code') }} as council,
    {{ answer('council_unlisted_name', 'value_text') }} as council_unlisted_name,
    {{ answer('council_kind', 'value_code') }} as council_kind,
    {{ answer('operation', 'value_code') }} as operation,
    {{ answer('operator', 'value_text') }} as operator,
    {{ answer('plenary_meeting_count', 'value_number') }} as plenary_meeting_count,
    {{ answer('subcommittee_count', 'value_number') }} as subcommittee_count
from municipalities
inner join answers
    on municipalities.year = answers.year and municipalities.municipality_code = answers.municipality_code
left join entities
    on
        answers.year = entities.year
        and answers.municipality_code = entities.municipality_code
        and answers.entity_id = entities.answer_entity_id
        and answers.row_no = entities.row_no
group by
    municipalities.year,
    municipalities.municipality_code,
    municipalities.name,
    municipalities.kind,
    municipalities.area,
    answers.row_no,
    answers.entity_id,
    entities.is_counted
