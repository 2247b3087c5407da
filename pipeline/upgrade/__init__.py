"""Takes a home as an earlier version left it; gives one of the format that this version writes.

`steps` holds what leads from each format to the next, `upgrade` takes them. Reading what earlier versions wrote is not here: a
list's own module does. What a format is: `pipeline/home_format.py`.
"""
