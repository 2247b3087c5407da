with source as (
    select * from {{ source('raw', 'raw_cell') }}
)

select
    year,
    cell_id,
    return_id,
    municipality_code,
    sheet,
    address,
    kind,
    text,
    is_declared,
    correction_id,
    corrected_text
from source
