with source as (
    select * from {{ source('raw', 'raw_return') }}
)

select
    year,
    municipality_code,
    return_id,
    file_name,
    received_at,
    supersedes,
    is_synthetic,
    format,
    notes
from source
