with source as (
    select * from {{ source('raw', 'raw_released_figure') }}
)

select
    year,
    released_year,
    release,
    is_newest,
    figure_id,
    label_ja,
    value,
    display,
    unit
from source
