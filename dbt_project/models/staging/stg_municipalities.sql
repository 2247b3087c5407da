with source as (
    select * from {{ source('raw', 'raw_municipality') }}
)

select
    year,
    municipality_code,
    prefecture,
    name,
    kana,
    kind,
    kind_letter,
    kind_order,
    area
from source
