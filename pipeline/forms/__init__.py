"""Takes a questionnaire, the roster and last year's answers; gives one workbook for each municipality.
A form can be written with what a respondent typed into it. Does not hold reading (go to `read`), where a cell
stands (go to `schemas.form_layout`), or what demo municipalities answer (go to `demo`).
"""
