"""Takes answers; gives outcomes and findings, judged by pandera.
Does not hold relations between figures: go to `check`.
"""
