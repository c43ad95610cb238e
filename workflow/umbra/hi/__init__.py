"""From a cutout to HI cubes and their moments."""
