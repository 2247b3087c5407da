{#- What dbt's adapter asks of Spark, where its own answer does not fit this project. -#}

{#- The folder that holds the raw tables, and in which Spark leaves the models as Parquet. -#}
{% macro spark_folder() -%} {{ return(env_var('KYOGIKAI_SPARK_FOLDER')) }} {%- endmacro %}

{% macro spark__file_format_clause() -%} using parquet {%- endmacro %}

{% macro spark__location_clause() -%} location '{{ spark_folder() }}/models/{{ model.alias }}' {%- endmacro %}

{#- A contract names DuckDB's types; Spark's `varchar` needs a length. -#}
{% macro spark__cast(expression, data_type) -%}
    cast({{ expression }} as {{ dbt.type_string() if data_type == 'varchar' else data_type }})
{%- endmacro %}

{#- The adapter's own cannot keep an order. -#}
{% macro spark__listagg(measure, delimiter_text, order_by_clause, limit_num) -%}
    listagg({{ measure }}, {{ delimiter_text }}) within group ({{ order_by_clause }})
{%- endmacro %}
