"""Takes the ledger, the findings and the queries; gives how each municipality stands, and reminders for who is late.
Does not hold what is asked: go to `queries`.
"""
