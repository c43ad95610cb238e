"""Predictions for galaxies: profiles, ensembles, samples and intervals, and their files."""
