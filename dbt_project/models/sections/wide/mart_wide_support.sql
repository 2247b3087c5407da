-- noqa: disable=RF04
-- Written from schemas/questionnaires by `kyogikai questionnaire marts`; do not edit.
-- ④ support: one row for each municipality and year.
with municipalities as (
    select * from {{ ref('stg_municipalities') }}
),

answers as (
    select * from {{ ref('stg_answers') }} where block_id in ('offices', 'support_base')
)

select
    municipalities.year,
    municipalities.municipality_code,
    municipalities.name,
    municipalities.kind,
    municipalities.area,
    {{ answer('office_commissioned', 'value_number') }} as office_commissioned,
    {{ answer('office_transition', 'value_number') }} as office_transition,
    {{ answer('office_settlement', 'value_number') }} as office_settlement,
    {{ answer('office_plan', 'value_number') }} as office_plan,
    {{ answer('office_children', 'value_number') }} as office_children,
    {{ answer('support_base_state', 'value_code') }} as support_base_state,
    {{ answer('support_base_kind', 'value_code') }} as support_base_kind,
    {{ answer('support_base_group', 'value_code') }} as support_base_group,
    {{ answer('support_base_group_unlisted_name', 'value_text') }} as support_base_group_unlisted_name,
    {{ answer('support_base_type', 'value_code') }} as support_base_type,
    {{ chosen('support_base_function', 'consultation') }} as support_base_function__consultation,
    {{ chosen('support_base_function', 'emergency') }} as support_base_function__emergency,
    {{ chosen('support_base_function', 'trial') }} as support_base_function__trial,
    {{ chosen('support_base_function', 'staffing') }} as support_base_function__staffing,
    {{ chosen('support_base_function', 'system') }} as support_base_function__system,
    {{ chosen('support_base_function', 'none') }} as support_base_function__none,
    {{ answer('support_base_planned_date', 'value_date') }} as support_base_planned_date
from municipalities
left join answers
    on municipalities.year = answers.year and municipalities.municipality_code = answers.municipality_code
group by
    municipalities.year,
    municipalities.municipality_code,
    municipalities.name,
    municipalities.kind,
    municipalities.area
