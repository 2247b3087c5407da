"""Takes Dagster's contexts, files in the inbox, the calendar; gives decisions, checks and metadata for `definitions`.
Does not hold what happens to a return: go to `pipeline.run`. Does not hold an asset: go to `pipeline.definitions`.
"""
