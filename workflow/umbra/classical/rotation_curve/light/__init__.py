"""The light of a galaxy: isophotes, exponential disc, colour."""
