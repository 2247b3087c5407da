"""Takes figures and marts behind an open gate; gives the report, the tables and the release.
Does not hold calculations: go to `dbt_project`.
"""
