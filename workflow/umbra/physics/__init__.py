"""Physics that several stages share: discs, haloes, cosmic time, star-forming gas."""
