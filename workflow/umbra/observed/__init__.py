"""A user's own galaxy: from its FITS files to its dark matter."""
