"""What a run's galaxies are like, measured from what is written, beside published relations."""
