-- Issues that municipalities want handled by a wider area or the prefecture, ranked, in all and by 圏域.
with chosen as (
    select * from {{ ref('mart_activity') }} where question_id = 'wider_area_issue' and is_chosen
),

options as (
    select * from {{ ref('stg_options') }} where question_id = 'wider_area_issue' and not is_none
),

issues as (
    select
        chosen.year,
        coalesce(chosen.area, '不明') as area,
        split_part(chosen.option_code, '.', 1) as issue,
        split_part(chosen.option_code, '.', 2) as scope,
        options.is_other,
        chosen.municipality_code
    from chosen
    inner join options
        on chosen.year = options.year and chosen.option_code = options.option_code
),

by_area as (
    select
        year,
        area,
        issue,
        is_other,
        sum(case when scope = 'prefecture_wide' then 1 else 0 end) as prefecture_wide_count,
        sum(case when scope = 'regional' then 1 else 0 end) as regional_count,
        count(distinct municipality_code) as municipality_count
    from issues
    group by year, area, issue, is_other
),

in_all as (
    select
        year,
        '全域' as area,
        issue,
        is_other,
        sum(prefecture_wide_count) as prefecture_wide_count,
        sum(regional_count) as regional_count,
        sum(municipality_count) as municipality_count
    from by_area
    group by year, issue, is_other
),

every_area as (
    select * from by_area
    union all
    select * from in_all
)

select
    year,
    area,
    issue,
    cast(prefecture_wide_count as bigint) as prefecture_wide_count,
    cast(regional_count as bigint) as regional_count,
    cast(municipality_count as bigint) as municipality_count,
    case
        when not is_other
            then cast(rank() over (partition by year, area, is_other order by municipality_count desc) as bigint)
    end as demand_rank
from every_area
