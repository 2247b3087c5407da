with source as (
    select * from {{ source('raw', 'raw_released_figure') }}
)

select
    released_year,
    figure_id,
    value
from source
