"""The product's documentation: `pages` holds the text, `generate` writes the pages that follow from code and
declarations, `examples` runs what the pages show. `make docs` does all of it. Does not hold anything the product needs.
"""
