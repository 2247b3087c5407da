"""Takes the bytes of a file that a stranger sent; gives its cells as they stand, and what stands beside them.
Does not hold whose return it is, go to `collect`; nor what a cell means, go to `read`.
"""
