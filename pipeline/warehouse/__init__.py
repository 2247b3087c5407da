"""Takes the tables of each year; gives the DuckDB warehouse that dbt builds from them, year by year.
Does not hold SQL: go to `dbt_project`.
"""
