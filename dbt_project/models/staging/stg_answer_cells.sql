with source as (
    select * from {{ source('raw', 'raw_answer_cell') }}
)

select
    year,
    answer_id,
    cell_id
from source
