{#- The raw tables, which lie as Parquet in one folder each, as tables of the schema in which the models are built. -#}
{% macro mount_raw_tables(names) %}
    {% do adapter.create_schema(api.Relation.create(schema=target.schema)) %}
    {% for name in names %}
        {% do run_query("drop table if exists " ~ target.schema ~ "." ~ name) %}
        {% do run_query("create table " ~ target.schema ~ "." ~ name ~ " using parquet location '" ~ spark_folder() ~ "/raw/" ~ name ~ "'") %}
    {% endfor %}
{% endmacro %}
