with source as (
    select * from {{ source('raw', 'raw_figure') }}
)

select
    year,
    figure_id,
    published_id,
    section_id,
    figure_order,
    label_ja,
    label_en,
    operation,
    grain,
    question_id,
    option_count,
    unit_id,
    unit_label,
    is_kind_word,
    numerator_id,
    denominator_id,
    rounding_mode,
    rounding_digits,
    reference,
    reference_day,
    top_count,
    is_other
from source
