"""Kills, full disks and damaged files: what the product leaves behind, and whether the next run ends as if nothing had happened."""
