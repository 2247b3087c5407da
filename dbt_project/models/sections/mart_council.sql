-- ① Each council once, with the answers of its secretariat.
with councils as (
    select * from {{ ref('int_entities') }} where grain = 'council'
),

answers as (
    select * from {{ ref('stg_answers') }} where grain = 'council'
),

register as (
    select * from {{ ref('int_register_status') }}
),

memberships as (
    select
        year,
        answer_entity_id,
        count(*) as member_count
    from {{ ref('int_entities') }}
    where grain = 'membership'
    group by year, answer_entity_id
),

secretariat_answers as (
    select
        councils.year,
        councils.entity_id,
        max(case when answers.question_id = 'council_kind' then answers.value_code end) as council_kind,
        max(case when answers.question_id = 'operation' then answers.value_code end) as council_operation,
        max(case when answers.question_id = 'plenary_meeting_count' then answers.value_number end)
            as plenary_meeting_count,
        max(case when answers.question_id = 'subcommittee_count' then answers.value_number end)
            as subcommittee_count
    from councils
    inner join answers
        on
            councils.year = answers.year
            and councils.municipality_code = answers.municipality_code
            and councils.entity_id = answers.entity_id
            and councils.row_no = answers.row_no
    group by councils.year, councils.entity_id
)

select
    councils.year,
    councils.entity_id as council_id,
    coalesce(register.name, councils.entity_id) as council_name,
    councils.municipality_code as secretariat_code,
    councils.is_assumed,
    secretariat_answers.council_kind,
    secretariat_answers.council_operation,
    cast(secretariat_answers.plenary_meeting_count as bigint) as plenary_meeting_count,
    cast(secretariat_answers.subcommittee_count as bigint) as subcommittee_count,
    cast(coalesce(memberships.member_count, 0) as bigint) as member_count
from councils
left join secretariat_answers
    on councils.year = secretariat_answers.year and councils.entity_id = secretariat_answers.entity_id
left join memberships
    on councils.year = memberships.year and councils.entity_id = memberships.answer_entity_id
left join register
    on councils.year = register.year and councils.entity_id = register.entity_id
