"""Takes the inbox; gives the archive and the ledger.
Does not hold anything that looks at answers: go to `read`.
"""
