-- The answers that a counting or summing figure reads, one row for each (figure, entity, answer).
with figures as (
    select * from {{ ref('stg_figures') }} where operation in ('count', 'sum') and question_id is not null
),

figure_options as (
    select * from {{ ref('stg_figure_options') }}
),

entities as (
    select * from {{ ref('int_entities') }}
),

answers as (
    select * from {{ ref('stg_answers') }}
)

select
    figures.year,
    figures.figure_id,
    figures.operation,
    entities.entity_id,
    answers.answer_id,
    answers.status,
    answers.value_number,
    case
        when answers.status <> 'answered' then 0
        when figures.option_count = 0 then 1
        when chosen.option_code is not null then 1
        else 0
    end as is_match
from figures
inner join entities
    on figures.year = entities.year and figures.grain = entities.grain
inner join answers
    on
        figures.year = answers.year
        and figures.question_id = answers.question_id
        and entities.municipality_code = answers.municipality_code
        and entities.answer_entity_id = answers.entity_id
        and entities.row_no = answers.row_no
left join figure_options as chosen
    on
        figures.year = chosen.year
        and figures.figure_id = chosen.figure_id
        and answers.value_code = chosen.option_code
left join figure_options as offered
    on
        figures.year = offered.year
        and figures.figure_id = offered.figure_id
        and answers.option_code = offered.option_code
where answers.option_code = '' or offered.option_code is not null
