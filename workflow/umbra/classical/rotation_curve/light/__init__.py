"""The light of a galaxy: isophotes, the exponential disc, its colour."""
