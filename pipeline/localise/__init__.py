"""Takes answers that contradict one another; gives the fewest of them that can explain it, and what they could be instead.
Does not hold what is wrong: go to `validate`. Nothing here writes into the data.
"""
