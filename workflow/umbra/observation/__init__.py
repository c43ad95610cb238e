"""How a galaxy is observed: distance, orientation and the pixels on the sky."""
