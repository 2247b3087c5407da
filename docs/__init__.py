"""The product's documentation: `pages` holds the text, `generate` writes the pages that follow from code and
declarations, `dbt_site` has dbt write its own, `examples` runs what the pages show. `make docs` does all of it.
Does not hold anything the product needs.
"""
