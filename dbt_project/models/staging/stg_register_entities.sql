with source as (
    select * from {{ source('raw', 'raw_register_entity') }}
)

select
    year,
    entity_id,
    entity_kind,
    name,
    kind,
    secretariat_code,
    status
from source
