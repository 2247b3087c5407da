"""Takes archived workbooks; gives cells and answers.
Does not hold judgements: go to `validate`.
"""
