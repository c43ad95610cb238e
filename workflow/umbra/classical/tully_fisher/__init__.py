"""Rotation velocities by the Tully-Fisher relation beside those of a network."""
