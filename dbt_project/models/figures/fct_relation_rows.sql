-- Every declared relation as rows of numbers to compare. Nothing here says whether a relation holds.
with relations as (
    select * from {{ ref('stg_relations') }}
),

terms as (
    select * from {{ ref('stg_relation_terms') }}
),

measures as (
    select * from {{ ref('fct_figure_measures') }}
),

sides as (
    select
        terms.year,
        terms.relation_id,
        terms.row_no,
        sum(case when terms.side = 'left' then terms.times * measures.value end) as left_value,
        sum(case when terms.side = 'right' then terms.times * measures.value else 0 end) as right_terms,
        sum(case when measures.value is null then 1 else 0 end) as unknown_count
    from terms
    left join measures
        on
            terms.year = measures.year
            and terms.figure_id = measures.figure_id
            and terms.measure = measures.measure
    group by terms.year, terms.relation_id, terms.row_no
),

compared as (
    select
        relations.year,
        relations.relation_id,
        relations.row_no,
        relations.operator,
        case when sides.unknown_count = 0 then sides.left_value end as left_value,
        case when sides.unknown_count = 0 then sides.right_terms + relations.constant end as right_value,
        relations.tolerance + relations.tolerance_share * abs(sides.right_terms + relations.constant) as tolerance
    from relations
    left join sides
        on
            relations.year = sides.year
            and relations.relation_id = sides.relation_id
            and relations.row_no = sides.row_no
)

select
    year,
    relation_id,
    row_no,
    operator,
    left_value,
    right_value,
    coalesce(tolerance, 0) as tolerance,
    case when operator in ('=', '>=') then right_value - coalesce(tolerance, 0) - {{ comparison_slack() }} end
        as lower_bound,
    case when operator in ('=', '<=') then right_value + coalesce(tolerance, 0) + {{ comparison_slack() }} end
        as upper_bound
from compared
