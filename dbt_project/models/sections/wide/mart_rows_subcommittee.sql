-- noqa: disable=RF04
-- Written from schemas/questionnaires by `kyogikai questionnaire marts`; do not edit.
-- ① establishment: one row for each row of subcommittee on a form and year.
with municipalities as (
    select * from {{ ref('stg_municipalities') }}
),

answers as (
    select * from {{ ref('stg_answers') }} where block_id in ('subcommittees')
),

entities as (
    select
        year,
        municipality_code,
        answer_entity_id,
        row_no,
        true as is_counted
    from {{ ref('int_entities') }}
    where grain = 'subcommittee'
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
    {{ answer('subcommittee_council', 'value_code') }} as subcommittee_council,
    {{ answer('subcommittee_council_unlisted_name', 'value_text') }} as subcommittee_council_unlisted_name,
    {{ answer('subcommittee_name', 'value_text') }} as subcommittee_name,
    {{ answer('subcommittee_topic', 'value_code') }} as subcommittee_topic,
    {{ answer('subcommittee_topic_other_text', 'value_text') }} as subcommittee_topic_other_text,
    {{ answer('subcommittee_meeting_count', 'value_number') }} as subcommittee_meeting_count
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
