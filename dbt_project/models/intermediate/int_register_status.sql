-- Each registered entity with how many of its memberships are assumed and not confirmed.
with entities as (
    select * from {{ ref('stg_register_entities') }}
),

members as (
    select * from {{ ref('stg_register_members') }}
)

select
    entities.year,
    entities.entity_id,
    entities.entity_kind,
    entities.name,
    entities.kind,
    entities.secretariat_code,
    case
        when entities.status = 'assumed' or sum(case when members.status = 'assumed' then 1 else 0 end) > 0 then true
        else false
    end as is_assumed,
    count(members.municipality_code) as member_count
from entities
left join members
    on entities.year = members.year and entities.entity_id = members.entity_id
group by
    entities.year, entities.entity_id, entities.entity_kind, entities.name, entities.kind,
    entities.secretariat_code, entities.status
