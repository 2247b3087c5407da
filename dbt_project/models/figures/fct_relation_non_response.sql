-- Municipalities whose missing return tells on one side of a relation's row only, so that its sides do not compare.
with used_figures as (
    select * from {{ ref('int_figure_uses') }}
),

terms as (
    select * from {{ ref('stg_relation_terms') }}
),

municipalities as (
    select * from {{ ref('stg_municipalities') }}
),

lacking as (
    select distinct
        year,
        figure_id,
        municipality_code
    from {{ ref('int_figure_contributions') }}
    where reason = 'no_return'
),

sides as (
    select distinct
        terms.year,
        terms.relation_id,
        terms.row_no,
        terms.side,
        lacking.municipality_code
    from terms
    inner join used_figures
        on terms.year = used_figures.year and terms.figure_id = used_figures.figure_id
    inner join lacking
        on used_figures.year = lacking.year and used_figures.used_id = lacking.figure_id
    inner join municipalities
        on lacking.year = municipalities.year and lacking.municipality_code = municipalities.municipality_code
    where
        terms.measure not in ('previous', 'reference_day')
        and (left(terms.measure, 5) <> 'kind_' or terms.measure in ('kind_count', 'kind_' || municipalities.kind))
)

select
    year,
    relation_id,
    row_no,
    municipality_code
from sides
group by year, relation_id, row_no, municipality_code
having count(*) = 1
