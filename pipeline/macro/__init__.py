"""Takes the answers of a year and of the year before; gives findings about returns and answers that stand out among all.
Does not hold what contradicts itself: go to `validate`.
"""
