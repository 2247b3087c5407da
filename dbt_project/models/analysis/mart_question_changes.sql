-- The crosswalk between each year's questionnaire and the one before.
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
from {{ ref('stg_question_changes') }}
