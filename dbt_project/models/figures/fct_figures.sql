-- Every declared figure of every year, once: value, display, unit word, and what it was made from.
with figures as (
    select * from {{ ref('stg_figures') }}
),

base_figures as (
    select * from {{ ref('int_base_figures') }}
),

unit_words as (
    select * from {{ ref('int_unit_words') }}
),

rankings as (
    select
        rankings.year,
        rankings.figure_id,
        count(*) as printed_count,
        '「' || {{ dbt.listagg('candidates.label_ja', "'」「'", 'order by rankings.position') }} || '」' as display
    from {{ ref('fct_rankings') }} as rankings
    inner join figures as candidates
        on rankings.year = candidates.year and rankings.candidate_id = candidates.figure_id
    where rankings.is_printed
    group by rankings.year, rankings.figure_id
),

terms as (
    select
        figures.*,
        base_figures.value as base_value,
        base_figures.population_count,
        base_figures.counted_count,
        base_figures.unknown_count,
        numerators.value as numerator,
        denominators.value as denominator,
        rankings.printed_count,
        rankings.display as ranking_display,
        unit_words.unit_word
    from figures
    left join base_figures
        on figures.year = base_figures.year and figures.figure_id = base_figures.figure_id
    left join base_figures as numerators
        on figures.year = numerators.year and figures.numerator_id = numerators.figure_id
    left join base_figures as denominators
        on figures.year = denominators.year and figures.denominator_id = denominators.figure_id
    left join rankings
        on figures.year = rankings.year and figures.figure_id = rankings.figure_id
    left join unit_words
        on figures.year = unit_words.year and figures.figure_id = unit_words.figure_id
),

scaled as (
    select
        terms.*,
        {{ round_ratio('numerator', 'denominator', 'rounding_digits', 'rounding_mode') }} as scaled_ratio
    from terms
)

select
    year,
    figure_id,
    published_id,
    section_id,
    figure_order,
    label_ja,
    label_en,
    operation,
    case when operation in ('count', 'sum') then grain end as grain,
    cast(
        case
            when operation = 'ratio' and denominator <> 0 then cast(numerator as double) / denominator
            when operation = 'ratio' then null
            when operation = 'ranking' then coalesce(printed_count, 0)
            else base_value
        end as double
    ) as value,
    case
        when operation = 'ratio' and scaled_ratio is null then '－'
        when operation = 'ratio' then {{ scaled_to_text('scaled_ratio', 'rounding_digits') }}
        when operation = 'ranking' then coalesce(ranking_display, 'なし')
        else cast(base_value as {{ dbt.type_string() }})
    end as display,
    case when is_kind_word then coalesce(unit_word, unit_label) else unit_label end as unit,
    numerator_id,
    denominator_id,
    numerator,
    denominator,
    rounding_mode,
    rounding_digits,
    reference,
    reference_day,
    population_count,
    counted_count,
    unknown_count,
    is_other
from scaled
