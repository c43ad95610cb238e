"""Physics that several stages share: discs, haloes, cosmic time."""
