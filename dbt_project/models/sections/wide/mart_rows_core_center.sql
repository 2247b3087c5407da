-- noqa: disable=RF04
-- Written from schemas/questionnaires by `kyogikai questionnaire marts`; do not edit.
-- ⑤ core_center: one row for each row of core_center on a form and year.
with municipalities as (
    select * from {{ ref('stg_municipalities') }}
),

answers as (
    select * from {{ ref('stg_answers') }} where block_id in ('core_centers')
),

entities as (
    select
        year,
        municipality_code,
        answer_entity_id,
        row_no,
        true as is_counted
    from {{ ref('int_entities') }}
    where grain = 'core_center'
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
    {{ answer('core_center', 'value_code') }} as core_center,
    {{ answer('core_center_unlisted_name', 'value_text') }} as core_center_unlisted_name,
    {{ answer('core_center_kind', 'value_code') }} as core_center_kind,
    {{ answer('core_center_group', 'value_text') }} as core_center_group,
    {{ answer('core_center_operation', 'value_code') }} as core_center_operation,
    {{ chosen('core_center_function', 'specialists') }} as core_center_function__specialists,
    {{ chosen('core_center_function', 'guidance') }} as core_center_function__guidance,
    {{ chosen('core_center_function', 'training') }} as core_center_function__training,
    {{ chosen('core_center_function', 'case_studies') }} as core_center_function__case_studies,
    {{ chosen('core_center_function', 'liaison') }} as core_center_function__liaison,
    {{ chosen('core_center_function', 'rights') }} as core_center_function__rights,
    {{ chosen('core_center_function', 'council') }} as core_center_function__council,
    {{ chosen('core_center_function', 'other') }} as core_center_function__other,
    {{ chosen('core_center_function', 'none') }} as core_center_function__none,
    {{ answer('core_center_function_other_text', 'value_text') }} as core_center_function_other_text
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
