"""Takes the declared rules, their outcomes and the answers at hand; gives the list of all rules, and what is wrong with the set.
Does not hold what is wrong with a return: go to `validate`.
"""
