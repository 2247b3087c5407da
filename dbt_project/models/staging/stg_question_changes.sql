with source as (
    select * from {{ source('raw', 'raw_question_change') }}
)

select
    year,
    previous_year,
    question_id,
    option_code,
    change,
    label_before,
    label_after,
    is_comparable,
    reason
from source
