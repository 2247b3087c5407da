"""Everything that can arrive in the inbox, damaged in every way: `make fuzz`. What is made is fixed in plan.yaml."""
