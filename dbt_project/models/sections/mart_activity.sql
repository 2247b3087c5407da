-- ② What each municipality's council talks about and does, one row for each option of each question.
with answers as (
    select * from {{ ref('stg_answers') }}
),

questions as (
    select * from {{ ref('stg_questions') }} where section_id = 'activity' and type <> 'text'
),

options as (
    select * from {{ ref('stg_options') }}
),

municipalities as (
    select * from {{ ref('stg_municipalities') }}
)

select
    municipalities.year,
    municipalities.municipality_code,
    municipalities.name,
    municipalities.area,
    questions.question_id,
    questions.label_ja as question,
    cast(options.option_order as integer) as option_order,
    options.option_code,
    options.label_ja as option_label,
    coalesce(of_option.status, of_question.status, 'no_return') as status,
    case
        when coalesce(of_option.value_code, of_question.value_code) = options.option_code then true
        else false
    end as is_chosen
from municipalities
inner join questions
    on municipalities.year = questions.year
inner join options
    on questions.year = options.year and questions.question_id = options.question_id
left join answers as of_option
    on
        municipalities.year = of_option.year
        and municipalities.municipality_code = of_option.municipality_code
        and questions.question_id = of_option.question_id
        and options.option_code = of_option.option_code
left join answers as of_question
    on
        municipalities.year = of_question.year
        and municipalities.municipality_code = of_question.municipality_code
        and questions.question_id = of_question.question_id
        and of_question.option_code = ''
