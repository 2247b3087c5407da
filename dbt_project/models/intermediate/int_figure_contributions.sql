-- One row for every entity in a figure's population: what it adds, or why it adds nothing.
with figures as (
    select * from {{ ref('stg_figures') }} where operation in ('count', 'sum')
),

entities as (
    select * from {{ ref('int_entities') }}
),

figure_answers as (
    select
        year,
        figure_id,
        entity_id,
        max(is_match) as is_match,
        sum(case when is_match = 1 then value_number end) as matched_number,
        max(case when status = 'unreadable' then 1 else 0 end) as has_unreadable,
        max(case when status in ('answered', 'not_chosen') then 1 else 0 end) as has_other_answer,
        max(case when status = 'missing' then 1 else 0 end) as has_missing
    from {{ ref('int_figure_answers') }}
    group by year, figure_id, entity_id
),

populations as (
    select
        figures.year,
        figures.figure_id,
        figures.operation,
        figures.question_id,
        entities.entity_id,
        entities.municipality_code,
        entities.has_return,
        entities.is_assumed
    from figures
    inner join entities
        on figures.year = entities.year and figures.grain = entities.grain
),

judged as (
    select
        populations.*,
        figure_answers.matched_number,
        case
            when populations.question_id is null then 'counted'
            when not populations.has_return then 'no_return'
            when figure_answers.is_match = 1 then 'counted'
            when figure_answers.has_unreadable = 1 then 'unreadable'
            when figure_answers.has_other_answer = 1 then 'not_chosen'
            when figure_answers.has_missing = 1 then 'missing'
            when figure_answers.is_match is null then 'missing'
            else 'not_asked'
        end as reason
    from populations
    left join figure_answers
        on
            populations.year = figure_answers.year
            and populations.figure_id = figure_answers.figure_id
            and populations.entity_id = figure_answers.entity_id
)

select
    year,
    figure_id,
    entity_id,
    municipality_code,
    is_assumed,
    reason,
    case when reason = 'counted' then true else false end as is_counted,
    cast(
        case
            when reason <> 'counted' then 0
            when operation = 'sum' then matched_number
            else 1
        end as bigint
    ) as value
from judged
