-- ⑤ Each core center once, with the answers of the municipality that answers for it.
with centers as (
    select * from {{ ref('int_entities') }} where grain = 'core_center'
),

answers as (
    select * from {{ ref('stg_answers') }} where grain = 'core_center'
),

register as (
    select * from {{ ref('int_register_status') }}
),

center_answers as (
    select
        centers.year,
        centers.entity_id,
        max(case when answers.question_id = 'core_center_kind' then answers.value_code end) as core_center_kind,
        max(case when answers.question_id = 'core_center_operation' then answers.value_code end)
            as core_center_operation,
        sum(
            case
                when answers.question_id <> 'core_center_function' or answers.status not in ('answered', 'not_chosen')
                    then null
                when answers.status = 'answered' and answers.option_code <> 'none' then 1
                else 0
            end
        ) as function_count
    from centers
    inner join answers
        on
            centers.year = answers.year
            and centers.municipality_code = answers.municipality_code
            and centers.entity_id = answers.entity_id
            and centers.row_no = answers.row_no
    group by centers.year, centers.entity_id
)

select
    centers.year,
    centers.entity_id as core_center_id,
    coalesce(register.name, centers.entity_id) as core_center_name,
    centers.municipality_code,
    centers.is_assumed,
    center_answers.core_center_kind,
    center_answers.core_center_operation,
    cast(center_answers.function_count as bigint) as function_count
from centers
left join center_answers
    on centers.year = center_answers.year and centers.entity_id = center_answers.entity_id
left join register
    on centers.year = register.year and centers.entity_id = register.entity_id
