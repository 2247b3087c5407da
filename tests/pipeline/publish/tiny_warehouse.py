"""A warehouse of a few rows, written by SQL alone: two years, a mart of each disclosure, and text that would do harm."""

from __future__ import annotations

from pathlib import Path

import duckdb

from pipeline.warehouse.disclosure import Mart, MartColumn

YEAR = 2025
FORMULA = '=HYPERLINK("https://example.invalid")'

MARTS = {
    "mart_open": Mart(
        "mart_open", "市町村別の計画", "Grain: one row for each municipality.", "public",
        {
            "year": MartColumn("Survey year."),
            "municipality_code": MartColumn("Six-digit code."),
            "name": MartColumn("Name."),
            "plan_count": MartColumn("Plans.", unit="冊"),
            "planned_on": MartColumn("Day."),
            "clerk": MartColumn("Who answered.", disclosure="internal"),
        },
    ),
    "mart_counted": Mart("mart_counted", disclosure="aggregate", columns={"year": MartColumn()}),
}  # fmt: skip

_STATEMENTS = f"""
create table stg_returns as select * from (values
    (2025, '331007', 'a', true), (2025, '332020', 'b', true), (2024, '331007', 'c', false)
) as t (year, municipality_code, return_id, is_synthetic);

create table fct_figures (
    year integer, figure_id varchar, published_id varchar, section_id varchar, figure_order integer, label_ja varchar,
    label_en varchar, operation varchar, grain varchar, value double, display varchar, unit varchar,
    numerator_id varchar, denominator_id varchar, numerator bigint, denominator bigint, rounding_mode varchar,
    rounding_digits integer, reference varchar, population_count bigint, counted_count hugeint, unknown_count hugeint
);
insert into fct_figures values
    (2025, 'plans.mean', null, 'plans', 3, '１市町村当たり計画数', null, 'ratio', 'municipality', 22.5, '22.50', '件',
     'plans.total', 'roster.municipalities', 45, 2, 'half_up', 2, '2025-04-01', null, null, null),
    (2025, 'roster.municipalities', 'A01', 'plans', 0, '調査対象', 'Surveyed', 'count', 'municipality', 2, '2',
     '市町村', null, null, null, null, 'half_up', 0, '2025-04-01', 2, 2, 0),
    (2025, 'plan_state.complete', null, 'plans', 1, '{FORMULA}', null, 'count', 'municipality', 1, '1', '市', null,
     null, null, null, 'half_up', 0, '2025-04-01', 2, 1, 1),
    (2025, 'plans.total', null, 'plans', 2, '計画数', 'Plans', 'sum', 'municipality', 45, '45', '件', null, null,
     null, null, 'half_up', 0, '2025-04-01', 2, 2, 0),
    (2025, 'measure_ranking', null, 'plans', 4, '多い取組', null, 'ranking', 'municipality', 1, '計画数', '（多い順）',
     null, null, null, null, 'half_up', 0, '2025-04-01', null, null, null),
    (2025, 'drills.mean', null, 'networks', 5, '１連携当たり訓練', null, 'ratio', 'municipality', null, '－', '回',
     'plans.total', 'roster.municipalities', 0, 0, 'half_up', 1, '2024-04-01/2025-03-31', null, null, null),
    (2024, 'plans.total', null, 'plans', 2, '計画数', 'Plans', 'sum', 'municipality', 999, '999', '件', null, null,
     null, null, 'half_up', 0, '2024-04-01', 1, 1, 0);

create table fct_rankings as select * from (values
    (2025, 'measure_ranking', 'roster.municipalities', 2, 2, false),
    (2025, 'measure_ranking', 'plan_state.complete', 1, 3, false),
    (2025, 'measure_ranking', 'plans.total', 45, 1, true)
) as t (year, figure_id, candidate_id, value, position, is_printed);

create table int_figure_contributions as select * from (values
    (2025, 'plans.total', '331007', '331007', true, 'counted', true, 40),
    (2025, 'plans.total', '332020', '332020', false, 'counted', true, 5),
    (2024, 'plans.total', '331007', '331007', false, 'counted', true, 999)
) as t (year, figure_id, entity_id, municipality_code, is_assumed, reason, is_counted, value);
create view int_figure_contribution_cells as select 2025 as year, 'plans.total' as figure_id, 'a:1' as cell_id;
create table stg_answers as select 2025 as year, 'respondent_name' as question_id, '山田花子' as value_text;
create table stg_cells as select 2025 as year, 'a:1' as cell_id, '山田花子' as text;
create table stg_corrections as select 2025 as year, 'by-telephone' as correction_id, '山田花子に確認' as reason;
create table fct_figure_corrections as select * from (values
    (2025, 'plans.total', 'by-telephone'), (2025, 'plans.mean', 'by-telephone'), (2024, 'plans.total', 'by-telephone')
) as t (year, figure_id, correction_id);
create table quality_finding as select 2025 as year, 'f' as finding_id, '@危険' as message;
create table quality_rule_outcome as select 2025 as year, 'r' as rule_id, 1 as pass_count;

create table mart_open as select * from (values
    (2025, '332020', '-玉野市', 5, date '2026-04-01', '山田花子'), (2025, '331007', '岡山市', 40, null, '佐藤太郎'),
    (2024, '331007', '岡山市', 999, null, '佐藤太郎')
) as t (year, municipality_code, name, plan_count, planned_on, clerk);
create table mart_counted as select 2025 as year, '331007' as municipality_code;
create table mart_forgotten as select 2025 as year, '331007' as municipality_code;
create table mart_without_year as select '331007' as municipality_code;
"""


def write_tiny_warehouse(path: Path, *, is_synthetic: bool = True) -> Path:
    """Write the warehouse and return its path."""
    with duckdb.connect(str(path)) as connection:
        connection.execute(_STATEMENTS)
        connection.execute("update stg_returns set is_synthetic = ?", [is_synthetic])
    return path
