with source as (
    select * from {{ source('raw', 'raw_question') }}
)

select
    year,
    question_id,
    section_id,
    block_id,
    grain,
    pair_grain,
    identity_question_id,
    register_kind,
    question_order,
    label_ja,
    label_en,
    type,
    unit,
    reference,
    disclosure
from source
