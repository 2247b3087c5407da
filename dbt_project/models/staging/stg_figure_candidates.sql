with source as (
    select * from {{ source('raw', 'raw_figure_candidate') }}
)

select
    year,
    figure_id,
    candidate_id,
    candidate_order
from source
