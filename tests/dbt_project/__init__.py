"""Tests of the SQL: every model with logic on invented rows, and what is said of every column."""
