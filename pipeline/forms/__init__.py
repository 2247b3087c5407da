"""Takes a questionnaire; gives blank workbooks for the municipalities, and synthetic filled ones.
Does not hold reading: go to `read`.
"""
