-- Every cell that a counting or summing figure reads, in every return: also in rows left blank, where an answer would
-- make another entity, and in rows of members whose answers do not count.
-- A figure's rows lie together, so that its trace reads no others.

with figures as (
    select * from {{ ref('stg_figures') }} where operation in ('count', 'sum')
),

figure_options as (
    select * from {{ ref('stg_figure_options') }}
),

questions as (
    select * from {{ ref('stg_questions') }}
),

places as (
    select * from {{ ref('stg_answer_places') }}
),

cells as (
    select * from {{ ref('stg_cells') }} where is_declared
),

figure_places as (
    select
        figures.year,
        figures.figure_id,
        places.question_id,
        places.row_no,
        places.sheet,
        places.address
    from figures
    inner join questions
        on figures.year = questions.year and figures.question_id = questions.question_id
    inner join places
        on
            figures.year = places.year
            and places.question_id in (figures.question_id, questions.identity_question_id)
    left join figure_options as offered
        on
            figures.year = offered.year
            and figures.figure_id = offered.figure_id
            and places.option_code = offered.option_code
    where
        places.question_id <> figures.question_id
        or figures.option_count = 0
        or questions.type not in ('multiple', 'matrix')
        or offered.option_code is not null
)

select
    figure_places.year,
    figure_places.figure_id,
    figure_places.question_id,
    figure_places.row_no,
    cells.return_id,
    cells.municipality_code,
    cells.cell_id
from figure_places
inner join cells
    on
        figure_places.year = cells.year
        and figure_places.sheet = cells.form_sheet
        and figure_places.address = cells.form_address
order by figure_places.year, figure_places.figure_id
