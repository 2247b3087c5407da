-- Every figure as it was published in each release of each earlier year, under the figures that stand for it there.
with links as (
    select * from {{ ref('stg_series_links') }}
),

released as (
    select * from {{ ref('stg_released_figures') }}
),

sources as (
    select
        year,
        figure_id,
        observed_year,
        count(*) as source_count
    from links
    group by year, figure_id, observed_year
),

matched as (
    select
        links.year,
        links.figure_id,
        links.observed_year,
        released.release,
        max(released.is_newest) as is_newest,
        sum(released.value) as value,
        max(released.display) as display,
        max(released.unit) as unit,
        max(links.break_year) as break_year,
        max(links.reason) as reason,
        count(*) as found_count
    from links
    inner join released
        on
            links.year = released.year
            and links.observed_year = released.released_year
            and links.source_id = released.figure_id
    group by links.year, links.figure_id, links.observed_year, released.release
)

select
    matched.year,
    matched.figure_id,
    matched.observed_year,
    matched.release,
    matched.is_newest,
    matched.value,
    case
        when sources.source_count = 1 then matched.display
        else cast(cast(matched.value as bigint) as {{ dbt.type_string() }})
    end as display,
    matched.unit,
    matched.break_year,
    matched.reason,
    sources.source_count
from matched
inner join sources
    on
        matched.year = sources.year
        and matched.figure_id = sources.figure_id
        and matched.observed_year = sources.observed_year
        and matched.found_count = sources.source_count
