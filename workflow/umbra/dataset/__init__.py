"""The dataset: true profiles, images beside them, the split by galaxy."""
