-- Everything a figure can count, at every grain, with the one municipality whose answer counts for it.
with municipalities as (
    select * from {{ ref('stg_municipalities') }}
),

returns as (
    select * from {{ ref('stg_returns') }}
),

answers as (
    select * from {{ ref('stg_answers') }}
),

questions as (
    select * from {{ ref('stg_questions') }}
),

register_entities as (
    select * from {{ ref('int_register_status') }}
),

register_members as (
    select * from {{ ref('stg_register_members') }}
),

reported_rows as (
    select distinct
        answers.year,
        answers.grain,
        answers.entity_id,
        answers.municipality_code,
        answers.row_no,
        questions.pair_grain
    from answers
    inner join questions
        on answers.year = questions.year and answers.question_id = questions.question_id
    where answers.grain <> 'municipality'
),

reported_entities as (
    select
        year,
        grain,
        entity_id,
        min(municipality_code) as first_reporter_code
    from reported_rows
    group by year, grain, entity_id
),

registered_grains as (
    select distinct
        year,
        grain,
        pair_grain,
        register_kind
    from questions
    where question_id = identity_question_id and register_kind is not null
),

-- Of a secretariat that sent nothing, and that no other member reported: known from the register, and unanswered.
silent_entities as (
    select
        registered_grains.year,
        registered_grains.grain,
        register_entities.entity_id,
        register_entities.entity_id as answer_entity_id,
        register_entities.secretariat_code as municipality_code,
        register_entities.is_assumed
    from registered_grains
    inner join register_entities
        on
            registered_grains.year = register_entities.year
            and registered_grains.register_kind = register_entities.entity_kind
    left join returns
        on
            register_entities.year = returns.year
            and register_entities.secretariat_code = returns.municipality_code
    left join reported_entities
        on
            registered_grains.year = reported_entities.year
            and registered_grains.grain = reported_entities.grain
            and register_entities.entity_id = reported_entities.entity_id
    where returns.return_id is null and reported_entities.entity_id is null
),

silent_pairs as (
    select
        registered_grains.year,
        registered_grains.pair_grain as grain,
        register_members.municipality_code || ':' || register_members.entity_id as entity_id,
        register_members.entity_id as answer_entity_id,
        register_members.municipality_code,
        case when register_members.status = 'assumed' then true else false end as is_assumed
    from registered_grains
    inner join register_entities
        on
            registered_grains.year = register_entities.year
            and registered_grains.register_kind = register_entities.entity_kind
    inner join register_members
        on
            register_entities.year = register_members.year
            and register_entities.entity_id = register_members.entity_id
    left join returns
        on
            register_members.year = returns.year
            and register_members.municipality_code = returns.municipality_code
    where registered_grains.pair_grain is not null and returns.return_id is null
),

table_entities as (
    select
        reported_entities.year,
        reported_entities.grain,
        reported_entities.entity_id,
        reported_entities.entity_id as answer_entity_id,
        coalesce(
            register_entities.secretariat_code, reported_entities.first_reporter_code
        ) as municipality_code,
        case when register_entities.is_assumed then true else false end as is_assumed
    from reported_entities
    left join register_entities
        on
            reported_entities.year = register_entities.year
            and reported_entities.entity_id = register_entities.entity_id
),

pair_entities as (
    select distinct
        reported_rows.year,
        reported_rows.pair_grain as grain,
        reported_rows.municipality_code || ':' || reported_rows.entity_id as entity_id,
        reported_rows.entity_id as answer_entity_id,
        reported_rows.municipality_code,
        case when register_members.status = 'assumed' then true else false end as is_assumed
    from reported_rows
    left join register_members
        on
            reported_rows.year = register_members.year
            and reported_rows.entity_id = register_members.entity_id
            and reported_rows.municipality_code = register_members.municipality_code
    where reported_rows.pair_grain is not null
),

municipality_entities as (
    select
        year,
        'municipality' as grain,
        municipality_code as entity_id,
        municipality_code as answer_entity_id,
        municipality_code,
        false as is_assumed
    from municipalities
),

all_entities as (
    select * from municipality_entities
    union all
    select * from table_entities
    union all
    select * from pair_entities
    union all
    select * from silent_entities
    union all
    select * from silent_pairs
),

first_rows as (
    select
        year,
        municipality_code,
        entity_id,
        min(row_no) as row_no
    from answers
    group by year, municipality_code, entity_id
)

select
    all_entities.year,
    all_entities.grain,
    all_entities.entity_id,
    all_entities.answer_entity_id,
    all_entities.municipality_code,
    first_rows.row_no,
    all_entities.is_assumed,
    case when returns.return_id is null then false else true end as has_return
from all_entities
left join returns
    on all_entities.year = returns.year and all_entities.municipality_code = returns.municipality_code
left join first_rows
    on
        all_entities.year = first_rows.year
        and all_entities.municipality_code = first_rows.municipality_code
        and all_entities.answer_entity_id = first_rows.entity_id
