-- The bridge from a contribution to the cells it rests on: those of the answers it reads, and of the entity's identity.
-- A figure's rows lie together, so that its trace reads no others.

with figure_answers as (
    select * from {{ ref('int_figure_answers') }}
),

answer_cells as (
    select * from {{ ref('stg_answer_cells') }}
),

figures as (
    select * from {{ ref('stg_figures') }} where operation in ('count', 'sum')
),

questions as (
    select * from {{ ref('stg_questions') }}
),

entities as (
    select * from {{ ref('int_entities') }}
),

answers as (
    select * from {{ ref('stg_answers') }}
),

own_cells as (
    select
        figure_answers.year,
        figure_answers.figure_id,
        figure_answers.entity_id,
        answer_cells.cell_id
    from figure_answers
    inner join answer_cells
        on figure_answers.year = answer_cells.year and figure_answers.answer_id = answer_cells.answer_id
),

identity_cells as (
    select
        figures.year,
        figures.figure_id,
        entities.entity_id,
        answer_cells.cell_id
    from figures
    inner join questions
        on figures.year = questions.year and figures.question_id = questions.question_id
    inner join entities
        on figures.year = entities.year and figures.grain = entities.grain
    inner join answers
        on
            entities.year = answers.year
            and entities.municipality_code = answers.municipality_code
            and entities.answer_entity_id = answers.entity_id
            and entities.row_no = answers.row_no
            and questions.identity_question_id = answers.question_id
    inner join answer_cells
        on answers.year = answer_cells.year and answers.answer_id = answer_cells.answer_id
),

all_cells as (
    select * from own_cells
    union
    select * from identity_cells
)

select * from all_cells
order by year, figure_id
