"""What networks predict for a galaxy: profiles, ensembles, intervals, samples, and their files."""
