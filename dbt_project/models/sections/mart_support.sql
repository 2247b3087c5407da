-- ④ Consultation offices (five kinds that overlap: never added up) and the support base of each municipality.
with municipalities as (
    select * from {{ ref('stg_municipalities') }}
),

answers as (
    select * from {{ ref('stg_answers') }} where block_id in ('offices', 'support_base')
),

register as (
    select * from {{ ref('int_register_status') }}
),

functions as (
    select
        year,
        municipality_code,
        sum(case when status = 'answered' and option_code <> 'none' then 1 else 0 end) as function_count
    from answers
    where question_id = 'support_base_function' and status in ('answered', 'not_chosen')
    group by year, municipality_code
),

support as (
    select
        year,
        municipality_code,
        max(case when question_id = 'office_commissioned' then value_number end) as office_commissioned_count,
        max(case when question_id = 'office_transition' then value_number end) as office_transition_count,
        max(case when question_id = 'office_settlement' then value_number end) as office_settlement_count,
        max(case when question_id = 'office_plan' then value_number end) as office_plan_count,
        max(case when question_id = 'office_children' then value_number end) as office_children_count,
        max(case when question_id = 'support_base_state' then value_code end) as support_base_state,
        max(case when question_id = 'support_base_kind' then value_code end) as support_base_kind,
        max(case when question_id = 'support_base_group' then value_code end) as support_base_group,
        max(case when question_id = 'support_base_type' then value_code end) as support_base_type,
        max(case when question_id = 'support_base_planned_date' then value_date end) as support_base_planned_date
    from answers
    group by year, municipality_code
)

select
    municipalities.year,
    municipalities.municipality_code,
    municipalities.name,
    municipalities.area,
    cast(support.office_commissioned_count as bigint) as office_commissioned_count,
    cast(support.office_transition_count as bigint) as office_transition_count,
    cast(support.office_settlement_count as bigint) as office_settlement_count,
    cast(support.office_plan_count as bigint) as office_plan_count,
    cast(support.office_children_count as bigint) as office_children_count,
    support.support_base_state,
    support.support_base_kind,
    support.support_base_group,
    register.name as support_base_group_name,
    case when support.support_base_group is not null then coalesce(register.is_assumed, false) end as is_assumed,
    support.support_base_type,
    case
        when support.support_base_state = 'in_place' then cast(functions.function_count as bigint)
    end as support_base_function_count,
    support.support_base_planned_date
from municipalities
left join support
    on municipalities.year = support.year and municipalities.municipality_code = support.municipality_code
left join register
    on support.year = register.year and support.support_base_group = register.entity_id
left join functions
    on municipalities.year = functions.year and municipalities.municipality_code = functions.municipality_code
