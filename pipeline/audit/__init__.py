"""Takes a figure, a cell or a release; gives what is behind it, and whether it is as it was.
Does not hold the second calculation of a figure (go to check/recalculate.py).
"""
