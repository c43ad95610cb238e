"""How good predictions are, what they need, and what they are compared with."""
