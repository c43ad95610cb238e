"""How a galaxy is looked at: distance, orientation, pixels on the sky."""
