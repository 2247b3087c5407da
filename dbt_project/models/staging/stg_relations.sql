with source as (
    select * from {{ source('raw', 'raw_relation_row') }}
)

select
    year,
    relation_id,
    row_no,
    operator,
    constant,
    tolerance,
    tolerance_share
from source
