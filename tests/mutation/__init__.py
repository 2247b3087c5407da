"""How many slips of hand the rules see: `make mutate`. What is done to the returns is fixed in plan.yaml before rules are tuned."""
