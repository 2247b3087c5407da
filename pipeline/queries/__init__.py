"""Takes findings and what explains them; gives query sheets (疑義照会), reads their replies, keeps the history.
Does not hold what is wrong or why: go to `validate` and `localise`.
"""
