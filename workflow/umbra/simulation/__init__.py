"""Reading TNG: catalogue, selection, snapshot streaming, cutouts."""
