with source as (
    select * from {{ source('raw', 'raw_answer_place') }}
)

select
    year,
    question_id,
    row_no,
    option_code,
    sheet,
    address
from source
