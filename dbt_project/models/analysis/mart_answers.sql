-- Every answer of every year, under ids that outlive rewordings.
with answers as (
    select * from {{ ref('stg_answers') }}
),

questions as (
    select * from {{ ref('stg_questions') }}
),

municipalities as (
    select * from {{ ref('stg_municipalities') }}
),

options as (
    select * from {{ ref('stg_options') }}
)

select
    answers.year,
    answers.municipality_code,
    municipalities.name,
    municipalities.kind,
    municipalities.area,
    questions.section_id,
    answers.grain,
    answers.entity_id,
    answers.row_no,
    answers.question_id,
    answers.option_code,
    answers.status,
    answers.value_code,
    options.label_ja as option_ja,
    options.label_en as option_en,
    answers.value_number,
    answers.value_date,
    answers.value_text,
    questions.reference
from answers
inner join questions
    on answers.year = questions.year and answers.question_id = questions.question_id
inner join municipalities
    on answers.year = municipalities.year and answers.municipality_code = municipalities.municipality_code
left join options
    on
        answers.year = options.year
        and answers.question_id = options.question_id
        and coalesce(nullif(answers.option_code, ''), answers.value_code) = options.option_code
