"""Whether tables that are published keep to written standards: each item of a standard with its number and its check.

Checks work on any .xlsx or .csv file. Does not hold the writing of our own tables (go to `pipeline.publish`).
"""
