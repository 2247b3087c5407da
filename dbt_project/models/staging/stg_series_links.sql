with source as (
    select * from {{ source('raw', 'raw_series_link') }}
)

select
    year,
    figure_id,
    observed_year,
    source_id,
    break_year,
    reason
from source
