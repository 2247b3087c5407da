"""Takes a figure or a release; gives the cells behind it.
Does not hold a second calculation.
"""
