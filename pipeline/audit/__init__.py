"""Takes a figure or a release; gives the cells behind it.
Does not hold the second calculation of a figure (go to check/recalculate.py).
"""
