"""What the product costs, measured against the least that its tools cost: `make bench`."""
