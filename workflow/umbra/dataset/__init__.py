"""The dataset: true mass profiles, images with their profiles, and the split by galaxy."""
