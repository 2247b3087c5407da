{#- A table of a warehouse that is built aside, where nobody reads it: made under its own name, with the comments of all its
    columns in one statement. The adapter's own `table` is made under another name, renamed and asked about its constraints,
    its grants and twice about its columns, which takes longer than most models do. -#}
{% materialization table, adapter="duckdb" -%}
    {%- set relation = this.incorporate(type='table') -%}
    {{ run_hooks(pre_hooks) }}
    {{ drop_relation_if_exists(load_cached_relation(this)) }}
    {% call statement('main') -%} {{ create_table_as(false, relation, rows_of(this, compiled_code)) }} {%- endcall %}
    {% call statement('comments') -%} {{ comments(relation, model) }} {%- endcall %}
    {{ run_hooks(post_hooks) }}
    {{ adapter.commit() }}
    {{ return({'relations': [relation]}) }}
{%- endmaterialization %}

{#- What a table is made of: the model's SQL, or the rows that another engine computed from it. -#}
{% macro rows_of(relation, sql) -%}
    {%- set folder = var('taken_from', none) -%}
    {{ return(sql if folder is none else "select * from read_parquet('" ~ folder ~ "/" ~ relation.identifier ~ "/*.parquet')") }}
{%- endmacro %}

{#- The descriptions of a model and of its columns; a column that is described and that the model lacks is an error. -#}
{% macro comments(relation, model) -%}
    comment on table {{ relation }} is {{ duckdb_escape_comment(model.description) }};
    {%- for name in model.columns %}
    comment on column {{ relation }}.{{ adapter.quote(name) }} is {{ duckdb_escape_comment(model.columns[name].description) }};
    {%- endfor %}
{%- endmacro %}
