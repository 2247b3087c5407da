-- Every figure of a year, with what was published of it in each release of each earlier year.
with figures as (
    select * from {{ ref('fct_figures') }}
),

earlier as (
    select * from {{ ref('int_earlier_figures') }}
),

declared as (
    select * from {{ ref('stg_figures') }}
)

select
    figures.year,
    figures.figure_id,
    figures.section_id,
    figures.label_ja,
    figures.label_en,
    figures.year as observed_year,
    'current' as release,
    true as is_newest,
    figures.value,
    figures.display,
    figures.unit,
    true as is_comparable,
    cast(null as integer) as break_year,
    cast(null as {{ dbt.type_string() }}) as reason,
    cast(1 as bigint) as source_count
from figures
union all
select
    earlier.year,
    earlier.figure_id,
    figures.section_id,
    figures.label_ja,
    figures.label_en,
    earlier.observed_year,
    earlier.release,
    earlier.is_newest,
    earlier.value,
    earlier.display,
    case when declared.is_kind_word then earlier.unit else declared.unit_label end as unit,
    case when earlier.break_year is null then true else false end as is_comparable,
    earlier.break_year,
    earlier.reason,
    earlier.source_count
from earlier
inner join figures
    on earlier.year = figures.year and earlier.figure_id = figures.figure_id
inner join declared
    on earlier.year = declared.year and earlier.figure_id = declared.figure_id
