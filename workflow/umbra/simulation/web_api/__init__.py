"""TNG's web API: the key, downloads, what is served, whole haloes."""
