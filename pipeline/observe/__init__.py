"""Takes what runs do; gives lines of JSON in the home's `logs/`, and the summary of every run, which follows from its lines.
Holds no answer, no name and no text of a return. Does not hold what a stage does: go to `pipeline.run`.
Does not hold whom to alert: go to `pipeline.orchestration`.
"""
