"""Takes the tables of all years; gives the DuckDB warehouse that dbt builds from them.
Does not hold SQL: go to `dbt_project`.
"""
