with source as (
    select * from {{ source('raw', 'raw_answer') }}
)

select
    year,
    answer_id,
    return_id,
    municipality_code,
    block_id,
    grain,
    entity_id,
    row_no,
    question_id,
    option_code,
    status,
    problem,
    is_asked,
    value_code,
    value_number,
    value_date,
    value_text
from source
