with source as (
    select * from {{ source('raw', 'raw_relation_term') }}
)

select
    year,
    relation_id,
    row_no,
    side,
    term_no,
    figure_id,
    measure,
    times
from source
