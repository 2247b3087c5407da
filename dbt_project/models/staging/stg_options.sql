with source as (
    select * from {{ source('raw', 'raw_option') }}
)

select
    year,
    question_id,
    option_code,
    option_order,
    label_ja,
    label_en,
    is_none,
    is_other
from source
