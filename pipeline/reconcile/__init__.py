"""A printed document beside the figures: what it says, where it differs, and what explains the difference."""
