"""Rotation velocities from the Tully-Fisher relation, beside those from a network."""
