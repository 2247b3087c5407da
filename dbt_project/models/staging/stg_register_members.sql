with source as (
    select * from {{ source('raw', 'raw_register_member') }}
)

select
    year,
    entity_id,
    municipality_code,
    status
from source
