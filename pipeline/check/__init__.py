"""Takes the figures; gives the gate's verdict, by a second calculation and by Great Expectations, and its manifest.
Does not hold rules about answers: go to `validate`.
"""
