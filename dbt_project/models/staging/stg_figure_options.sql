with source as (
    select * from {{ source('raw', 'raw_figure_option') }}
)

select
    year,
    figure_id,
    option_code
from source
