with source as (
    select * from {{ source('raw', 'raw_correction') }}
)

select
    year,
    correction_id,
    municipality_code,
    sheet,
    address,
    cell_id,
    state,
    found_text,
    expected_text,
    corrected_text,
    reason,
    authority,
    granted,
    expires
from source
