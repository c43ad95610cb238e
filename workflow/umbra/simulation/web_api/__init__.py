"""TNG's web API: the key, downloads, the addresses and whole haloes."""
