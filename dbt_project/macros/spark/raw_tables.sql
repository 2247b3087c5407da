{#- Before anything is built: on Spark, let it know the raw tables, which lie as Parquet in a folder each. -#}
{% macro mount_raw_tables() -%}
    {{ return(adapter.dispatch('mount_raw_tables')()) }}
{%- endmacro %}

{% macro default__mount_raw_tables() -%} {%- endmacro %}

{% macro spark__mount_raw_tables() -%}
    {%- if execute -%}
        {%- for source in graph.sources.values() if source.source_name == 'raw' -%}
            {%- set table = source.schema ~ '.' ~ source.identifier -%}
            {%- do run_query('drop table if exists ' ~ table) -%}
            {%- do run_query('create table ' ~ table ~ " using parquet location '" ~ spark_folder() ~ '/raw/' ~ source.identifier ~ "'") -%}
        {%- endfor -%}
    {%- endif -%}
{%- endmacro %}
