"""Dark matter from a rotation curve: tilted rings, light profile, mass model, fit."""
