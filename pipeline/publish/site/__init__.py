"""Takes the tables of a release and its report; gives the site: static pages that open from disk, a public and an internal edition.
Does not hold numbers of its own: every one is a figure, an answer, or a count of answers that stand on the same page.
"""
