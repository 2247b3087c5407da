"""Takes a home; gives one file of all that cannot be made again, and a home from such a file.

`contents` says what belongs in it, `write` makes it, `restore` checks it and puts it back. What is wrong with a release is not
looked at here: `audit`. What can be made again, the next run makes.
"""
