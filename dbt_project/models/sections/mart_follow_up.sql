-- The report's second part by name: who has no support base or core center, and which councils may need attention.
with establishment as (
    select * from {{ ref('mart_establishment') }}
),

support as (
    select * from {{ ref('mart_support') }}
),

core_center_states as (
    select
        year,
        municipality_code,
        value_code as core_center_state
    from {{ ref('stg_answers') }}
    where question_id = 'core_center_state'
),

vitality as (
    select * from {{ ref('mart_vitality') }}
),

councils as (
    select * from {{ ref('mart_council') }}
),

municipalities as (
    select * from {{ ref('stg_municipalities') }}
),

subjects as (
    select
        year,
        municipality_code,
        'no_council' as topic,
        municipality_code as subject_id
    from establishment
    where establishment = 'not_established'
    union all
    select
        year,
        municipality_code,
        'no_support_base' as topic,
        municipality_code as subject_id
    from support
    where support_base_state = 'under_consideration'
    union all
    select
        year,
        municipality_code,
        'no_core_center' as topic,
        municipality_code as subject_id
    from core_center_states
    where core_center_state = 'under_consideration'
    union all
    select
        year,
        municipality_code,
        'plenary_not_vitalised' as topic,
        municipality_code as subject_id
    from vitality
    where plenary_vitality = 'not_vitalised'
    union all
    select
        year,
        municipality_code,
        'subcommittees_not_vitalised' as topic,
        municipality_code as subject_id
    from vitality
    where subcommittee_vitality = 'not_vitalised'
    union all
    select
        year,
        secretariat_code as municipality_code,
        'meets_little' as topic,
        council_id as subject_id
    from councils
    where plenary_meeting_count < {{ var('least_plenary_meetings') }}
)

select
    subjects.year,
    subjects.topic,
    subjects.subject_id,
    subjects.municipality_code,
    municipalities.name,
    municipalities.area,
    coalesce(councils.council_name, municipalities.name) as subject_name
from subjects
inner join municipalities
    on subjects.year = municipalities.year and subjects.municipality_code = municipalities.municipality_code
left join councils
    on subjects.year = councils.year and subjects.subject_id = councils.council_id
