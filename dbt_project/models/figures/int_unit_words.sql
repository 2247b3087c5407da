-- The word behind a count of municipalities, as 市町村: the kinds counted; of an empty set, those on the roster.
with kinds as (
    select * from {{ ref('int_figure_kinds') }}
),

sizes as (
    select
        year,
        figure_id,
        sum(member_count) as member_count
    from kinds
    group by year, figure_id
)

select
    kinds.year,
    kinds.figure_id,
    {{ dbt.listagg('kinds.kind_letter', "''", 'order by kinds.kind_order') }} as unit_word
from kinds
inner join sizes
    on kinds.year = sizes.year and kinds.figure_id = sizes.figure_id
where kinds.member_count > 0 or sizes.member_count = 0
group by kinds.year, kinds.figure_id
