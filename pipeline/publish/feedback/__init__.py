"""One page for each municipality, to be sent back with the results: its own answers, and of the others only counts."""
